//! Steps of pretraining a second, for each stage, at the sizes of the model that ships.
//!
//! `cargo bench --bench pretraining [codec|encoder|autoencoder]`

use std::sync::Arc;
use std::time::Instant;

use candle_core::Device;
use pecmae::audio::{WavFormat, Waveform, write_wav};
use pecmae::codec::CodecEncoder;
use pecmae::job::CancelToken;
use pecmae::pretraining::{
    AutoencoderSettings, AutoencoderTrainer, CodebookSettings, CodecSettings, CodecTrainer,
    CropSettings, EncoderSettings, EncoderTrainer, Falling, LatentCrops, Pool, PoolSource,
    Schedule, SeanetSizes, SpectralSettings, StackSizes, Trainer, codebooks,
};
use pecmae::tensor::{Kernel, Precision, gaussian_noise};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RATE_HZ: u32 = 24_000;
const SEGMENT_SAMPLES: usize = 4 * RATE_HZ as usize;
/// Steps that are timed.
const STEPS: usize = 5;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |stage: &str| wanted.is_empty() || wanted.iter().any(|name| name == stage);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sources: Vec<PoolSource> = (0..40)
        .map(|i| {
            let path = folder.path().join(format!("{i}.wav"));
            let noise = gaussian_noise(i, 1, 2 * SEGMENT_SAMPLES).expect("noise");
            let samples = noise.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("values");
            let samples = samples.into_iter().map(|x| 0.1 * x).collect();
            let sound = Waveform { samples, sample_rate_hz: RATE_HZ };
            write_wav(&path, &sound, WavFormat::Pcm16).expect("a file");
            PoolSource { id: format!("{i}.wav"), path, n_bytes: 1 }
        })
        .collect();
    let cancel = CancelToken::new();
    let pool = Pool::of(&folder.path().join("pool"), &sources, RATE_HZ, &mut |_| {}, &cancel);
    let pool = Arc::new(pool.expect("a pool"));
    let schedule = Schedule { n_steps: 1000, n_warm_up: 10, peak: 1e-3, last_share: 0.0 };

    let settings = CodecSettings {
        sizes: SeanetSizes {
            n_filters: 8,
            strides: vec![4, 4, 5, 8],
            latent: 64,
            n_lstm_layers: 2,
        },
        schedule,
        n_crops: 12,
        crop_samples: RATE_HZ as usize / 640 * 640,
        spectral: SpectralSettings::default(),
        n_waveform_steps: 0,
        waveform_weight: Falling { first: 1.0, last: 1.0 },
        latent_noise: 0.1,
        latent_penalty: 0.0,
        mel_weight: 1.0,
        n_listening_steps: 0,
        seed: 1,
        from: None,
        decoder_only: false,
    };
    let seconds_a_step = (settings.n_crops * settings.crop_samples) as f64 / f64::from(RATE_HZ);
    let mut codec =
        CodecTrainer::new(settings, None, Arc::clone(&pool), &Device::Cpu).expect("a codec");
    codec.step().expect("a step");
    if is_wanted("codec") {
        time("codec", &mut codec, seconds_a_step);
    }
    let weights = codec.weights().expect("weights");
    let kernel = Kernel::best(Precision::F32);
    let encoder = CodecEncoder::load(&weights.root().pp("codec.encoder"), kernel).expect("a codec");
    let settings = CodebookSettings { n_codebooks: 8, n_bins: 256, n_frames: 1500, seed: 1 };
    let (books, _) = codebooks(&encoder, &pool, &settings).expect("codebooks");
    let weights = weights.joined([books]);
    let crops = CropSettings {
        n_training: 64,
        n_held_out: 8,
        crop_samples: SEGMENT_SAMPLES,
        resounded: false,
        seed: 1,
    };
    let start = Instant::now();
    let path = folder.path().join("latents");
    let latents =
        LatentCrops::of(&path, (&weights, &Device::Cpu), &pool, &crops, &mut |_| {}, &cancel);
    let latents = Arc::new(latents.expect("latents"));
    println!("latents      {:8.1} crops/s", 72.0 / start.elapsed().as_secs_f64());

    let sizes = StackSizes { n_features: 192, n_heads: 6, feed_forward: 768, n_layers: 4 };
    let settings = EncoderSettings {
        sizes,
        n_decoder_layers: 2,
        n_codebooks: 8,
        gap_frames: 8,
        mel_weight: 1.0,
        latent_weight: 1.0,
        schedule,
        n_crops: 16,
        seed: 1,
        from: None,
    };
    let encoder =
        EncoderTrainer::new(settings, (&weights, None), Arc::clone(&latents), &Device::Cpu);
    let mut encoder = encoder.expect("an encoder");
    if is_wanted("encoder") {
        time("encoder", &mut encoder, 16.0 * 4.0);
    }
    let settings = AutoencoderSettings {
        encoder_heads: 6,
        summarizer: StackSizes { n_layers: 2, ..sizes },
        denoiser: StackSizes { n_layers: 6, ..sizes },
        unconditional: 0.1,
        z_noise: 0.1,
        statistics_weight: 1.0,
        fitted: true,
        resounded: 0.0,
        consistency_weight: 0.5,
        averaging: 0.999,
        schedule,
        n_crops: 16,
        seed: 1,
        from: None,
        new_summarizer: false,
    };
    let frozen = encoder.weights().expect("weights");
    let trainer = AutoencoderTrainer::new(settings, (&frozen, None), latents, &Device::Cpu);
    if is_wanted("autoencoder") {
        time("autoencoder", &mut trainer.expect("an autoencoder"), 16.0 * 4.0);
    }
}

fn time(stage: &str, trainer: &mut impl Trainer, seconds_a_step: f64) {
    trainer.step().expect("a step");
    let start = Instant::now();
    for _ in 0..STEPS {
        trainer.step().expect("a step");
    }
    let each = start.elapsed().as_secs_f64() / STEPS as f64;
    println!(
        "{stage:12} {:8.3} steps/s, {:6.0} s of audio a second, {} values",
        1.0 / each,
        seconds_a_step / each,
        trainer.n_values()
    );
}
