//! How far a sound is from another, on short-time spectra of several lengths.

use std::f64::consts::PI;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use super::ops::{Cut, Loudness, MelSpectra, mel_spectra, windows};
use crate::audio::{MelConfig, MelScale};

/// Usual floor of magnitudes: 80 dB below a full-scale sine.
const FLOOR: f64 = 1e-4;
/// Added to squared magnitudes, so that the root has a slope at 0.
const ROOT_FLOOR: f32 = 1e-10;

/// What a spectral distance listens for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpectralSettings {
    /// Lengths of the transforms, in samples; neighbouring ones overlap by three quarters.
    pub transforms: Vec<usize>,
    /// Weight of the distance of magnitudes beside that of their logarithms.
    pub loud_weight: f64,
    /// Added to magnitudes before their logarithm, a full-scale sine being 1: what is quieter hardly counts.
    #[serde(default = "usual_floor")]
    pub floor: f64,
}

fn usual_floor() -> f64 {
    FLOOR
}

impl Default for SpectralSettings {
    /// Everything from clicks to tones, what is loud as much as what is quiet.
    fn default() -> Self {
        Self { transforms: vec![64, 128, 256, 512, 1024, 2048], loud_weight: 1.0, floor: FLOOR }
    }
}

/// `mean |log m̂ − log m| + w · mean |m̂ − m| / mean m` over mel magnitudes m, averaged over several transforms.
///
/// The first term hears what is quiet, the second what is loud (Yamamoto et al. 2020; Défossez et al. 2022).
#[derive(Debug)]
pub struct SpectralDistance {
    scales: Vec<Scale>,
    loud_weight: f64,
    floor: f64,
}

/// One transform.
#[derive(Debug)]
struct Scale {
    n_fft: usize,
    /// Windowed so that a full-scale sine gives magnitude 1.
    spectra: Spectra,
}

/// How spectra are computed.
#[derive(Debug)]
enum Spectra {
    /// By fast transforms, in main memory.
    Fast(Arc<MelSpectra>),
    /// By products, on any other device.
    Product {
        /// Windowed cosines, then sines: `[n_fft, 2 · bin]`.
        basis: Tensor,
        /// `[bin, mel]`.
        filters: Tensor,
    },
}

/// What is heard of a sound: mel magnitudes `[batch · frame, mel]` a transform.
pub type MelMagnitudes = Vec<Tensor>;

impl SpectralDistance {
    /// For sounds of that rate.
    ///
    /// # Errors
    /// The device has no room.
    pub fn new(sample_rate_hz: u32, settings: &SpectralSettings, device: &Device) -> Result<Self> {
        let scale = |&n_fft: &usize| {
            let n_bins = n_fft / 2 + 1;
            let window = |n: usize| 0.5 - 0.5 * (2.0 * PI * n as f64 / n_fft as f64).cos();
            let scaled = |n: usize| window(n) * 4.0 / n_fft as f64;
            let config = MelConfig {
                n_fft,
                hop: n_fft / 4,
                n_mels: (n_fft / 8).clamp(8, 80),
                f_min_hz: 0.0,
                f_max_hz: f64::from(sample_rate_hz) / 2.0,
                scale: MelScale::Slaney,
                floor_db: f32::NEG_INFINITY,
            };
            let filters = config.filters(sample_rate_hz);
            let spectra = if device.is_cpu() {
                let window = (0..n_fft).map(|n| scaled(n) as f32).collect();
                let (filters, of) = ((&*filters, config.n_mels), Loudness::Magnitude(ROOT_FLOOR));
                Spectra::Fast(Arc::new(MelSpectra::new(window, config.hop, filters, of)))
            } else {
                let basis = (0..n_fft).flat_map(|n| {
                    (0..2 * n_bins).map(move |column| {
                        // The angle repeats, so that it stays small and exact.
                        let turn = ((column % n_bins) * n % n_fft) as f64 / n_fft as f64;
                        let (sin, cos) = (2.0 * PI * turn).sin_cos();
                        ((if column < n_bins { cos } else { sin }) * scaled(n)) as f32
                    })
                });
                Spectra::Product {
                    basis: Tensor::from_iter(basis, device)?.reshape((n_fft, 2 * n_bins))?,
                    filters: Tensor::from_vec(filters, (n_bins, config.n_mels), device)?,
                }
            };
            Ok(Scale { n_fft, spectra })
        };
        let scales = settings.transforms.iter().map(scale).collect::<Result<_>>()?;
        Ok(Self { scales, loud_weight: settings.loud_weight, floor: settings.floor })
    }

    /// # Shapes
    /// - `pcm`: `[batch, sample]`
    ///
    /// # Errors
    /// The sounds are shorter than the longest transform, or the device fails.
    pub fn mel(&self, pcm: &Tensor) -> Result<MelMagnitudes> {
        self.scales.iter().map(|scale| scale.mel(pcm)).collect()
    }

