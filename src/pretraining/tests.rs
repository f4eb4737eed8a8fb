//! The three stages, small, on sounds made here: do they learn, go on as if never interrupted, and agree with the frozen
//! networks?

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

use super::crop_statistics::CropStatistics;
use super::*;
use crate::audio::{WavFormat, Waveform, write_wav};
use crate::autoencoder::{Embedder, Renderer};
use crate::codec::{CodecDecoder, CodecEncoder};
use crate::job::CancelToken;
use crate::tensor::{Kernel, Precision, gaussian_noise};
use crate::weights::{Settings, Weights};

const RATE_HZ: u32 = 24_000;
const CROP_SAMPLES: usize = 4800;
const STACK: StackSizes = StackSizes { n_features: 24, n_heads: 2, feed_forward: 48, n_layers: 2 };

fn schedule(n_steps: u64) -> Schedule {
    Schedule { n_steps, n_warm_up: 5, peak: 3e-3, last_share: 0.1 }
}

/// Forty tones, each with its overtone, in a folder that lives as long as the pool is used.
pub(super) fn pool(folder: &Path) -> Arc<Pool> {
    let sources: Vec<PoolSource> = (0..40)
        .map(|i| {
            let path = folder.join(format!("{i}.wav"));
            let hz = 110.0 * 2_f32.powf(i as f32 / 10.0);
            let turn = std::f32::consts::TAU * hz / RATE_HZ as f32;
            let tone =
                |t: usize| (0.4 * (turn * t as f32).sin()) + 0.2 * (2.0 * turn * t as f32).sin();
            let samples = (0..9600).map(tone).collect();
            write_wav(&path, &Waveform { samples, sample_rate_hz: RATE_HZ }, WavFormat::Pcm16)
                .unwrap();
            PoolSource { id: format!("{i}.wav"), path, n_bytes: 1 }
        })
        .collect();
    let pool = Pool::of(&folder.join("pool"), &sources, RATE_HZ, &mut |_| {}, &CancelToken::new())
        .unwrap();
    Arc::new(pool)
}

pub(super) fn codec_settings() -> CodecSettings {
    CodecSettings {
        sizes: SeanetSizes { n_filters: 4, strides: vec![4, 4, 5], latent: 6, n_lstm_layers: 1 },
        schedule: schedule(30),
        n_crops: 4,
        crop_samples: CROP_SAMPLES,
        spectral: SpectralSettings::default(),
        n_waveform_steps: 1,
        waveform_weight: Falling { first: 1.0, last: 0.5 },
        latent_noise: 0.1,
        latent_penalty: 0.0,
        mel_weight: 1.0,
        n_listening_steps: 0,
        decoder_only: false,
        seed: 1,
        from: None,
    }
}

/// A codec after a few steps, with codebooks, and the latents of crops.
struct Stage {
    _folder: tempfile::TempDir,
    path: PathBuf,
    codec: Weights,
    crops: Arc<LatentCrops>,
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(folder.path());
    let mut trainer =
        CodecTrainer::new(codec_settings(), None, Arc::clone(&pool), &Device::Cpu).unwrap();
    for _ in 0..3 {
        trainer.step().unwrap();
    }
    let codec = trainer.weights().unwrap();
    let kernel = Kernel::best(Precision::F32);
    let encoder = CodecEncoder::load(&codec.root().pp("codec.encoder"), kernel).unwrap();
    let settings = CodebookSettings { n_codebooks: 3, n_bins: 8, n_frames: 400, seed: 1 };
    let (codebooks, _) = codebooks(&encoder, &pool, &settings).unwrap();
    let codec = codec.joined([codebooks]);
    let crops = CropSettings {
        n_training: 60,
        n_held_out: 10,
        crop_samples: CROP_SAMPLES,
        resounded: true,
        seed: 2,
    };
    let crops = LatentCrops::of(
        &folder.path().join("latents"),
        (&codec, &Device::Cpu),
        &pool,
        &crops,
        &mut |_| {},
        &CancelToken::new(),
    );
    let path = folder.path().to_owned();
    Stage { _folder: folder, path, codec, crops: Arc::new(crops.unwrap()) }
}

