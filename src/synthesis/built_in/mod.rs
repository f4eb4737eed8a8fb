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