    /// The distance of `found` from `wanted`, a scalar.
    ///
    /// # Errors
    /// They have other shapes.
    pub fn distance(&self, found: &MelMagnitudes, wanted: &MelMagnitudes) -> Result<Tensor> {
        let mut terms = Vec::new();
        for (found, wanted) in found.iter().zip(wanted) {
            let log = |m: &Tensor| m.affine(1.0, self.floor)?.log();
            let quiet = (log(found)? - log(wanted)?)?.abs()?.mean_all()?;
            let loudness = wanted.mean_all()?.affine(1.0, FLOOR)?;
            let loud = ((found - wanted)?.abs()?.mean_all()? / loudness)?;
            terms.push((quiet + loud.affine(self.loud_weight, 0.0)?)?);
        }
        Tensor::stack(&terms, 0)?.mean_all()
    }
}

impl Scale {
    fn mel(&self, pcm: &Tensor) -> Result<Tensor> {
        let n_samples = pcm.dim(1)?;
        if n_samples < self.n_fft {
            candle_core::bail!("{n_samples} samples are less than one window of {}", self.n_fft);
        }
        match &self.spectra {
            Spectra::Fast(spectra) => mel_spectra(pcm, spectra),
            Spectra::Product { basis, filters } => {
                let power = self.power_by_product(pcm, basis)?;
                power.affine(1.0, f64::from(ROOT_FLOOR))?.sqrt()?.matmul(filters)
            }
        }
    }

    /// `[batch, sample]` → `[batch · frame, bin]`.
    fn power_by_product(&self, pcm: &Tensor, basis: &Tensor) -> Result<Tensor> {
        let (n_bins, cut) =
            (self.n_fft / 2 + 1, Cut::whole(pcm.dim(1)?, self.n_fft, self.n_fft / 4));
        let frames = windows(&pcm.unsqueeze(2)?, cut)?.reshape(((), self.n_fft))?;
        let squares = frames.matmul(basis)?.sqr()?;
        squares.narrow(1, 0, n_bins)? + squares.narrow(1, n_bins, n_bins)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, amplitude: f64) -> Result<Tensor> {
        let sample = |t| (amplitude * (2.0 * PI * hz * f64::from(t) / 24_000.0).sin()) as f32;
        Tensor::from_iter((0..4800).map(sample), &Device::Cpu)?.reshape((1, 4800))
    }

    #[test]
    fn equal_sounds_are_at_no_distance_and_others_ever_further() -> Result<()> {
        let spectral = SpectralDistance::new(24_000, &SpectralSettings::default(), &Device::Cpu)?;
        let distance = |hz, amplitude| {
            let (found, wanted) = (sine(hz, amplitude)?, sine(440.0, 0.5)?);
            spectral.distance(&spectral.mel(&found)?, &spectral.mel(&wanted)?)?.to_scalar::<f32>()
        };
        let found = [
            distance(440.0, 0.5)?,
            distance(440.0, 0.45)?,
            distance(450.0, 0.5)?,
            distance(3000.0, 0.5)?,
        ];
        assert_eq!(found[0], 0.0);
        assert!(found.is_sorted(), "{found:?}");
        Ok(())
    }

    #[test]
    fn what_is_loud_counts_as_much_as_it_is_said_to() -> Result<()> {
        let distance = |loud_weight| {
            let settings = SpectralSettings { transforms: vec![512], loud_weight, floor: FLOOR };
            let spectral = SpectralDistance::new(24_000, &settings, &Device::Cpu)?;
            let (found, wanted) = (sine(440.0, 0.25)?, sine(440.0, 0.5)?);
            spectral.distance(&spectral.mel(&found)?, &spectral.mel(&wanted)?)?.to_scalar::<f32>()
        };
        let [none, some, more] = [distance(0.0)?, distance(1.0)?, distance(3.0)?];
        // Half of everything is half of the mean magnitude away.
        assert!(
            (some - none - 0.5).abs() < 1e-2 && (more - none - 1.5).abs() < 3e-2,
            "{none} {some} {more}"
        );
        Ok(())
    }

    #[test]
    fn what_is_below_the_floor_hardly_counts() -> Result<()> {
        let distance = |floor| {
            let settings = SpectralSettings { transforms: vec![512], loud_weight: 0.0, floor };
            let spectral = SpectralDistance::new(24_000, &settings, &Device::Cpu)?;
            // 94 and 100 dB below full scale.
            let (found, wanted) = (sine(440.0, 2e-5)?, sine(440.0, 1e-5)?);
            spectral.distance(&spectral.mel(&found)?, &spectral.mel(&wanted)?)?.to_scalar::<f32>()
        };
        let (high, low) = (distance(FLOOR)?, distance(FLOOR / 10.0)?);
        assert!(2.0 * high < low, "{high} {low}");
        Ok(())
    }

    #[test]
    fn a_full_scale_sine_has_magnitude_one_in_its_band() -> Result<()> {
        let spectral = SpectralDistance::new(24_000, &SpectralSettings::default(), &Device::Cpu)?;
        // A whole number of bins of the longest transforms, so that the energy lies in few of them.
        let mel = spectral.mel(&sine(3000.0, 1.0)?)?;
        for (scale, n_fft) in mel.iter().zip(SpectralSettings::default().transforms) {
            let peak = scale.get(0)?.max(0)?.to_scalar::<f32>()?;
            assert!((0.5..2.1).contains(&peak), "{n_fft}: {peak}");
        }
        Ok(())
    }
}