#[test]
fn latents_that_were_stopped_go_on_to_the_same_bytes() {
    let Stage { path, codec, _folder, .. } = stage();
    let (whole, stopped) = (path.join("latents"), path.join("stopped"));
    let (pool, settings) = (pool(&path), LatentCrops::settings_of(&whole).unwrap());
    let of = |cancel: &CancelToken, told: &mut dyn FnMut(usize)| {
        LatentCrops::of(&stopped, (&codec, &Device::Cpu), &pool, &settings, told, cancel)
    };
    let cancel = CancelToken::new();
    let mut stop = |n_done| {
        if n_done == 32 {
            cancel.cancel();
        }
    };
    assert!(matches!(of(&cancel, &mut stop), Err(LatentCropsError::Cancelled)));
    // What a killed process had written beyond what its index counts.
    let path = stopped.join("latents.f32");
    let mut longer = std::fs::read(&path).unwrap();
    longer.extend([7; 10]);
    std::fs::write(&path, longer).unwrap();

    let mut done = Vec::new();
    of(&CancelToken::new(), &mut |n_done| done.push(n_done)).unwrap();
    assert_eq!(done, [48, 60, 70]);
    for file in ["latents.f32", "mels.f32", "chroma.f32", "resounded.f32", "latents.json"] {
        let [found, wanted] = [&stopped, &whole].map(|at| std::fs::read(at.join(file)).unwrap());
        assert!(found == wanted, "{file}");
    }
    let mut again = Vec::new();
    of(&CancelToken::new(), &mut |n_done| again.push(n_done)).unwrap();
    assert!(again.is_empty(), "{again:?}");
}

/// The held-out loss before and after `n` steps.
fn learned(trainer: &mut impl Trainer, n: usize) -> [f64; 2] {
    let before = trainer.measure(0.0).unwrap().held_out_loss;
    for _ in 0..n {
        trainer.step().unwrap();
    }
    [before, trainer.measure(0.0).unwrap().held_out_loss]
}

fn values(weights: &Weights) -> Vec<(String, Vec<f32>)> {
    weights.tensors().map(|(name, _, values)| (name.to_owned(), values.into_owned())).collect()
}

#[test]
fn a_codec_learns_and_goes_on_from_its_checkpoint_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(folder.path());
    let start =
        || CodecTrainer::new(codec_settings(), None, Arc::clone(&pool), &Device::Cpu).unwrap();
    let mut whole = start();
    let [before, after] = learned(&mut whole, 30);
    assert!(after < 0.8 * before, "{before} → {after}");

    let path = folder.path().join("codec.checkpoint");
    let mut first = start();
    for _ in 0..11 {
        first.step().unwrap();
    }
    first.save(&path).unwrap();
    let checkpoint = CodecTrainer::read(&path, &Device::Cpu).unwrap();
    let mut second = CodecTrainer::resumed(checkpoint, pool).unwrap();
    for _ in 11..30 {
        second.step().unwrap();
    }
    assert_eq!(values(&whole.weights().unwrap()), values(&second.weights().unwrap()));
}

fn encoder_settings() -> EncoderSettings {
    EncoderSettings {
        sizes: STACK,
        n_decoder_layers: 1,
        n_codebooks: 3,
        gap_frames: 5,
        mel_weight: 0.5,
        latent_weight: 0.5,
        schedule: schedule(60),
        n_crops: 6,
        seed: 3,
        from: None,
    }
}

#[test]
fn an_encoder_learns_to_guess_and_goes_on_to_the_same_bits() {
    let Stage { path, codec, crops, _folder } = stage();
    let start = || {
        EncoderTrainer::new(encoder_settings(), (&codec, None), Arc::clone(&crops), &Device::Cpu)
            .unwrap()
    };
    let mut whole = start();
    let [before, after] = learned(&mut whole, 60);
    assert!(after < 0.9 * before, "{before} → {after}");
    let path = path.join("encoder.checkpoint");
    let mut first = start();
    for _ in 0..20 {
        first.step().unwrap();
    }
    first.save(&path).unwrap();
    let checkpoint = EncoderTrainer::read(&path, &Device::Cpu).unwrap();
    let mut second = EncoderTrainer::resumed(checkpoint, &codec, crops).unwrap();
    for _ in 20..60 {
        second.step().unwrap();
    }
    assert_eq!(values(&whole.weights().unwrap()), values(&second.weights().unwrap()));
}

pub(super) fn autoencoder_settings() -> AutoencoderSettings {
    AutoencoderSettings {
        encoder_heads: STACK.n_heads,
        summarizer: StackSizes { n_layers: 1, ..STACK },
        denoiser: STACK,
        unconditional: 0.1,
        z_noise: 0.1,
        statistics_weight: 0.5,
        fitted: true,
        resounded: 0.5,
        consistency_weight: 0.0,
        averaging: 0.9,
        schedule: schedule(80),
        n_crops: 8,
        seed: 4,
        from: None,
        new_summarizer: false,
    }
}

