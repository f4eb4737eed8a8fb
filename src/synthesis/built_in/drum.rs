//! Drums: falling tones and noise.

use std::f64::consts::TAU;

use super::SAMPLE_RATE_HZ;
use crate::synthesis::dice::Dice;

/// A drum: a tone that falls in pitch, and noise.
#[derive(Debug, Clone, Copy)]
struct Drum {
    /// Where the tone begins and ends, in Hz, how fast it falls and how long it sounds, in s, and its level.
    tone: (f64, f64, f64, f64, f64),
    /// Below here the noise is taken out, in Hz, how long it sounds, in s, and its level.
    noise: (f64, f64, f64),
    /// The level of six squares at no harmonic ratio, as of metal.
    metal: f64,
}

/// Ratios of the squares of a cymbal.
const METAL: [f64; 6] = [1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523];
const METAL_HZ: f64 = 2730.0;

/// Adds the drum of a key of the General MIDI percussion map.
pub(super) fn add(out: &mut [f32], key: u8, force: f64, dice: &mut Dice) {
    let Drum { tone, noise, metal } = drum(key);
    let (from_hz, to_hz, fall_s, tone_s, tone_level) = tone;
    let (corner_hz, noise_s, noise_level) = noise;
    let length_s = 6.0 * tone_s.max(noise_s);
    let share = 1.0 - (-TAU * corner_hz / SAMPLE_RATE_HZ).exp();
    let (mut phase, mut low) = (0.0, 0.0);
    let n = (length_s * SAMPLE_RATE_HZ) as usize;
    for (i, sample) in out.iter_mut().take(n).enumerate() {
        let time_s = i as f64 / SAMPLE_RATE_HZ;
        phase += (to_hz + (from_hz - to_hz) * (-time_s / fall_s).exp()) / SAMPLE_RATE_HZ;
        let tone = tone_level * (-time_s / tone_s).exp() * (TAU * phase).sin();
        let mut rough = f64::from(dice.noise());
        if metal > 0.0 {
            let square = |ratio: &f64| (TAU * METAL_HZ * ratio * time_s).sin().signum();
            rough = (1.0 - metal) * rough + metal * METAL.iter().map(square).sum::<f64>() / 3.0;
        }
        low += share * (rough - low);
        let noise = noise_level * (-time_s / noise_s).exp() * (rough - low);
        *sample += (force * (tone + noise)) as f32;
    }
}

fn drum(key: u8) -> Drum {
    let tom = |hz: f64| Drum {
        tone: (1.6 * hz, hz, 0.05, 0.18, 0.8),
        noise: (1500.0, 0.02, 0.15),
        metal: 0.0,
    };
    match key {
        35 | 36 => {
            Drum { tone: (160.0, 48.0, 0.03, 0.16, 1.2), noise: (2000.0, 0.006, 0.25), metal: 0.0 }
        }
        37 | 75..=77 => {
            Drum { tone: (1700.0, 900.0, 0.01, 0.02, 0.6), noise: (2000.0, 0.01, 0.3), metal: 0.0 }
        }
        38 | 40 => {
            Drum { tone: (260.0, 180.0, 0.02, 0.07, 0.5), noise: (1200.0, 0.09, 0.7), metal: 0.0 }
        }
        39 => Drum { tone: (1.0, 1.0, 1.0, 0.01, 0.0), noise: (900.0, 0.09, 0.8), metal: 0.0 },
        42 | 44 => {
            Drum { tone: (1.0, 1.0, 1.0, 0.01, 0.0), noise: (6000.0, 0.03, 0.55), metal: 0.6 }
        }
        46 => Drum { tone: (1.0, 1.0, 1.0, 0.01, 0.0), noise: (6000.0, 0.22, 0.5), metal: 0.6 },
        49 | 52 | 55 | 57 => {
            Drum { tone: (1.0, 1.0, 1.0, 0.01, 0.0), noise: (3500.0, 0.6, 0.5), metal: 0.4 }
        }
        51 | 53 | 59 => {
            Drum { tone: (3200.0, 3200.0, 1.0, 0.15, 0.12), noise: (4500.0, 0.3, 0.3), metal: 0.7 }
        }
        54 | 69 | 70 | 82 => {
            Drum { tone: (1.0, 1.0, 1.0, 0.01, 0.0), noise: (5000.0, 0.045, 0.5), metal: 0.2 }
        }
        56 | 67 | 68 => {
            Drum { tone: (850.0, 845.0, 1.0, 0.08, 0.5), noise: (3000.0, 0.03, 0.15), metal: 0.5 }
        }
        41 | 43 | 45 | 47 | 48 | 50 => tom(80.0 + 11.0 * f64::from(key - 41)),
        60..=66 => tom(170.0 + 30.0 * f64::from(66 - key)),
        _ => tom(300.0),
    }
}
