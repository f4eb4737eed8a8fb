//! Sounds that are no music: noise and sweeps.

use std::f64::consts::TAU;

use super::dice::Dice;

/// A sound that no instrument makes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Signal {
    /// A sine whose frequency moves evenly in octaves.
    Sweep {
        /// Where it begins, in Hz.
        from_hz: f64,
        /// Where it ends, in Hz.
        to_hz: f64,
        /// When it begins, in s.
        start_s: f64,
        /// How long it lasts, in s.
        seconds: f64,
        /// Its amplitude.
        level: f64,
    },
    /// Noise that is damped above a frequency.
    Noise {
        /// Above here it falls by 6 dB an octave, in Hz.
        corner_hz: f64,
        /// When it begins, in s.
        start_s: f64,
        /// How long it lasts, in s.
        seconds: f64,
        /// Its amplitude.
        level: f64,
    },
}

/// How long a signal takes to come and to go, so that it does not click, in s.
const FADE_S: f64 = 0.01;

impl Signal {
    /// Adds the signal to `samples` `[sample]`.
    pub(super) fn add_to(&self, samples: &mut [f32], rate_hz: f64, dice: &mut Dice) {
        let (Self::Sweep { start_s, seconds, level, .. }
        | Self::Noise { start_s, seconds, level, .. }) = *self;
        let first = (start_s * rate_hz) as usize;
        let n = (seconds * rate_hz) as usize;
        let (mut phase, mut state) = (0.0_f64, 0.0_f64);
        for (i, sample) in samples.iter_mut().skip(first).take(n).enumerate() {
            let time = i as f64 / rate_hz;
            let value = match *self {
                Self::Sweep { from_hz, to_hz, .. } => {
                    phase += from_hz * (to_hz / from_hz).powf(time / seconds) / rate_hz;
                    (TAU * phase).sin()
                }
                Self::Noise { corner_hz, .. } => {
                    let share = 1.0 - (-TAU * corner_hz / rate_hz).exp();
                    state += share * (f64::from(dice.noise()) - state);
                    // Noise that is damped keeps its power.
                    state / share.sqrt()
                }
            };
            let fade = (time / FADE_S).min((seconds - time) / FADE_S).clamp(0.0, 1.0);
            *sample += (level * fade * value) as f32;
        }
    }
}