#[test]
fn an_autoencoder_learns_and_goes_on_to_the_same_bits() {
    let Stage { path, codec, crops, _folder } = stage();
    let encoder =
        EncoderTrainer::new(encoder_settings(), (&codec, None), Arc::clone(&crops), &Device::Cpu);
    let frozen = encoder.unwrap().weights().unwrap();
    let start = || {
        AutoencoderTrainer::new(
            autoencoder_settings(),
            (&frozen, None),
            Arc::clone(&crops),
            &Device::Cpu,
        )
        .unwrap()
    };
    let mut whole = start();
    let [before, after] = learned(&mut whole, 80);
    assert!(after < 0.95 * before, "{before} → {after}");
    // The gradient reaches what makes z.
    let cls_token = |trainer: &AutoencoderTrainer| {
        trainer
            .weights()
            .unwrap()
            .root()
            .values("summarizer.cls_token", &[24])
            .unwrap()
            .into_owned()
    };
    assert_ne!(cls_token(&start()), cls_token(&whole));
    let path = path.join("autoencoder.checkpoint");
    let mut first = start();
    for _ in 0..33 {
        first.step().unwrap();
    }
    first.save(&path).unwrap();
    let checkpoint = AutoencoderTrainer::read(&path, &Device::Cpu).unwrap();
    let mut second = AutoencoderTrainer::resumed(checkpoint, &frozen, crops).unwrap();
    for _ in 33..80 {
        second.step().unwrap();
    }
    assert_eq!(values(&whole.weights().unwrap()), values(&second.weights().unwrap()));
}

#[test]
fn an_encoder_goes_on_from_the_weights_of_a_model() {
    let Stage { codec, crops, _folder, .. } = stage();
    let start = |from: Option<&Weights>| {
        let (settings, crops) = (encoder_settings(), Arc::clone(&crops));
        EncoderTrainer::new(settings, (&codec, from), crops, &Device::Cpu).unwrap()
    };
    let mut first = start(None);
    first.step().unwrap();
    let weights = first.weights().unwrap();
    assert_ne!(values(&start(None).weights().unwrap()), values(&weights));
    // Whatever else a model holds stays out of it.
    let second = start(Some(&codec.joined([weights.joined([])])));
    assert_eq!(values(&second.weights().unwrap()), values(&weights));
}

#[test]
fn an_autoencoder_goes_on_from_the_weights_of_a_model() {
    let Stage { codec, crops, _folder, .. } = stage();
    let encoder =
        EncoderTrainer::new(encoder_settings(), (&codec, None), Arc::clone(&crops), &Device::Cpu);
    let frozen = encoder.unwrap().weights().unwrap();
    let start = |from: Option<&Weights>| {
        let (settings, crops) = (autoencoder_settings(), Arc::clone(&crops));
        AutoencoderTrainer::new(settings, (&frozen, from), crops, &Device::Cpu).unwrap()
    };
    let mut first = start(None);
    let [by_chance, learned] = learned(&mut first, 80);
    let weights = first.weights().unwrap();
    // Whatever else a model holds stays out of it.
    let mut second = start(Some(&codec.joined([weights.joined([])])));
    assert_eq!(values(&second.weights().unwrap()), values(&weights));
    let goes_on = second.measure(0.0).unwrap().held_out_loss;
    assert_eq!(goes_on, learned);
    assert!(goes_on < by_chance, "{by_chance} → {goes_on}");
    // What tells statistics is no part of a model; it begins in closed form, where zeros have an error of 1.
    let told = || -> Result<f32> {
        let places: Vec<usize> = (0..crops.n_crops(Part::Training)).collect();
        let drawn = crops.at(Part::Training, &places, &Device::Cpu)?;
        let frames = second.encoder.encode(&second.encoder.embed(&drawn.latents)?)?;
        let network = &second.averaged.1;
        let told = network.statistics(&network.z(&frames)?)?;
        CropStatistics::error(&told, &CropStatistics::new(&crops)?.of(&drawn)?)?.to_scalar()
    };
    let error = told().unwrap();
    assert!(error < 0.8, "{error}");
}

