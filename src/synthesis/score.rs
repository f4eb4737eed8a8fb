//! What is to be played: notes of parts, each part by one instrument.

use super::signal::Signal;

/// What plays a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instrument {
    /// A program of General MIDI, from 0.
    Program(u8),
    /// A drum kit, by its program on the percussion channel; keys are those of the General MIDI percussion map.
    Drums(u8),
}

/// A note.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Note {
    /// Its pitch as MIDI counts it, 60 for middle C; or which drum.
    pub key: u8,
    /// How hard it is struck, from 1 to 127.
    pub velocity: u8,
    /// When it begins, in s.
    pub start_s: f64,
    /// How long it is held, in s.
    pub seconds: f64,
}

impl Note {
    /// When it is released, in s.
    pub fn end_s(&self) -> f64 {
        self.start_s + self.seconds
    }
}

/// A swinging of the pitch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vibrato {
    /// Its rate, in Hz.
    pub rate_hz: f64,
    /// How far it goes to either side, in semitones.
    pub depth: f64,
    /// How long after the start of a note it is full, in s.
    pub delay_s: f64,
}

impl Vibrato {
    /// How far the pitch is off so long after the start of a note, in semitones.
    pub fn at(&self, since_s: f64) -> f64 {
        let depth = self.depth * (since_s / self.delay_s.max(0.02)).min(1.0);
        depth * (std::f64::consts::TAU * self.rate_hz * since_s).sin()
    }
}

/// A slow swinging of the loudness of a held sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swell {
    /// How much of the amplitude goes at the softest, from 0 to 1.
    pub depth: f64,
    /// How long it takes, in s.
    pub period_s: f64,
    /// Where it begins, from 0 to 1; it is loudest at 0.
    pub phase: f64,
}

impl Swell {
    /// The amplitude at a time, from 0 to 1.
    pub fn at(&self, time_s: f64) -> f64 {
        let turn = time_s / self.period_s + self.phase;
        1.0 - self.depth * (0.5 - 0.5 * (std::f64::consts::TAU * turn).cos())
    }
}

/// What one instrument plays.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The instrument.
    pub instrument: Instrument,
    /// Its notes, in no order.
    pub notes: Vec<Note>,
    /// Its amplitude among the others, from 0 to 1.
    pub level: f64,
    /// How its pitch swings.
    pub vibrato: Option<Vibrato>,
    /// How its loudness swings.
    pub swell: Option<Swell>,
}

impl Part {
    /// A part that plays notes as they are.
    pub fn new(instrument: Instrument, notes: Vec<Note>, level: f64) -> Self {
        Self { instrument, notes, level, vibrato: None, swell: None }
    }
}

/// Everything of a clip but its sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// How long the clip is, in s; what goes on longer is cut.
    pub seconds: f64,
    /// Beats a minute.
    pub tempo_bpm: f64,
    /// The key, as `C major`; empty where there is none.
    pub key: String,
    /// What kind of music it is within its class, in a word or two.
    pub form: String,
    /// How far its tuning is from 440 Hz, in semitones.
    pub tuning: f64,
    /// What is played, by at most 15 pitched parts.
    pub parts: Vec<Part>,
    /// What sounds beside them and is no music.
    pub signals: Vec<Signal>,
}

impl Score {
    /// The instruments of its parts, each once and in order.
    pub fn instruments(&self) -> Vec<Instrument> {
        let mut all: Vec<_> = self.parts.iter().map(|part| part.instrument).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
