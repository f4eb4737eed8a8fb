//! A score → sound by a small synthesiser that needs no file: it serves where no SoundFont is installed.
//!
//! ```text
//! program ── timbre ──▶ Timbre::Wave     two spectra, bright and dark, mixed as the note goes on    organ, winds, leads, …
//!                       Timbre::Modes    partials that each decay at their own pace                 piano, mallets, bells
//!                       Timbre::String   Karplus and Strong's plucked string                        guitars, basses, harp
//! drum key ── drum ──▶  tones, noise
//! ```

mod drum;
mod envelope;
mod modes;
mod string;
mod timbre;
mod wave;

use super::dice::Dice;
use super::score::{Instrument, Note, Part, Score};
use timbre::{Timbre, timbre};

/// The rate it computes at, in Hz: that of a clip, since its spectra end below half of it.
pub(super) const SAMPLE_RATE_HZ: f64 = 24_000.0;

/// A note as a voice plays it.
struct Tone<'a> {
    note: &'a Note,
    /// Its frequency without vibrato.
    hz: f64,
    /// From 0 to 1, by how hard it is struck.
    force: f64,
    part: &'a Part,
}

impl Tone<'_> {
    /// How much higher its frequency is at a time after its start.
    fn bend(&self, since_s: f64) -> f64 {
        let swing = self.part.vibrato.map_or(0.0, |vibrato| vibrato.at(since_s));
        (swing / 12.0).exp2()
    }
}

/// The sound of a score, `[sample]` at [`SAMPLE_RATE_HZ`], mono.
pub(super) fn play(score: &Score, dice: &mut Dice) -> Vec<f32> {
    let n_samples = (score.seconds * SAMPLE_RATE_HZ).round() as usize;
    let mut mix = vec![0.0_f32; n_samples];
    let mut alone = Vec::new();
    for part in &score.parts {
        alone.clear();
        alone.resize(n_samples, 0.0);
        for note in &part.notes {
            let first = (note.start_s * SAMPLE_RATE_HZ) as usize;
            if first < n_samples {
                add_note(&mut alone[first..], part, note, score.tuning, dice);
            }
        }
        for (i, (mix, alone)) in mix.iter_mut().zip(&alone).enumerate() {
            let time_s = i as f64 / SAMPLE_RATE_HZ;
            let swell = part.swell.map_or(1.0, |swell| swell.at(time_s));
            *mix += (part.level * swell) as f32 * alone;
        }
    }
    mix
}

fn add_note(out: &mut [f32], part: &Part, note: &Note, tuning: f64, dice: &mut Dice) {
    let force = (f64::from(note.velocity) / 127.0).powf(1.6);
    match part.instrument {
        Instrument::Drums(_) => drum::add(out, note.key, force, dice),
        Instrument::Program(number) => {
            let hz = 440.0 * ((f64::from(note.key) + tuning - 69.0) / 12.0).exp2();
            let tone = Tone { note, hz, force, part };
            match timbre(number) {
                Timbre::Wave(wave) => wave.add(out, &tone, dice),
                Timbre::Modes(modes) => modes.add(out, &tone, dice),
                Timbre::String(string) => string.add(out, &tone, dice),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::{ClipSeed, Domain};

    /// A note of 0.6 s, alone.
    fn sound(program: u8, key: u8) -> Vec<f32> {
        let note = Note { key, velocity: 100, start_s: 0.0, seconds: 0.6 };
        let score = Score {
            seconds: 0.6,
            tempo_bpm: 100.0,
            key: String::new(),
            form: String::new(),
            tuning: 0.0,
            parts: vec![Part::new(Instrument::Program(program), vec![note], 1.0)],
            signals: Vec::new(),
        };
        play(&score, &mut Dice::of_sound(&ClipSeed::new(1, Domain::Test, "note", 0)))
    }

    /// How alike the sound is to itself so many samples later, -1 to 1, between samples by a line.
    fn likeness(samples: &[f32], lag: f64) -> f64 {
        let (whole, part) = (lag as usize, lag.fract() as f32);
        let (mut product, mut here, mut later) = (0.0, 0.0, 0.0);
        for (i, a) in samples[..samples.len() - whole - 1].iter().enumerate() {
            let b = samples[i + whole] * (1.0 - part) + samples[i + whole + 1] * part;
            product += f64::from(a * b);
            here += f64::from(a * a);
            later += f64::from(b * b);
        }
        product / (here * later).sqrt().max(1e-12)
    }

    #[test]
    fn voices_of_every_kind_are_in_tune() {
        // Organ, guitar, bass, piano, violin, trumpet, flute, square lead: waves, strings and stiff strings.
        for program in [16, 24, 33, 0, 40, 56, 73, 80] {
            for key in [45, 57, 69] {
                let samples = &sound(program, key)[4800..];
                let hz = 440.0 * f64::from((f32::from(key) - 69.0) / 12.0).exp2();
                let period = SAMPLE_RATE_HZ / hz;
                let lags = (-40..=40).map(|cents| period * (-f64::from(cents) / 1200.0).exp2());
                let best =
                    lags.max_by(|a, b| likeness(samples, *a).total_cmp(&likeness(samples, *b)));
                let cents = 1200.0 * (period / best.unwrap()).log2();
                // The overtones of a stiff string are too high, and pull the whole with them.
                let most = if program == 0 { 25.0 } else { 12.0 };
                assert!(cents.abs() < most, "program {program}, key {key}: {cents:.0} cents");
                let likeness = likeness(samples, period);
                assert!(likeness > 0.6, "program {program}, key {key}: {likeness}");
            }
        }
    }

    #[test]
    fn every_program_and_every_drum_sounds_and_stays_in_bounds() {
        let power = |samples: &[f32]| samples.iter().map(|sample| sample * sample).sum::<f32>();
        for program in 0..128 {
            let samples = sound(program, 60);
            assert!(power(&samples) > 0.1, "program {program}");
            assert!(samples.iter().all(|sample| sample.abs() < 4.0), "program {program}");
        }
        let mut dice = Dice::of_sound(&ClipSeed::new(1, Domain::Test, "drum", 0));
        for key in 35..=82 {
            let mut samples = vec![0.0; 12_000];
            drum::add(&mut samples, key, 0.8, &mut dice);
            assert!(power(&samples) > 0.1, "drum {key}");
            assert!(samples.iter().all(|sample| sample.abs() < 4.0), "drum {key}");
        }
    }
}