#[test]
fn an_autoencoder_begins_a_new_summarizer_beside_the_denoiser_of_a_model() {
    let Stage { codec, crops, _folder, .. } = stage();
    let encoder =
        EncoderTrainer::new(encoder_settings(), (&codec, None), Arc::clone(&crops), &Device::Cpu);
    let frozen = encoder.unwrap().weights().unwrap();
    let start = |new_summarizer: bool, from: Option<&Weights>| {
        let settings = AutoencoderSettings { new_summarizer, ..autoencoder_settings() };
        AutoencoderTrainer::new(settings, (&frozen, from), Arc::clone(&crops), &Device::Cpu)
            .unwrap()
    };
    let mut first = start(false, None);
    let by_chance = first.weights().unwrap();
    for _ in 0..3 {
        first.step().unwrap();
    }
    let learned = first.weights().unwrap();
    let second = start(true, Some(&learned)).weights().unwrap();
    // It begins as it would without a model, in closed form and with its running mean.
    let (of_summarizer, of_denoiser): (Vec<_>, Vec<_>) =
        values(&second).into_iter().partition(|(name, _)| name.starts_with("summarizer."));
    let all = |weights: &Weights| values(weights).into_iter().collect::<BTreeMap<_, _>>();
    let (by_chance, learned) = (all(&by_chance), all(&learned));
    assert!(!of_summarizer.is_empty() && !of_denoiser.is_empty());
    for (name, values) in &of_summarizer {
        assert_eq!(Some(values), by_chance.get(name), "{name}");
    }
    for (name, values) in &of_denoiser {
        assert_eq!(Some(values), learned.get(name), "{name}");
    }
    assert_ne!(by_chance, learned);
}

/// The share of z's variance that is lost when z becomes latents and is heard again, after some steps.
fn lost(stage: &Stage, frozen: &Weights, consistency_weight: f64) -> f64 {
    // After three steps a codec makes noise of everything, so that hearing through it would hide what is asked.
    let settings =
        AutoencoderSettings { consistency_weight, resounded: 0.0, ..autoencoder_settings() };
    let crops = Arc::clone(&stage.crops);
    let mut trainer =
        AutoencoderTrainer::new(settings, (frozen, None), crops, &Device::Cpu).unwrap();
    for _ in 0..40 {
        trainer.step().unwrap();
    }
    trainer.measure(0.0).unwrap().figures["z_lost"]
}

#[test]
fn a_denoiser_that_is_heard_again_keeps_more_of_z() {
    let stage = stage();
    let crops = Arc::clone(&stage.crops);
    let encoder =
        EncoderTrainer::new(encoder_settings(), (&stage.codec, None), crops, &Device::Cpu);
    let frozen = encoder.unwrap().weights().unwrap();
    let [without, with] = [0.0, 1.0].map(|weight| lost(&stage, &frozen, weight));
    println!("{without} without, {with} with");
    assert!(with < 0.8 * without, "{without} without, {with} with");
}

#[test]
fn statistics_tell_crops_apart_on_one_scale() -> Result<()> {
    let Stage { crops, _folder, .. } = stage();
    let places: Vec<usize> = (0..crops.n_crops(Part::Training)).collect();
    let drawn = crops.at(Part::Training, &places, &Device::Cpu)?;
    let found = CropStatistics::new(&crops)?.of(&drawn)?;
    assert_eq!(found.dims(), [60, CropStatistics::n_statistics(crops.n_latents())]);
    let (mean, variance) = (found.mean(0)?.to_vec1::<f32>()?, found.var(0)?.to_vec1::<f32>()?);
    assert!(mean.iter().all(|mean| mean.abs() < 1e-3), "{mean:?}");
    assert!(variance.iter().all(|variance| (variance - 1.0).abs() < 0.05), "{variance:?}");
    Ok(())
}

#[test]
fn what_was_learned_is_what_the_frozen_networks_compute() -> Result<()> {
    let Stage { codec, crops, _folder, .. } = stage();
    let mut encoder =
        EncoderTrainer::new(encoder_settings(), (&codec, None), Arc::clone(&crops), &Device::Cpu)?;
    encoder.step()?;
    let frozen = encoder.weights()?;
    let mut trainer = AutoencoderTrainer::new(
        autoencoder_settings(),
        (&frozen, None),
        Arc::clone(&crops),
        &Device::Cpu,
    )?;
    for _ in 0..3 {
        trainer.step()?;
    }
    let weights = codec.joined([frozen, trainer.weights()?]);
    let settings = Settings { encoder_heads: 2, heads: 2, segment_seconds: 0.2 };
    let kernel = Kernel::best(Precision::F32);
    let embedder = Embedder::load(&weights, &settings, kernel).unwrap();
    let renderer = Renderer::load(&weights, &settings, kernel).unwrap();

    let latents = crops.at(Part::HeldOut, &[0, 1], &Device::Cpu)?.latents;
    let frames = trainer.encoder.encode(&trainer.encoder.embed(&latents)?)?;
    let z = trainer.averaged.1.z(&frames)?;
    assert_near(
        &z,
        &embedder.summarize(
            &embedder.frames_of_latents(&latents, &[CROP_SAMPLES; 2], 2)?,
            &[CROP_SAMPLES; 2],
        )?,
    )?;
    let hearing = Hearing::load(&weights, &settings, CROP_SAMPLES)?;
    let sound = renderer.pcm(&latents)?.narrow(1, 0, CROP_SAMPLES)?;
    assert_near(&hearing.z(&latents)?, &embedder.z(&sound, &[CROP_SAMPLES; 2])?)?;
    let noise = gaussian_noise(1, 1, latents.elem_count())?.reshape(latents.shape())?;
    let sigma = Tensor::full(0.3_f32, (2, 1, 1), &Device::Cpu)?;
    let v = trainer.averaged.1.v(&z, &sigma, &noise)?;
    assert_near(&v, &renderer.denoiser().v(&z, 0.3, &noise)?)
}

