//! How loud a note is from its start to its end.

use super::SAMPLE_RATE_HZ;

/// Attack, decay, sustain and release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Envelope {
    /// How long it takes to be loudest, in s.
    pub(super) attack_s: f64,
    /// How long it then takes to fall by a factor of e towards the sustained level, in s.
    pub(super) decay_s: f64,
    /// The level that it stays at while the note is held.
    pub(super) sustain: f64,
    /// How long it takes to fall by a factor of e after that, in s.
    pub(super) release_s: f64,
}

impl Envelope {
    /// How many samples a note of such a length is heard.
    pub(super) fn n_samples(&self, held_s: f64) -> usize {
        ((held_s + 7.0 * self.release_s) * SAMPLE_RATE_HZ) as usize
    }

    /// The level at a time, from 0 to 1, of a note that is held so long.
    pub(super) fn at(&self, time_s: f64, held_s: f64) -> f64 {
        let held = |time_s: f64| {
            if time_s < self.attack_s {
                time_s / self.attack_s
            } else {
                let fallen = (-(time_s - self.attack_s) / self.decay_s).exp();
                self.sustain + (1.0 - self.sustain) * fallen
            }
        };
        match time_s - held_s {
            after if after > 0.0 => held(held_s) * (-after / self.release_s).exp(),
            _ => held(time_s),
        }
    }
}
