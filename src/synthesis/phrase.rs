//! What a single instrument plays: long notes, lines, scales, broken and struck chords.

use super::dice::Dice;
use super::scale::{Chord, Scale};
use super::score::Note;

/// What an instrument can be asked to play.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ability {
    /// Its lowest key.
    pub(super) low: i32,
    /// Its highest key.
    pub(super) high: i32,
    /// How long one of its notes is heard, in s.
    pub(super) rings_s: f64,
    /// How many notes it plays at once.
    pub(super) voices: usize,
    /// How long its fastest notes are, in s.
    pub(super) fastest_s: f64,
}

/// What kind of passage is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Long,
    Legato,
    Staccato,
    Scale,
    Arpeggio,
    Tremolo,
    Chords,
    Accompanied,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Long => "long notes",
            Self::Legato => "legato",
            Self::Staccato => "staccato",
            Self::Scale => "scale",
            Self::Arpeggio => "arpeggio",
            Self::Tremolo => "tremolo",
            Self::Chords => "chords",
            Self::Accompanied => "melody with chords",
        }
    }

    /// Any passage that the instrument can play.
    pub(super) fn any(dice: &mut Dice, ability: &Ability) -> Self {
        let chords = if ability.voices >= 3 { 0.16 } else { 0.0 };
        let accompanied = if ability.voices >= 5 { 0.14 } else { 0.0 };
        dice.weighted(&[
            (0.14, Self::Long),
            (0.24, Self::Legato),
            (0.12, Self::Staccato),
            (0.10, Self::Scale),
            (0.13, Self::Arpeggio),
            (0.05, Self::Tremolo),
            (chords, Self::Chords),
            (accompanied, Self::Accompanied),
        ])
    }
}

/// Where and how a passage is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub(super) scale: Scale,
    /// How long a beat is, in s.
    pub(super) beat_s: f64,
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    /// How hard notes are struck in the middle.
    pub(super) velocity: i32,
}

/// A key and a velocity as MIDI has them.
pub(super) fn note(key: i32, velocity: i32, start_s: f64, seconds: f64) -> Note {
    Note { key: key.clamp(0, 127) as u8, velocity: velocity.clamp(1, 127) as u8, start_s, seconds }
}

/// A passage of a form, all of whose keys the instrument has.
pub(super) fn passage(
    dice: &mut Dice,
    form: Form,
    setting: &Setting,
    ability: &Ability,
) -> Vec<Note> {
    let mut player = Player { dice, setting, ability, notes: Vec::new() };
    match form {
        Form::Long => player.long(),
        Form::Legato => player.line(1.0, false),
        Form::Staccato => player.line(0.4, true),
        Form::Scale => player.scale(),
        Form::Arpeggio => player.arpeggio(),
        Form::Tremolo => player.tremolo(),
        Form::Chords => player.chords(),
        Form::Accompanied => player.accompanied(),
    }
    player.notes
}

struct Player<'a> {
    dice: &'a mut Dice,
    setting: &'a Setting,
    ability: &'a Ability,
    notes: Vec<Note>,
}

