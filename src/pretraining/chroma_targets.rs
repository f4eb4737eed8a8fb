//! Chroma, which small networks learn to tell beside mel spectra: those are too coarse for harmony.

use candle_core::{Result, Tensor};

use super::frame_spectra::FrameSpectra;
use super::ops::Loudness;

/// Pitch classes, from A on.
pub(super) const N_PITCH_CLASSES: usize = 12;
/// Samples of a window: at 24 kHz it tells semitones apart from about 400 Hz on, and of lower tones their harmonics.
const WINDOW: usize = 4096;
/// What is heard: from C3 to where harmonics of most tones have faded.
const HEARD_HZ: std::ops::RangeInclusive<f64> = 130.0..=2000.0;
/// Magnitude, all pitch classes together, that no pitch class has a clear share of: of full scale.
const FLOOR: f64 = 1e-3;
/// Keeps the slope of a magnitude finite.
const ROOT_FLOOR: f32 = 1e-14;

/// Sounds → chroma, as many as there are frames of latents.
#[derive(Debug)]
pub(super) struct ChromaTargets(FrameSpectra);

impl ChromaTargets {
    /// For latents that are `hop` samples apart.
    pub(super) fn new(sample_rate_hz: u32, hop: usize) -> Self {
        let weight = |bin: usize, class: usize| {
            let frequency_hz = bin as f64 * f64::from(sample_rate_hz) / WINDOW as f64;
            if !HEARD_HZ.contains(&frequency_hz) {
                return 0.0;
            }
            let semitones = 12.0 * (frequency_hz / 440.0).log2() - class as f64;
            let away = (semitones + 6.0).rem_euclid(12.0) - 6.0;
            (1.0 - away.abs()).max(0.0) as f32
        };
        let filters: Vec<f32> = (0..=WINDOW / 2)
            .flat_map(|bin| (0..N_PITCH_CLASSES).map(move |class| weight(bin, class)))
            .collect();
        let bands = (&*filters, N_PITCH_CLASSES);
        Self(FrameSpectra::new((WINDOW, hop), bands, Loudness::Magnitude(ROOT_FLOOR)))
    }

    /// # Shapes
    /// - `pcm`: `[crop, sample]`; returns: `[crop, frame, pitch class]`, twelve times each one's share of the magnitude, less 1
    pub(super) fn of(&self, pcm: &Tensor) -> Result<Tensor> {
        let magnitudes = self.0.of(pcm)?;
        let all = magnitudes.sum_keepdim(2)?.affine(1.0, FLOOR)?;
        magnitudes.broadcast_div(&all)?.affine(N_PITCH_CLASSES as f64, -1.0)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    const HOP: usize = 640;

    /// Chroma of the last frame of some sines together.
    fn chroma(frequencies_hz: &[f64], amplitude: f64) -> Vec<f32> {
        let sample = |n: usize| {
            let phase = |hz: &f64| (std::f64::consts::TAU * hz * n as f64 / 24_000.0).sin();
            (amplitude * frequencies_hz.iter().map(phase).sum::<f64>()) as f32
        };
        let pcm = Tensor::from_iter((0..10 * HOP).map(sample), &Device::Cpu).unwrap();
        let found = ChromaTargets::new(24_000, HOP).of(&pcm.unsqueeze(0).unwrap()).unwrap();
        assert_eq!(found.dims(), [1, 10, N_PITCH_CLASSES]);
        found.to_vec3::<f32>().unwrap()[0][9].clone()
    }

    #[test]
    fn tones_are_told_apart_and_octaves_are_not() {
        for amplitude in [0.5, 0.1] {
            let [low, high] = [440.0, 880.0].map(|hz| chroma(&[hz], amplitude));
            assert!(low[0] > 5.0 && low[3..10].iter().all(|x| *x < -0.9), "{low:?}");
            assert!(high[0] > 5.0 && high[3..10].iter().all(|x| *x < -0.9), "{high:?}");
        }
        // C♯ E, a minor third: four and seven semitones above A.
        let third = chroma(&[554.37, 659.26], 0.2);
        assert!(third[4] > 2.0 && third[7] > 2.0 && third[0] < -0.9, "{third:?}");
    }

    #[test]
    fn silence_has_no_pitch_class() {
        // The roots add up to a thirtieth of the floor; some pitch classes have twice the bins of others.
        assert!(chroma(&[440.0], 0.0).iter().all(|x| (x + 1.0).abs() < 0.06));
    }
}
