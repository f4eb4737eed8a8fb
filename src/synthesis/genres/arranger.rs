//! Bars, chords and patterns → parts.
//!
//! A pattern is a text of one bar with a sign for each step: `x` strikes, `X` strikes harder, `o` softer, `?` perhaps, `.`
//! holds what was struck, `-` is silent. For a bass, `1`, `3`, `5`, `7` and `8` are tones of the chord, `w` is a step of a
//! walking bass and `a` leads to the next chord.

use super::super::dice::Dice;
use super::super::phrase::note;
use super::super::program;
use super::super::scale::{Chord, Scale};
use super::super::score::{Instrument, Note, Part, Score};

/// Notes end a little before the pattern says, so that a repeated key is struck anew.
const DETACHED: f64 = 0.96;

/// The frame of a piece.
pub(super) struct Arranger<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) scale: Scale,
    seconds: f64,
    tempo_bpm: f64,
    beats: usize,
    steps: usize,
    /// How much of a pair of steps its first one takes: 0.5 is even, 0.67 a shuffle.
    swing: f64,
    /// One a bar, again from the start when they are through.
    chords: Vec<Chord>,
    parts: Vec<Part>,
}

/// The measure of a piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// Of a bar.
    pub(super) beats: usize,
    /// Of a beat.
    pub(super) steps: usize,
    pub(super) tempo_bpm: f64,
    pub(super) swing: f64,
}

/// A strike of a pattern.
struct Strike {
    sign: char,
    bar: usize,
    start_s: f64,
    seconds: f64,
    accent: i32,
}

impl<'a> Arranger<'a> {
    /// An empty piece, which begins anywhere in its chords.
    pub(super) fn new(
        dice: &'a mut Dice,
        seconds: f64,
        scale: Scale,
        measure: Measure,
        mut chords: Vec<Chord>,
    ) -> Self {
        let first = dice.whole(0..=chords.len() as i32 - 1) as usize;
        chords.rotate_left(first);
        let Measure { beats, steps, tempo_bpm, swing } = measure;
        Self { dice, scale, seconds, tempo_bpm, beats, steps, swing, chords, parts: Vec::new() }
    }

    /// What was written.
    pub(super) fn finish(mut self, form: &str) -> Score {
        // A strum may begin before the end and be through after it.
        for part in &mut self.parts {
            part.notes.retain(|note| note.start_s < self.seconds);
        }
        Score {
            seconds: self.seconds,
            tempo_bpm: self.tempo_bpm,
            key: self.scale.name(),
            form: form.to_owned(),
            tuning: self.dice.real(-0.2, 0.2),
            parts: self.parts.into_iter().filter(|part| !part.notes.is_empty()).collect(),
            signals: Vec::new(),
        }
    }

    fn n_steps(&self) -> usize {
        self.beats * self.steps
    }

    fn n_bars(&self) -> usize {
        (self.seconds / self.bar_s()).ceil() as usize
    }

    fn bar_s(&self) -> f64 {
        self.beats as f64 * 60.0 / self.tempo_bpm
    }

    fn chord(&self, bar: usize) -> &Chord {
        &self.chords[bar % self.chords.len()]
    }

    /// When a step begins, in s.
    fn time(&self, bar: usize, step: usize) -> f64 {
        let step_s = 60.0 / self.tempo_bpm / self.steps as f64;
        let pair = step / 2 * 2;
        let late = if self.steps.is_multiple_of(2) && step % 2 == 1 {
            2.0 * self.swing
        } else {
            (step - pair) as f64
        };
        bar as f64 * self.bar_s() + (pair as f64 + late) * step_s
    }

    /// The strikes of patterns that take turns, bar after bar.
    fn strikes(&mut self, patterns: &[&str]) -> Vec<Strike> {
        let mut all = Vec::new();
        for bar in 0..self.n_bars() {
            let signs: Vec<char> = patterns[bar % patterns.len()].chars().collect();
            assert_eq!(signs.len(), self.n_steps(), "a pattern fills its bar: {patterns:?}");
            for (step, &sign) in signs.iter().enumerate() {
                let is_struck = match sign {
                    '-' | '.' => false,
                    '?' => self.dice.chance(0.4),
                    _ => true,
                };
                if !is_struck {
                    continue;
                }
                let held = signs[step + 1..].iter().take_while(|sign| **sign == '.').count();
                let start_s = self.time(bar, step);
                let seconds = DETACHED * (self.time(bar, step + 1 + held) - start_s);
                let accent = match sign {
                    'X' => 14,
                    'o' | '?' => -22,
                    _ if step % self.steps == 0 => 5,
                    _ => 0,
                };
                let start_s = (start_s + self.dice.real(-0.006, 0.006)).max(0.0);
                if start_s < self.seconds {
                    all.push(Strike { sign, bar, start_s, seconds, accent });
                }
            }
        }
        all
    }