impl Player<'_> {
    /// Adds a note as a person would: not quite on time and not quite as hard as the one before.
    fn play(&mut self, key: i32, accent: i32, start_s: f64, seconds: f64) {
        if !(self.ability.low..=self.ability.high).contains(&key) {
            return;
        }
        let velocity = self.setting.velocity + accent + self.dice.whole(-7..=7);
        let start_s = (start_s + self.dice.real(-0.008, 0.008)).max(self.setting.start_s);
        self.notes.push(note(key, velocity, start_s, seconds.max(0.05)));
    }

    /// Where a passage of such a span may lie: anywhere in the instrument's range.
    fn register(&mut self, span: i32) -> i32 {
        let Ability { low, high, .. } = *self.ability;
        self.dice.whole(low..=(high - span).max(low))
    }

    /// How long a note may wait for the next before it has died away.
    fn longest(&self) -> f64 {
        self.ability.rings_s
    }

    /// A step in time of so many beats, neither too fast to play nor too slow to be heard.
    fn step(&self, beats: f64) -> f64 {
        let mut step = beats * self.setting.beat_s;
        while step < self.ability.fastest_s {
            step *= 2.0;
        }
        while step > self.longest() {
            step /= 2.0;
        }
        step
    }

    fn long(&mut self) {
        let Setting { scale, start_s, end_s, .. } = *self.setting;
        let low = self.register(12);
        let mut degree = scale.degree_from(low + self.dice.whole(0..=7));
        let n = self.dice.pick(&[1.0, 1.0, 2.0, 3.0]);
        let step = ((end_s - start_s) / n).min(self.longest());
        let is_double = self.ability.voices >= 2 && self.dice.chance(0.25);
        let mut time = start_s;
        while time < end_s - 0.05 {
            let held = step.min(end_s - time);
            self.play(scale.degree(degree), 0, time, 0.98 * held);
            if is_double {
                let interval = self.dice.pick(&[2, 4, 5, 7]);
                self.play(scale.degree(degree + interval), -6, time, 0.98 * held);
            }
            degree += self.dice.pick(&[-2, -1, 0, 1, 2, 4]);
            degree = self.keep(degree, low, low + 14);
            time += step;
        }
    }

    /// A line that moves mostly by steps, in a rhythm that comes back.
    fn line(&mut self, held: f64, is_short: bool) {
        let Setting { scale, start_s, end_s, beat_s, .. } = *self.setting;
        let low = self.register(17);
        let high = (low + 17).min(self.ability.high);
        let rhythm = self.rhythm(is_short);
        let mut degree = scale.degree_from(low + (high - low) / 2);
        let mut time = start_s;
        let mut i = 0;
        let mut direction = self.dice.pick(&[-1, 1]);
        while time < end_s - 0.05 {
            let step = self.step(rhythm[i % rhythm.len()]);
            let is_strong = ((time - start_s) / beat_s).fract() < 0.05;
            let sounding = if is_short { (held * step).min(0.16) } else { held * step * 1.02 };
            self.play(scale.degree(degree), if is_strong { 8 } else { 0 }, time, sounding);
            if self.dice.chance(0.3) {
                direction = -direction;
            }
            let leap = self.dice.weighted(&[(0.1, 0), (0.6, 1), (0.2, 2), (0.1, 4)]);
            let next = degree + direction * leap;
            degree = self.keep(next, low, high);
            if degree != next {
                direction = -direction;
            }
            time += step;
            i += 1;
        }
    }

    /// Lengths in beats.
    fn rhythm(&mut self, is_short: bool) -> Vec<f64> {
        let all: &[&[f64]] = if is_short {
            &[&[0.5], &[0.25], &[0.5, 0.25, 0.25], &[0.75, 0.25], &[1.0, 0.5, 0.5], &[1.0 / 3.0]]
        } else {
            &[
                &[0.5],
                &[1.0, 0.5, 0.5],
                &[1.5, 0.5],
                &[1.0],
                &[2.0, 1.0, 1.0],
                &[0.5, 0.25, 0.25, 1.0],
                &[0.75, 0.25, 0.5, 0.5],
                &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0],
            ]
        };
        self.dice.pick(all).to_vec()
    }

    fn scale(&mut self) {
        let Setting { scale, start_s, end_s, .. } = *self.setting;
        let low = self.register(24);
        let high = (low + self.dice.pick(&[12, 19, 24])).min(self.ability.high);
        let beats = self.dice.pick(&[0.5, 0.25, 0.25, 1.0]);
        let (step, held) = (self.step(beats), self.dice.pick(&[0.5, 0.95, 1.05]));
        let stride = self.dice.pick(&[1, 1, 1, 2]);
        let (bottom, top) = (scale.degree_from(low), scale.degree_from(high));
        let mut direction = self.dice.pick(&[-1, 1]);
        let mut degree = if direction > 0 { bottom } else { top };
        let mut time = start_s;
        while time < end_s - 0.05 {
            self.play(scale.degree(degree), 0, time, held * step);
            let next = degree + direction * stride;
            if !(bottom..=top).contains(&next) || scale.degree(next) > self.ability.high {
                direction = -direction;
            }
            degree += direction * stride;
            if scale.degree(degree) < self.ability.low {
                degree = bottom;
            }
            time += step;
        }
    }

    fn arpeggio(&mut self) {
        let Setting { end_s, start_s, .. } = *self.setting;
        let low = self.register(19);
        let beats = self.dice.pick(&[0.5, 0.25, 1.0 / 3.0]);
        let step = self.step(beats);
        let pattern: &[usize] = self.dice.pick(&[
            &[0, 1, 2, 3][..],
            &[0, 1, 2, 3, 2, 1],
            &[0, 2, 1, 2],
            &[3, 2, 1, 0],
            &[0, 1, 2, 1],
            &[0, 3, 1, 2],
        ]);
        let rings = self.ability.voices >= 3 && self.dice.chance(0.6);
        let per_chord = self.dice.pick(&[4, 6, 8, 12]);
        let mut chord = self.chord(3);
        let mut time = start_s;
        let mut i = 0;
        while time < end_s - 0.05 {
            if i > 0 && i % per_chord == 0 {
                chord = self.chord(3);
            }
            let mut key = chord.key(pattern[i % pattern.len()], low);
            while key > self.ability.high {
                key -= 12;
            }
            let held = if rings { 3.5 * step } else { 0.95 * step };
            self.play(key, if i % pattern.len() == 0 { 7 } else { 0 }, time, held);
            time += step;
            i += 1;
        }
    }

    fn tremolo(&mut self) {
        let Setting { scale, start_s, end_s, beat_s, .. } = *self.setting;
        let low = self.register(12);
        let step = self.dice.real(0.07, 0.13).max(self.ability.fastest_s);
        let other = self.dice.pick(&[0, 0, 2, 7]);
        let mut degree = scale.degree_from(low);
        let mut until = start_s + beat_s * self.dice.pick(&[2.0, 4.0]);
        let mut time = start_s;
        let mut i = 0;
        while time < end_s - 0.05 {
            if time >= until {
                let step = self.dice.pick(&[-2, -1, 1, 2]);
                degree = self.keep(degree + step, low, low + 12);
                until += beat_s * self.dice.pick(&[1.0, 2.0, 4.0]);
            }
            let key = scale.degree(degree + if i % 2 == 1 { other } else { 0 });
            let key = if key > self.ability.high { scale.degree(degree) } else { key };
            self.play(key, 0, time, 0.95 * step);
            time += step;
            i += 1;
        }
    }

    fn chords(&mut self) {
        let low = self.register(16);
        let tones = self.dice.pick(&[3, 3, 4]);
        let beats = self.dice.pick(&[1.0, 2.0, 4.0, 0.5]);
        let held = self.dice.pick(&[0.5, 0.95, 0.95]);
        let strum = self.dice.pick(&[0.0, 0.012, 0.03]);
        self.chords_at(low, tones, beats, held, strum, 0);
    }

    fn chords_at(
        &mut self,
        low: i32,
        n_tones: i32,
        beats: f64,
        held: f64,
        strum_s: f64,
        accent: i32,
    ) {
        let Setting { start_s, end_s, .. } = *self.setting;
        let step = self.step(beats);
        let per_chord = self.dice.pick(&[1, 2, 4]);
        let mut chord = self.chord(n_tones);
        let mut time = start_s;
        let mut i = 0;
        while time < end_s - 0.05 {
            if i > 0 && i % per_chord == 0 {
                chord = self.chord(n_tones);
            }
            for (k, key) in chord.close(low).into_iter().take(self.ability.voices).enumerate() {
                self.play(key, accent, time + strum_s * k as f64, held * step);
            }
            time += step;
            i += 1;
        }
    }

    /// Chords below, a line above.
    fn accompanied(&mut self) {
        let Ability { low, high, .. } = *self.ability;
        let split = self.dice.whole(low + 12..=(high - 12).max(low + 12));
        let floor = (split - 12 - self.dice.whole(0..=9)).max(low);
        let beats = self.dice.pick(&[1.0, 2.0, 4.0]);
        self.chords_at(floor, 3, beats, 0.95, 0.0, -12);
        let upper = Ability { low: split, high, ..*self.ability };
        let is_short = self.dice.chance(0.2);
        let mut above = Player {
            dice: &mut *self.dice,
            setting: self.setting,
            ability: &upper,
            notes: std::mem::take(&mut self.notes),
        };
        above.line(if is_short { 0.4 } else { 1.0 }, is_short);
        self.notes = above.notes;
    }

    fn chord(&mut self, n_tones: i32) -> Chord {
        let scale = self.setting.scale;
        let n = scale.mode.steps.len() as i32;
        let degree = self.dice.pick(&[0, 0, 3, 4, 5, 1]);
        scale.chord(degree.min(n - 1), n_tones)
    }

    /// The degree, or that by an octave or more nearer to the range.
    fn keep(&self, mut degree: i32, low: i32, high: i32) -> i32 {
        let scale = self.setting.scale;
        let n = scale.mode.steps.len() as i32;
        let high = high.min(self.ability.high);
        while scale.degree(degree) > high {
            degree -= n;
        }
        while scale.degree(degree) < low {
            degree += 1;
        }
        degree
    }
}
