//! One piece of music at every usual rate, width and number of channels gives one z.

#[expect(dead_code, reason = "only the place of the golden model is needed here")]
mod common;

use std::f64::consts::TAU;
use std::path::Path;

use candle_core::{Device, Tensor};
use common::golden_folder;
use hound::{SampleFormat, WavSpec, WavWriter};
use pecmae::audio::{SegmentPlan, SegmentReader, TailPolicy};
use pecmae::autoencoder::Embedder;
use pecmae::tensor::{Kernel, Precision};
use pecmae::weights::canonical::{Converted, convert};
use pecmae::weights::{Checkpoint, Hints};

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// One segment of the model and a bit, so that the resampler's end is past it.
const SECONDS: f64 = 4.2;

/// Notes of a melody with three partials each, under slow swells. Partials end below 3.5 kHz, which 8 kHz can hold, and the
/// music fades in: a hard start has a spectrum without end, which every rate cuts elsewhere.
fn music(t: f64) -> f64 {
    let notes = [220.0, 277.18, 329.63, 440.0, 554.37, 659.26, 880.0, 1108.73];
    let notes = notes.iter().enumerate().map(|(i, hz)| {
        let swell = (TAU * (0.11 + 0.07 * i as f64) * t + i as f64).sin().powi(2);
        let partials =
            (1..=3).map(|k| (TAU * hz * f64::from(k) * t + f64::from(k)).sin() / f64::from(k));
        swell * partials.sum::<f64>()
    });
    let fade = (TAU * t.min(0.2) / 0.8).sin().powi(2);
    0.08 * fade * notes.sum::<f64>()
}

/// The second channel of a stereo file: the mean of both is the music.
fn side(t: f64) -> f64 {
    0.1 * (TAU * 3.0 * t).sin() * (TAU * 1234.5 * t).sin()
}

fn write(path: &Path, rate_hz: u32, channels: u16, bits: u16, format: SampleFormat) -> TestResult {
    let spec =
        WavSpec { channels, sample_rate: rate_hz, bits_per_sample: bits, sample_format: format };
    let mut writer = WavWriter::create(path, spec)?;
    for i in 0..(SECONDS * f64::from(rate_hz)) as usize {
        let t = i as f64 / f64::from(rate_hz);
        let both = [music(t) + side(t), music(t) - side(t)];
        let values = if channels == 2 { &both[..] } else { &[music(t)] };
        for value in values {
            match format {
                SampleFormat::Float => writer.write_sample(*value as f32)?,
                SampleFormat::Int => {
                    writer.write_sample((value * f64::from(1 << (bits - 1))).round() as i32)?;
                }
            }
        }
    }
    Ok(writer.finalize()?)
}

struct Model {
    embedder: Embedder,
    plan: SegmentPlan,
}

impl Model {
    fn golden() -> TestResult<Self> {
        let open = |name: &str| Checkpoint::open(&golden_folder().join(name));
        let codec = open("encodec_24khz.th")?;
        let hints = Hints::default();
        let Converted { weights, settings, .. } =
            convert(&open("weights.pt")?, Some(&codec), &hints)?;
        let embedder = Embedder::load(&weights, &settings, Kernel::best(Precision::F32))?;
        let plan = SegmentPlan {
            sample_rate_hz: 24_000,
            segment_samples: 96_000,
            hop_samples: embedder.hop(),
            tail: TailPolicy::Published,
        };
        Ok(Self { embedder, plan })
    }

    /// The z of a file's first segment.
    fn z(&self, path: &Path) -> TestResult<Vec<f32>> {
        let segment = SegmentReader::open(path, &self.plan)?.next().ok_or("no segment")??;
        self.z_of(&segment.samples)
    }

    fn z_of(&self, samples: &[f32]) -> TestResult<Vec<f32>> {
        let pcm = Tensor::from_slice(samples, (1, samples.len()), &Device::Cpu)?;
        Ok(self.embedder.z(&pcm, &[samples.len()])?.squeeze(0)?.to_vec1()?)
    }
}

/// `‖a − b‖ / ‖b‖`
fn relative(a: &[f32], b: &[f32]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f32>| {
        values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
    };
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

/// The distance in z is what is left of the music's own numbers: single precision rounds to 2⁻²⁴, of which resampler and
/// networks make a few units (measured: 2e-7, full size 4e-7), and 16-bit files carry noise 98 dB below full scale (measured
/// at 24 kHz, where nothing is resampled, as at every other rate: 1e-5, full size 5e-6). Resampling itself adds nothing.
#[test]
fn z_does_not_depend_on_how_the_file_stores_the_music() -> TestResult {
    let model = Model::golden()?;
    let folder = tempfile::tempdir()?;
    let exact: Vec<f32> = (0..96_000).map(|i| music(f64::from(i) / 24_000.0) as f32).collect();
    let wanted = model.z_of(&exact)?;
    for rate_hz in [8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000] {
        for channels in [1, 2] {
            for (bits, format, tolerance) in [
                (16, SampleFormat::Int, 3e-5),
                (24, SampleFormat::Int, 1e-6),
                (32, SampleFormat::Float, 1e-6),
            ] {
                let path = folder.path().join("music.wav");
                write(&path, rate_hz, channels, bits, format)?;
                let error = relative(&model.z(&path)?, &wanted);
                let file = format!("{rate_hz} Hz, {channels} channels, {bits} bits {format:?}");
                println!("{file}: {error:.1e}");
                assert!(error < tolerance, "{file}: {error:e}");
            }
        }
    }
    // Other music is another z altogether.
    let reversed: Vec<f32> = exact.iter().rev().copied().collect();
    let other = relative(&model.z_of(&reversed)?, &wanted);
    assert!(other > 0.01, "{other:e}");
    Ok(())
}
