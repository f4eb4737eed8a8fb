//! A sound at any rate → its value at any time.

use std::f64::consts::PI;

/// Half the length of the filter, in samples of the lower of the two rates.
const HALF_TAPS: f64 = 32.0;
/// Where the passband ends on the way to the lower Nyquist frequency; the filter is 90 dB down a little above it.
const CUTOFF: f64 = 0.95;
/// Of the Kaiser window, for 90 dB.
const BETA: f64 = 9.0;
/// Positions between two samples for which weights are stored; what lies between two of these is interpolated.
const N_PHASES: usize = 256;

/// A windowed sinc that reads a sound of one rate at the frames of another.
///
/// Unlike [`crate::audio::resample`] it needs nothing but the samples around the wanted one, so that any sound can begin at once and
/// at any place.
#[derive(Debug)]
pub(super) struct Interpolator {
    from_hz: u64,
    to_hz: u64,
    n_taps: usize,
    /// `[phase, tap]`, one phase more than [`N_PHASES`]: the last is the first, one sample later.
    weights: Vec<f32>,
}

impl Interpolator {
    /// Between two positive rates.
    pub(super) fn new(from_hz: u32, to_hz: u32) -> Self {
        let scale = (f64::from(to_hz) / f64::from(from_hz)).min(1.0);
        let half = (HALF_TAPS / scale).ceil();
        let n_taps = 2 * half as usize;
        let mut weights = Vec::with_capacity((N_PHASES + 1) * n_taps);
        for phase in 0..=N_PHASES {
            let center = half - 1.0 + phase as f64 / N_PHASES as f64;
            let row: Vec<f64> = (0..n_taps)
                .map(|tap| {
                    let x = tap as f64 - center;
                    sinc(x * scale * CUTOFF) * bessel(BETA * (1.0 - (x / half).powi(2)).sqrt())
                })
                .collect();
            // A constant stays that constant.
            let sum: f64 = row.iter().sum();
            weights.extend(row.iter().map(|weight| (weight / sum) as f32));
        }
        Self { from_hz: from_hz.into(), to_hz: to_hz.into(), n_taps, weights }
    }

    /// The value at a frame of the second rate; the sound is zero before its beginning and after its end.
    pub(super) fn at(&self, samples: &[f32], frame: u64) -> f32 {
        let place = frame * self.from_hz;
        let phase = (place % self.to_hz) as f32 / self.to_hz as f32 * N_PHASES as f32;
        let stored = (phase as usize).min(N_PHASES - 1);
        let row = stored * self.n_taps;
        let (low, high) = self.weights[row..row + 2 * self.n_taps].split_at(self.n_taps);
        let part = phase - stored as f32;
        let first = (place / self.to_hz) as i64 - (self.n_taps / 2 - 1) as i64;
        let skipped = usize::try_from(-first).unwrap_or(0);
        let inside = samples.get(usize::try_from(first).unwrap_or(0)..).unwrap_or_default();
        inside
            .iter()
            .zip(low.iter().zip(high).skip(skipped))
            .map(|(sample, (low, high))| sample * (low + part * (high - low)))
            .sum()
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The modified Bessel function of order zero.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    (1..30).fold(1.0, |sum, k| {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum + term
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::resample;

    #[test]
    fn it_agrees_with_the_resampler_below_the_cutoff() {
        for (from_hz, to_hz) in
            [(24_000, 48_000), (44_100, 48_000), (16_000, 48_000), (96_000, 48_000)]
        {
            let top = f64::from(from_hz.min(to_hz)) * 0.42;
            let sound: Vec<f32> = (0..from_hz)
                .map(|t| f64::from(t) / f64::from(from_hz) * 2.0 * PI)
                .map(|t| ((t * 441.0).sin() * 0.4 + (t * top).sin() * 0.3) as f32)
                .collect();
            let wanted = resample(&sound, from_hz, to_hz);
            let interpolator = Interpolator::new(from_hz, to_hz);
            let worst = (4000..wanted.len() - 4000)
                .map(|frame| (interpolator.at(&sound, frame as u64) - wanted[frame]).abs())
                .fold(0.0, f32::max);
            println!("{from_hz} to {to_hz} Hz: at most {worst:.1e} apart");
            assert!(worst < 2e-4, "{from_hz} to {to_hz} Hz: {worst}");
        }
    }

    #[test]
    fn a_frame_beyond_the_sound_is_silence_and_a_constant_stays() {
        let interpolator = Interpolator::new(24_000, 48_000);
        assert_eq!(interpolator.at(&[1.0; 100], 400), 0.0);
        assert_eq!(interpolator.at(&[], 0), 0.0);
        assert!((200..300).all(|frame| (interpolator.at(&[0.5; 300], frame) - 0.5).abs() < 1e-6));
    }
}
