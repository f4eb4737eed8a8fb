//! A score → sound by the samples of a SoundFont.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};

use super::score::{Instrument, Part, Score};
use crate::files::{Sha256Digest, sha256_of_file};

/// The synthesiser's rate, above the model's so that what it folds back lies mostly beyond what is kept.
pub(super) const SAMPLE_RATE_HZ: u32 = 48_000;
/// Voices at once; a note of a layered instrument takes several.
const POLYPHONY: usize = 192;
/// How often a swinging pitch or loudness is told.
const CONTROL_S: f64 = 0.008;
/// The channel that General MIDI gives to drums.
const DRUMS: i32 = 9;
/// How far a pitch bend reaches where nothing else was agreed, in semitones.
const BEND_RANGE: f64 = 2.0;
/// The middle and the reach of a pitch bend.
const BEND_CENTER: f64 = 8192.0;

const NOTE_OFF: i32 = 0x80;
const NOTE_ON: i32 = 0x90;
const CONTROL: i32 = 0xB0;
const PROGRAM: i32 = 0xC0;
const BEND: i32 = 0xE0;
const CONTROL_VOLUME: i32 = 7;
const CONTROL_EXPRESSION: i32 = 11;

/// Why a SoundFont cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SoundFontError {
    /// It cannot be read.
    #[error("cannot read the SoundFont ({source}): {}", path.display())]
    Io {
        /// What the system said.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// It is no SoundFont.
    #[error("this is no SoundFont that can be played ({reason}), give a .sf2 file: {}", path.display())]
    Unusable {
        /// What is wrong with it.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}

/// A SoundFont in memory, shared by all who play it.
#[derive(Debug)]
pub struct Samples {
    font: Arc<SoundFont>,
    /// The file's name.
    pub name: String,
    /// The digest of its content.
    pub sha256: Sha256Digest,
}

impl Samples {
    /// Reads a `.sf2` file whole.
    ///
    /// # Errors
    /// The file cannot be read or is no SoundFont.
    pub fn open(path: &Path) -> Result<Self, SoundFontError> {
        let failed = |source| SoundFontError::Io { source, path: path.to_owned() };
        let sha256 = sha256_of_file(path).map_err(failed)?;
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let font = SoundFont::new(&mut reader).map_err(|error| SoundFontError::Unusable {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        // The name that the file has itself, whatever links lead to it.
        let real = path.canonicalize().map_err(failed)?;
        let name = real.file_name().unwrap_or_default().display().to_string();
        Ok(Self { font: Arc::new(font), name, sha256 })
    }

    /// The sound of a score, `[sample]` at [`SAMPLE_RATE_HZ`], mono.
    pub(super) fn play(&self, score: &Score) -> Vec<f32> {
        let mut settings = SynthesizerSettings::new(SAMPLE_RATE_HZ as i32);
        settings.maximum_polyphony = POLYPHONY;
        settings.enable_reverb_and_chorus = false;
        let mut synthesizer =
            Synthesizer::new(&self.font, &settings).expect("the settings are within its limits");
        let n_samples = (score.seconds * f64::from(SAMPLE_RATE_HZ)).round() as usize;
        let (mut left, mut right) = (vec![0.0; n_samples], vec![0.0; n_samples]);
        let mut done = 0;
        for event in events(score) {
            let at = ((event.time_s * f64::from(SAMPLE_RATE_HZ)) as usize).min(n_samples);
            if at > done {
                synthesizer.render(&mut left[done..at], &mut right[done..at]);
                done = at;
            }
            let Message { channel, command, data } = event.message;
            synthesizer.process_midi_message(channel, command, data[0], data[1]);
        }
        synthesizer.render(&mut left[done..], &mut right[done..]);
        left.iter().zip(&right).map(|(left, right)| 0.5 * (left + right)).collect()
    }
}

/// A message of MIDI at a time.
struct Event {
    time_s: f64,
    message: Message,
}

struct Message {
    channel: i32,
    command: i32,
    data: [i32; 2],
}

impl Message {
    fn bend(channel: i32, semitones: f64) -> Self {
        let value = BEND_CENTER * (1.0 + semitones / BEND_RANGE);
        let value = (value.round() as i32).clamp(0, 2 * BEND_CENTER as i32 - 1);
        Self { channel, command: BEND, data: [value & 0x7F, value >> 7] }
    }

    fn control(channel: i32, number: i32, amplitude: f64) -> Self {
        // Volume and expression act on the amplitude by their square.
        let value = (127.0 * amplitude.clamp(0.0, 1.0).sqrt()).round() as i32;
        Self { channel, command: CONTROL, data: [number, value] }
    }
}

/// Everything that happens, in order; at one time notes end before others begin.
fn events(score: &Score) -> Vec<Event> {
    let mut events = Vec::new();
    let mut pitched = (0..).filter(|channel| *channel != DRUMS);
    for part in &score.parts {
        let channel = match part.instrument {
            Instrument::Drums(_) => DRUMS,
            Instrument::Program(_) => pitched.next().unwrap_or(0),
        };
        add(&mut events, part, channel, score);
    }
    let order = |event: &Event| match event.message.command {
        NOTE_OFF => 1,
        NOTE_ON => 2,
        _ => 0,
    };
    events.sort_by(|a, b| a.time_s.total_cmp(&b.time_s).then(order(a).cmp(&order(b))));
    events
}

fn add(events: &mut Vec<Event>, part: &Part, channel: i32, score: &Score) {
    let (Instrument::Program(number) | Instrument::Drums(number)) = part.instrument;
    let mut tell = |time_s, message| events.push(Event { time_s, message });
    tell(0.0, Message { channel, command: PROGRAM, data: [i32::from(number), 0] });
    tell(0.0, Message::control(channel, CONTROL_VOLUME, part.level));
    tell(0.0, Message::bend(channel, score.tuning));
    for (i, note) in part.notes.iter().enumerate() {
        let key = i32::from(note.key);
        // A key that is struck again while it is held would otherwise be released by its first strike.
        let again = part.notes[i + 1..].iter().find(|next| next.key == note.key);
        let end_s = again.map_or(note.end_s(), |next| {
            if next.start_s > note.start_s { note.end_s().min(next.start_s) } else { note.end_s() }
        });
        let on = Message { channel, command: NOTE_ON, data: [key, i32::from(note.velocity)] };
        tell(note.start_s, on);
        tell(end_s, Message { channel, command: NOTE_OFF, data: [key, 0] });
    }
    let n_controls = (score.seconds / CONTROL_S) as usize;
    let times = (0..n_controls).map(|i| i as f64 * CONTROL_S);
    if let Some(vibrato) = part.vibrato {
        let mut starts: Vec<f64> = part.notes.iter().map(|note| note.start_s).collect();
        starts.sort_by(f64::total_cmp);
        for time in times.clone() {
            let n_begun = starts.partition_point(|start| *start <= time);
            let since = n_begun.checked_sub(1).map_or(0.0, |last| time - starts[last]);
            tell(time, Message::bend(channel, score.tuning + vibrato.at(since)));
        }
    }
    if let Some(swell) = part.swell {
        for time in times {
            tell(time, Message::control(channel, CONTROL_EXPRESSION, swell.at(time)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::{Note, Vibrato};

    fn score(parts: Vec<Part>) -> Score {
        Score {
            seconds: 2.0,
            tempo_bpm: 100.0,
            key: String::new(),
            form: String::new(),
            tuning: 0.0,
            parts,
            signals: Vec::new(),
        }
    }

    fn note(key: u8, start_s: f64, seconds: f64) -> Note {
        Note { key, velocity: 90, start_s, seconds }
    }

    #[test]
    fn a_key_that_is_struck_again_is_released_before_and_held_to_its_own_end() {
        let notes = vec![note(60, 0.0, 1.5), note(60, 1.0, 0.5), note(62, 1.0, 0.5)];
        let events = events(&score(vec![Part::new(Instrument::Program(0), notes, 1.0)]));
        let told: Vec<_> = events
            .iter()
            .filter(|event| [NOTE_ON, NOTE_OFF].contains(&event.message.command))
            .map(|event| (event.time_s, event.message.command == NOTE_ON, event.message.data[0]))
            .collect();
        assert_eq!(
            told,
            [
                (0.0, true, 60),
                (1.0, false, 60),
                (1.0, true, 60),
                (1.0, true, 62),
                (1.5, false, 60),
                (1.5, false, 62)
            ]
        );
    }

    #[test]
    fn drums_have_their_channel_and_every_other_part_one_of_its_own() {
        let part = |instrument| Part::new(instrument, vec![note(40, 0.0, 1.0)], 1.0);
        let mut parts: Vec<_> = (0..12).map(|i| part(Instrument::Program(i))).collect();
        parts.push(part(Instrument::Drums(8)));
        let events = events(&score(parts));
        let programs: Vec<_> = events
            .iter()
            .filter(|event| event.message.command == PROGRAM)
            .map(|event| (event.message.channel, event.message.data[0]))
            .collect();
        let pitched = (0..13).filter(|channel| *channel != DRUMS).zip(0..12);
        assert_eq!(programs, pitched.chain([(DRUMS, 8)]).collect::<Vec<_>>());
    }

    #[test]
    fn a_bend_goes_as_far_as_it_says_to_either_side() {
        for (semitones, wanted) in [(0.0, 8192), (1.0, 12_288), (-2.0, 0), (2.0, 16_383)] {
            let [low, high] = Message::bend(0, semitones).data;
            assert_eq!(low + (high << 7), wanted);
        }
        let mut part = Part::new(Instrument::Program(40), vec![note(60, 0.5, 1.0)], 1.0);
        part.vibrato = Some(Vibrato { rate_hz: 5.0, depth: 0.3, delay_s: 0.1 });
        let events = events(&score(vec![part]));
        let bends = events.iter().filter(|event| event.message.command == BEND);
        let values: Vec<_> =
            bends.map(|event| event.message.data[0] + (event.message.data[1] << 7)).collect();
        let (least, most) = (values.iter().min().unwrap(), values.iter().max().unwrap());
        assert!((6900..7000).contains(least) && (9380..9450).contains(most), "{least} {most}");
    }
}
