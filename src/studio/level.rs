//! How loud a sound is.

use ebur128::{EbuR128, Mode};

/// The loudness of programmes by EBU R 128, in LUFS.
const TARGET_LUFS: f32 = -23.0;

/// Measures of a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Integrated loudness in LUFS; `None` where nothing passes the gate.
    pub lufs: Option<f32>,
    /// What brings it to −23 LUFS, in dB, or as near to it as full scale allows.
    pub gain_db: Option<f32>,
    /// The largest magnitude; above 1 it exceeds full scale.
    pub peak: f32,
}

impl Level {
    /// Of mono PCM.
    pub fn of(samples: &[f32], sample_rate_hz: u32) -> Self {
        let meter = EbuR128::new(1, sample_rate_hz, Mode::I);
        let loudness = meter.and_then(|mut meter| {
            meter.add_frames_f32(samples)?;
            meter.loudness_global()
        });
        let lufs = loudness.ok().filter(|lufs| lufs.is_finite()).map(|lufs| lufs as f32);
        let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let most_db = -20.0 * peak.log10();
        Self { lufs, gain_db: lufs.map(|lufs| (TARGET_LUFS - lufs).min(most_db)), peak }
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
        assert!((level.peak - 1.0).abs() < 1e-3, "{level:?}");
        assert!((level.gain_db.unwrap() + 19.99).abs() < 0.1, "{level:?}");
        let quiet = Level::of(&sine(0.1), 24_000);
        assert!((quiet.lufs.unwrap() - level.lufs.unwrap() + 20.0).abs() < 0.01, "{quiet:?}");
        // A click in a quiet sound would clip.
        let mut clicks = sine(0.01);
        clicks[500] = 0.8;
        let clicks = Level::of(&clicks, 24_000);
        assert!((clicks.gain_db.unwrap() - 1.94).abs() < 0.01, "{clicks:?}");
        let silence = Level::of(&[0.0; 96_000], 24_000);
        assert_eq!((silence.lufs, silence.gain_db), (None, None));
    }
}
