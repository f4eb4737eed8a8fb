//! A periodic wave whose spectrum changes: two cycles in tables, one bright and one dark, mixed.

use std::f64::consts::TAU;

use super::envelope::Envelope;
use super::{SAMPLE_RATE_HZ, Tone};
use crate::synthesis::dice::Dice;

/// Points of a cycle.
const TABLE: usize = 1024;
/// Harmonics end here, in parts of the sample rate.
const HIGHEST: f64 = 0.46;
/// More harmonics than these add nothing that is heard.
const MOST_HARMONICS: usize = 80;
/// The level and the mixture are computed once for so many samples.
const BLOCK: usize = 16;

/// The amplitudes of harmonics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spectrum {
    /// All of them, `1 / n`.
    Saw,
    /// The odd ones, `1 / n`.
    Square,
    /// As listed, from the first one.
    Listed(&'static [f64]),
    /// All of them, lifted about some frequencies in Hz as a throat or a body lifts them.
    Formants(&'static [f64]),
}

impl Spectrum {
    fn amplitude(self, harmonic: usize, hz: f64) -> f64 {
        let n = harmonic as f64;
        match self {
            Self::Saw => 1.0 / n,
            Self::Square => (harmonic % 2) as f64 / n,
            Self::Listed(amplitudes) => amplitudes.get(harmonic - 1).copied().unwrap_or(0.0),
            Self::Formants(formants) => {
                let lift = |formant: &f64| 1.0 / (1.0 + ((n * hz - formant) / 110.0).powi(2));
                (0.08 + formants.iter().map(lift).sum::<f64>()) / n.sqrt()
            }
        }
    }
}

/// A sustained voice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wave {
    pub(super) spectrum: Spectrum,
    /// What harmonic `n` is divided by in the dark, `n` to this power.
    pub(super) darkening: f64,
    /// How bright a note begins and goes on, from 0 to 1, and how long it takes from one to the other, in s.
    pub(super) brightness: (f64, f64, f64),
    pub(super) envelope: Envelope,
    /// How far two copies are apart, in parts of the frequency; 0 for a single one.
    pub(super) detune: f64,
    /// The level of breath or bow beside the tone.
    pub(super) breath: f64,
}

impl Wave {
    pub(super) fn add(&self, out: &mut [f32], tone: &Tone<'_>, dice: &mut Dice) {
        let [bright, dark] = [0.0, self.darkening].map(|power| self.table(tone.hz, power));
        let held_s = tone.note.seconds;
        let copies: &[f64] = if self.detune > 0.0 { &[-1.0, 0.15, 1.0] } else { &[0.0] };
        let mut phases: Vec<f64> = copies.iter().map(|_| dice.unit()).collect();
        let gain = tone.force / (copies.len() as f64).sqrt();
        let n = out.len().min(self.envelope.n_samples(held_s));
        let (begin, goes_on, change_s) = self.brightness;
        let mut breath = 0.0;
        for (i, block) in out[..n].chunks_mut(BLOCK).enumerate() {
            let time_s = (i * BLOCK) as f64 / SAMPLE_RATE_HZ;
            let next_s = time_s + BLOCK as f64 / SAMPLE_RATE_HZ;
            let (level, next) =
                (self.envelope.at(time_s, held_s), self.envelope.at(next_s, held_s));
            let slope = (next - level) / BLOCK as f64;
            let mix = goes_on + (begin - goes_on) * (-time_s / change_s).exp();
            let mix = mix * (0.4 + 0.6 * tone.force);
            let step = tone.hz * tone.bend(time_s) / SAMPLE_RATE_HZ;
            for (k, sample) in block.iter_mut().enumerate() {
                let mut value = 0.0;
                for (phase, copy) in phases.iter_mut().zip(copies) {
                    *phase += step * (1.0 + copy * self.detune);
                    *phase -= phase.floor();
                    let at = *phase * TABLE as f64;
                    let (index, part) = (at as usize, at.fract());
                    let of =
                        |table: &[f64]| table[index] + part * (table[index + 1] - table[index]);
                    value += mix * of(&bright) + (1.0 - mix) * of(&dark);
                }
                breath += 0.35 * (f64::from(dice.noise()) - breath);
                let level = level + slope * k as f64;
                *sample += (gain * level * (value + self.breath * breath)) as f32;
            }
        }
    }

    /// One cycle and its first point again, of the power of a sine of amplitude 0.5.
    fn table(&self, hz: f64, darkening: f64) -> Vec<f64> {
        let n_harmonics = ((HIGHEST * SAMPLE_RATE_HZ / hz) as usize).clamp(1, MOST_HARMONICS);
        let mut table = vec![0.0; TABLE + 1];
        let mut power = 0.0;
        for harmonic in 1..=n_harmonics {
            let amplitude =
                self.spectrum.amplitude(harmonic, hz) / (harmonic as f64).powf(darkening);
            if amplitude.abs() < 1e-4 {
                continue;
            }
            power += amplitude * amplitude;
            // A sine by rotation: each point from the one before.
            let (sin, cos) = (TAU * harmonic as f64 / TABLE as f64).sin_cos();
            let (mut x, mut y) = (1.0, 0.0);
            for point in &mut table {
                *point += amplitude * y;
                (x, y) = (x * cos - y * sin, x * sin + y * cos);
            }
        }
        let gain = 0.5 / power.max(1e-9_f64).sqrt();
        table.iter_mut().for_each(|point| *point *= gain);
        table
    }
}