    /// Adds notes as a part.
    pub(super) fn add(
        &mut self,
        instrument: Instrument,
        notes: Vec<Note>,
        level: f64,
    ) -> &mut Part {
        self.parts.push(Part::new(instrument, notes, level));
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    /// Drums: the key of each, its patterns and how hard it is struck. Now and then a bar ends in a fill.
    pub(super) fn drums(&mut self, kit: u8, lines: &[(u8, &[&str], i32)], level: f64) {
        let mut notes = Vec::new();
        for (key, patterns, velocity) in lines {
            for strike in self.strikes(patterns) {
                let velocity = velocity + strike.accent + self.dice.whole(-6..=6);
                notes.push(note(i32::from(*key), velocity, strike.start_s, 0.2));
            }
        }
        if self.dice.chance(0.5) {
            self.fill(&mut notes);
        }
        self.add(Instrument::Drums(kit), notes, level);
    }

    /// A run over the toms in place of the end of a bar.
    fn fill(&mut self, notes: &mut Vec<Note>) {
        let bar = self.dice.whole(0..=self.n_bars() as i32 - 1) as usize;
        let first = self.n_steps() - self.steps.min(self.n_steps() - 1);
        let (start_s, end_s) = (self.time(bar, first) - 0.01, self.time(bar + 1, 0) - 0.01);
        notes.retain(|note| !(start_s..end_s).contains(&note.start_s));
        let toms = self.dice.pick(&[[38, 38, 38, 38], [50, 48, 45, 41], [38, 48, 45, 43]]);
        for step in first..self.n_steps() {
            let key = toms[(step - first) * toms.len() / (self.n_steps() - first)];
            let start_s = self.time(bar, step);
            if start_s < self.seconds && self.dice.chance(0.85) {
                notes.push(note(key, 88 + self.dice.whole(-8..=12), start_s, 0.2));
            }
        }
    }

    /// A bass line whose roots lie in the octave from `floor`.
    pub(super) fn bass(&mut self, program: u8, patterns: &[&str], floor: i32, level: f64) {
        let mut notes: Vec<Note> = Vec::new();
        let mut walking: Option<i32> = None;
        for strike in self.strikes(patterns) {
            let leap = self.dice.pick(&[-4, -3, 3, 4, 5]);
            let approach = self.dice.pick(&[-1, 1, -2]);
            let (chord, next) = (self.chord(strike.bar), self.chord(strike.bar + 1));
            let key = match strike.sign {
                '3' => chord.key(1, floor),
                '5' => chord.key(2, floor),
                '7' => chord.key(3.min(chord.tones.len() - 1), floor),
                '8' => chord.key(0, floor) + 12,
                'a' => next.key(0, floor) + approach,
                'w' => {
                    let from = walking.unwrap_or(chord.key(0, floor));
                    let target = chord.nearest(from + leap);
                    if target < floor - 3 { target + 12 } else { target }
                }
                _ => chord.key(0, floor),
            };
            walking = Some(key.min(floor + 16));
            let velocity = 92 + strike.accent + self.dice.whole(-6..=6);
            notes.push(note(key, velocity, strike.start_s, strike.seconds));
        }
        self.add(Instrument::Program(program), notes, level);
    }

    /// Chords in close position above `floor`.
    pub(super) fn chords(
        &mut self,
        program: u8,
        patterns: &[&str],
        floor: i32,
        level: f64,
    ) -> &mut Part {
        let strum_s = match program::manner(program) {
            program::Manner::Plucked => self.dice.real(0.004, 0.018),
            _ => 0.0,
        };
        let mut notes = Vec::new();
        for strike in self.strikes(patterns) {
            let keys = self.chord(strike.bar).close(floor);
            let velocity = 80 + strike.accent + self.dice.whole(-6..=6);
            for (i, key) in keys.into_iter().enumerate() {
                let start_s = strike.start_s + strum_s * i as f64;
                notes.push(note(key, velocity, start_s, strike.seconds));
            }
        }
        self.add(Instrument::Program(program), notes, level)
    }

    /// One tone of the chord a strike, up and down in an order.
    pub(super) fn broken(
        &mut self,
        program: u8,
        patterns: &[&str],
        order: &[usize],
        floor: i32,
        level: f64,
    ) {
        let mut notes = Vec::new();
        let mut bar = usize::MAX;
        let mut i = 0;
        for strike in self.strikes(patterns) {
            if bar != strike.bar {
                (bar, i) = (strike.bar, 0);
            }
            let key = self.chord(bar).key(order[i % order.len()], floor);
            let velocity = 82 + strike.accent + self.dice.whole(-7..=7);
            notes.push(note(key, velocity, strike.start_s, strike.seconds));
            i += 1;
        }
        self.add(Instrument::Program(program), notes, level);
    }

    /// A tune: tones of the chord where it is strong, steps of the scale between, the rhythm of bars that come back.
    pub(super) fn melody(
        &mut self,
        program: u8,
        patterns: &[&str],
        floor: i32,
        level: f64,
    ) -> &mut Part {
        let mut notes = Vec::new();
        let top = floor + 19;
        let mut key = floor + self.dice.whole(4..=12);
        for strike in self.strikes(patterns) {
            let is_strong = strike.accent > 0;
            let wanted = key + self.dice.pick(&[-4, -2, -2, -1, 0, 1, 2, 2, 3, 5]);
            let wanted = if wanted > top { wanted - 7 } else { wanted.max(floor + 1) };
            key = if is_strong || self.dice.chance(0.25) {
                self.chord(strike.bar).nearest(wanted)
            } else {
                self.scale.degree(self.scale.degree_from(wanted))
            };
            let velocity = 92 + strike.accent + self.dice.whole(-8..=8);
            notes.push(note(key, velocity, strike.start_s, strike.seconds));
        }
        self.add(Instrument::Program(program), notes, level)
    }
}