#[test]
fn refinement_brings_every_sound_nearer_to_being_heard_as_its_z() -> Result<()> {
    let Stage { codec, crops, _folder, .. } = stage();
    let encoder =
        EncoderTrainer::new(encoder_settings(), (&codec, None), Arc::clone(&crops), &Device::Cpu);
    let frozen = encoder?.weights()?;
    let mut trainer = AutoencoderTrainer::new(
        autoencoder_settings(),
        (&frozen, None),
        Arc::clone(&crops),
        &Device::Cpu,
    )?;
    trainer.step()?;
    let weights = codec.joined([frozen, trainer.weights()?]);
    let settings = Settings { encoder_heads: 2, heads: 2, segment_seconds: 0.2 };
    let hearing = Hearing::load(&weights, &settings, CROP_SAMPLES)?;
    let latents = crops.at(Part::HeldOut, &[0, 1, 2], &Device::Cpu)?.latents;
    let wanted = hearing.z(&crops.at(Part::HeldOut, &[3, 4, 5], &Device::Cpu)?.latents)?;
    let apart = |latents: &Tensor| -> Result<Vec<f32>> {
        (hearing.z(latents)? - &wanted)?.sqr()?.sum(1)?.to_vec1()
    };
    let go_on = |_| ControlFlow::Continue(());
    let refined = |latents: &Tensor, z: &Tensor, n_steps| -> Result<Tensor> {
        Ok(hearing.refined(latents, z, n_steps, go_on)?.unwrap())
    };
    let unmoved = refined(&latents, &wanted, 0)?;
    assert_eq!(unmoved.flatten_all()?.to_vec1::<f32>()?, latents.flatten_all()?.to_vec1::<f32>()?);
    let before = apart(&latents)?;
    let mut least = before.clone();
    // A step may lead too far, but what is kept is never worse than what was there.
    for n_steps in [1, 2, 20] {
        let after = apart(&refined(&latents, &wanted, n_steps)?)?;
        assert!(
            after.iter().zip(&least).all(|(after, least)| after <= least),
            "{after:?} {least:?}"
        );
        least = after;
    }
    for (before, after) in before.iter().zip(least) {
        assert!(after < 0.2 * before, "{before} → {after}");
    }
    // Neighbors in a batch do not matter, and a caller can stop.
    let alone = refined(&latents.narrow(0, 2, 1)?, &wanted.narrow(0, 2, 1)?, 3)?;
    assert_near(&refined(&latents, &wanted, 3)?.narrow(0, 2, 1)?, &alone)?;
    let mut n_calls = 0;
    let stop = |step| {
        n_calls += 1;
        if step == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    assert!(hearing.refined(&latents, &wanted, 9, stop)?.is_none());
    assert_eq!(n_calls, 2);
    Ok(())
}

#[test]
fn what_sounds_through_the_codec_is_kept_beside_what_it_was_made_of() -> Result<()> {
    let Stage { codec, crops, _folder, .. } = stage();
    let Drawn { latents, resounded, .. } = crops.at(Part::HeldOut, &[0, 7], &Device::Cpu)?;
    let root = codec.root();
    let kernel = Kernel::best(Precision::F32);
    let encoder = CodecEncoder::load(&root.pp("codec.encoder"), kernel).unwrap();
    let decoder = CodecDecoder::load(&root.pp("codec.decoder"), kernel).unwrap();
    let sound = decoder.decode(&latents)?.narrow(1, 0, CROP_SAMPLES)?;
    assert_near(&resounded.unwrap(), &encoder.encode(&sound)?)
}

fn assert_near(found: &Tensor, wanted: &Tensor) -> Result<()> {
    let scale = wanted.abs()?.max_all()?.to_scalar::<f32>()?;
    let difference = (found - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
    assert!(scale > 1e-3 && difference < 1e-4 * scale.max(1.0), "{difference} of {scale}");
    Ok(())
}
