//! A plucked string: noise in a loop that loses a little at every turn (Karplus and Strong, 1983).

use super::{SAMPLE_RATE_HZ, Tone};
use crate::synthesis::dice::Dice;

/// A plucked voice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PluckedString {
    /// How long it takes to fall by a factor of e, in s.
    pub(super) decay_s: f64,
    /// The same once it is damped.
    pub(super) release_s: f64,
    /// How much of the highs the pluck has, from 0 to 1.
    pub(super) brightness: f64,
    /// How much of the highs each turn keeps, from 0 to 1.
    pub(super) keeps: f64,
    /// Where it is plucked, in parts of its length.
    pub(super) position: f64,
    /// How far an amplifier bends it; 0 for none.
    pub(super) drive: f64,
}

impl PluckedString {
    pub(super) fn add(&self, out: &mut [f32], tone: &Tone<'_>, dice: &mut Dice) {
        let period = SAMPLE_RATE_HZ / tone.hz;
        // The low-pass `s y[t] + (1 − s) y[t−1]` of the loop delays by about `1 − s` of a sample.
        let share = 0.5 + 0.5 * self.keeps;
        let delay = (period - (1.0 - share)).max(2.0);
        let (whole, part) = (delay as usize, delay.fract());
        let mut line = self.pluck(whole + 1, tone.force, dice);
        let n_held = (tone.note.seconds * SAMPLE_RATE_HZ) as usize;
        let n = out.len().min(n_held + (7.0 * self.release_s * SAMPLE_RATE_HZ) as usize);
        let loss = |seconds: f64| (-period / (seconds * SAMPLE_RATE_HZ)).exp();
        let (held, damped) = (loss(self.decay_s), loss(self.release_s));
        let (mut at, mut before) = (0, 0.0);
        let gain = 0.9 * tone.force;
        for (i, sample) in out[..n].iter_mut().enumerate() {
            let next = if at + 1 == line.len() { 0 } else { at + 1 };
            // Between the oldest two samples, by the part of a sample that the pitch needs.
            let oldest = part * line[at] + (1.0 - part) * line[next];
            let turned = share * oldest + (1.0 - share) * before;
            before = oldest;
            line[at] = turned * if i < n_held { held } else { damped };
            at = next;
            let value = if self.drive > 0.0 { (self.drive * turned).tanh() * 0.6 } else { turned };
            *sample += (gain * value) as f32;
        }
    }

    /// The string at the moment it is let go.
    fn pluck(&self, n: usize, force: f64, dice: &mut Dice) -> Vec<f64> {
        let brightness = (self.brightness * (0.5 + 0.5 * force)).clamp(0.03, 1.0);
        let mut low = 0.0;
        let noise: Vec<f64> = (0..n)
            .map(|_| {
                low += brightness * (f64::from(dice.noise()) - low);
                low
            })
            .collect();
        // A comb takes out the harmonics that have a node where it is plucked.
        let shift = ((self.position * n as f64) as usize).max(1);
        let mut line: Vec<f64> =
            (0..n).map(|i| noise[i] - noise[(i + n - shift % n) % n]).collect();
        let mean = line.iter().sum::<f64>() / n as f64;
        line.iter_mut().for_each(|value| *value -= mean);
        let power = line.iter().map(|value| value * value).sum::<f64>() / n as f64;
        let gain = 0.4 / power.max(1e-9).sqrt();
        line.iter_mut().for_each(|value| *value *= gain);
        line
    }
}
