//! A struck body: partials that decay, each at its own pace.

use std::f64::consts::TAU;

use super::{SAMPLE_RATE_HZ, Tone};
use crate::synthesis::dice::Dice;

/// Partials end here, in parts of the sample rate.
const HIGHEST: f64 = 0.46;
/// How long the noise of the hammer is heard, in s.
const KNOCK_S: f64 = 0.008;
/// How long it takes to be struck, in s.
const ATTACK_S: f64 = 0.002;

/// What is struck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Body {
    /// A string of such a stiffness: partial `n` at `n √(1 + stiffness n²)`.
    Stiff(f64),
    /// A bar or bell: frequencies above the first, and amplitudes.
    Partials(&'static [(f64, f64)]),
}

/// A struck voice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Modes {
    pub(super) body: Body,
    /// How long middle C takes to fall by a factor of e, in s; higher keys take less.
    pub(super) decay_s: f64,
    /// The same once the key is let go.
    pub(super) release_s: f64,
    /// How much faster partials decay the higher they are.
    pub(super) damping: f64,
    /// The level of the hammer's noise.
    pub(super) knock: f64,
}

impl Modes {
    pub(super) fn add(&self, out: &mut [f32], tone: &Tone<'_>, dice: &mut Dice) {
        let decay_s = self.decay_s * (261.6 / tone.hz).powf(0.6).clamp(0.15, 3.0);
        let n_held = (tone.note.seconds * SAMPLE_RATE_HZ) as usize;
        let n = out.len().min(n_held + (7.0 * self.release_s * SAMPLE_RATE_HZ) as usize);
        let attack = (ATTACK_S * SAMPLE_RATE_HZ) as usize;
        for (ratio, amplitude) in self.partials(tone.force) {
            let hz = ratio * tone.hz;
            if hz > HIGHEST * SAMPLE_RATE_HZ {
                continue;
            }
            let pace = 1.0 + self.damping * (ratio - 1.0);
            let fall = |seconds: f64| (-1.0 / (seconds * SAMPLE_RATE_HZ)).exp();
            let (held, released) =
                (fall(decay_s / pace), fall((decay_s / pace).min(self.release_s)));
            let (sin, cos) = (TAU * hz / SAMPLE_RATE_HZ).sin_cos();
            let (mut x, mut y) = (TAU * dice.unit()).sin_cos();
            let mut level = 0.5 * tone.force * amplitude;
            for (i, sample) in out[..n].iter_mut().enumerate() {
                let rise = if i < attack { i as f64 / attack as f64 } else { 1.0 };
                *sample += (level * rise * y) as f32;
                (x, y) = (x * cos - y * sin, x * sin + y * cos);
                level *= if i < n_held { held } else { released };
                if level < 1e-5 {
                    break;
                }
            }
        }
        let n_knock = (6.0 * KNOCK_S * SAMPLE_RATE_HZ) as usize;
        for (i, sample) in out.iter_mut().take(n_knock).enumerate() {
            let level = (-(i as f64) / (KNOCK_S * SAMPLE_RATE_HZ)).exp();
            *sample += (self.knock * tone.force * level) as f32 * dice.noise();
        }
    }

    /// Frequencies above the first, and amplitudes; the harder it is struck, the more there is of the high ones.
    fn partials(&self, force: f64) -> Vec<(f64, f64)> {
        let soften = 1.6 - 0.9 * force;
        match self.body {
            Body::Stiff(stiffness) => (1..=14)
                .map(|n| {
                    let n = f64::from(n);
                    (n * (1.0 + stiffness * n * n).sqrt(), n.powf(-soften))
                })
                .collect(),
            Body::Partials(partials) => partials
                .iter()
                .map(|(ratio, amplitude)| (*ratio, amplitude * ratio.powf(0.3 * (0.7 - soften))))
                .collect(),
        }
    }
}
