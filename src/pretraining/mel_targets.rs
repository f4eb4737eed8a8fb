//! Mel spectra, which small networks learn to tell beside what they are really for.

use candle_core::{Result, Tensor};

use super::frame_spectra::FrameSpectra;
use super::ops::Loudness;
use crate::audio::{MelConfig, MelScale};

/// Bands of a mel spectrum.
pub(super) const N_MELS: usize = 80;
/// Samples of its window.
const WINDOW: usize = 2048;
/// Energy below that of a full-scale sine that is not told apart any more: −80 dB.
const FLOOR: f64 = 1e-8;
/// Brings the dB of music to about 0, and their spread to about 1.
const CENTER_DB: f64 = -50.0;
const SPREAD_DB: f64 = 20.0;

/// Sounds → mel spectra, as many as there are frames of latents.
#[derive(Debug)]
pub(super) struct MelTargets(FrameSpectra);

impl MelTargets {
    /// For latents that are `hop` samples apart.
    pub(super) fn new(sample_rate_hz: u32, hop: usize) -> Self {
        let config = MelConfig {
            n_fft: WINDOW,
            hop,
            n_mels: N_MELS,
            f_min_hz: 0.0,
            f_max_hz: f64::from(sample_rate_hz) / 2.0,
            scale: MelScale::Slaney,
            floor_db: f32::NEG_INFINITY,
        };
        let filters = config.filters(sample_rate_hz);
        Self(FrameSpectra::new((WINDOW, hop), (&filters, N_MELS), Loudness::Power))
    }

    /// # Shapes
    /// - `pcm`: `[crop, sample]`; returns: `[crop, frame, mel]` in dB, moved and scaled to about 0 on average and 1 in spread
    pub(super) fn of(&self, pcm: &Tensor) -> Result<Tensor> {
        let power = self.0.of(pcm)?;
        let db = power.affine(1.0, FLOOR)?.log()?.affine(10.0 / f64::ln(10.0), 0.0)?;
        db.affine(1.0 / SPREAD_DB, -CENTER_DB / SPREAD_DB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_a_spectrogram_shows() -> Result<()> {
        use crate::audio::{MelSpectrogram, Waveform};
        const HOP: usize = 600;
        // Loud enough for the floor not to show.
        let noise = crate::tensor::gaussian_noise(1, 2, 15 * HOP)?.affine(0.3, 0.0)?;
        let found = MelTargets::new(24_000, HOP).of(&noise)?;
        assert_eq!(found.dims(), [2, 15, N_MELS]);
        // A spectrogram's frames lie around their places; these end where the next frame begins.
        let late = noise.pad_with_zeros(1, WINDOW / 2 - HOP, 0)?;
        let config = MelConfig {
            n_fft: WINDOW,
            hop: HOP,
            n_mels: N_MELS,
            f_min_hz: 0.0,
            f_max_hz: 12_000.0,
            scale: MelScale::Slaney,
            floor_db: -80.0,
        };
        for (found, samples) in found.to_vec3::<f32>()?.iter().zip(late.to_vec2::<f32>()?) {
            let sound = Waveform { samples, sample_rate_hz: 24_000 };
            let wanted = MelSpectrogram::new(&sound, &config).unwrap();
            for (found, db) in found.iter().flatten().zip(&wanted.db) {
                assert!((20.0 * found - 50.0 - db).abs() < 0.05, "{found} for {db} dB");
            }
        }
        Ok(())
    }
}
