//! How loud a sound is.

use ebur128::{EbuR128, Mode};

/// Measures of a sound before it is rounded to 16 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    /// Integrated loudness in LUFS; `None` where nothing passes the gate.
    pub(super) lufs: Option<f32>,
    /// The largest magnitude.
    pub(super) peak: f32,
    /// Samples above full scale.
    pub(super) n_clipped: u64,
}

impl Level {
    pub(super) fn of(samples: &[f32], sample_rate_hz: u32) -> Self {
        let meter = EbuR128::new(1, sample_rate_hz, Mode::I);
        let loudness = meter.and_then(|mut meter| {
            meter.add_frames_f32(samples)?;
            meter.loudness_global()
        });
        Self {
            lufs: loudness.ok().filter(|lufs| lufs.is_finite()).map(|lufs| lufs as f32),
            peak: samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs())),
            n_clipped: samples.iter().filter(|sample| sample.abs() > 1.0).count() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_sine_of_one_kilohertz_has_minus_three_lufs() {
        let sine = |gain: f32| -> Vec<f32> {
            let at = |i: i32| gain * (std::f32::consts::TAU * 1000.0 * i as f32 / 24_000.0).sin();
            (0..96_000).map(at).collect()
        };
        let level = Level::of(&sine(1.0), 24_000);
        assert!((level.lufs.unwrap() + 3.01).abs() < 0.1, "{level:?}");
        assert!((level.peak - 1.0).abs() < 1e-3 && level.n_clipped == 0, "{level:?}");
        let quiet = Level::of(&sine(0.1), 24_000);
        assert!((quiet.lufs.unwrap() - level.lufs.unwrap() + 20.0).abs() < 0.01, "{quiet:?}");
        assert!(Level::of(&sine(2.0), 24_000).n_clipped > 60_000);
        assert_eq!(Level::of(&[0.0; 96_000], 24_000).lufs, None);
    }
}
