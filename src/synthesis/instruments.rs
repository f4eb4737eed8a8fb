//! Clips of one instrument each.

use super::dice::Dice;
use super::phrase::{Form, Setting, passage};
use super::program::{ability, manner};
use super::scale::{DORIAN, HARMONIC, MAJOR, MINOR, PENTATONIC, Scale};
use super::score::{Instrument, Part, Score, Swell, Vibrato};
use super::{genres, score::Note};

/// A name, and the General MIDI programs that go by it.
struct Class {
    name: &'static str,
    /// From 0; none for drums.
    programs: &'static [u8],
}

/// The classes of the labeled set, by name.
const CLASSES: [Class; 10] = [
    Class { name: "clarinet", programs: &[71] },
    Class { name: "distorted-guitar", programs: &[30] },
    Class { name: "drums", programs: &[] },
    Class { name: "flute", programs: &[73] },
    Class { name: "guitar", programs: &[24] },
    Class { name: "marimba", programs: &[12] },
    Class { name: "organ", programs: &[19] },
    Class { name: "piano", programs: &[0] },
    Class { name: "trumpet", programs: &[56] },
    Class { name: "violin", programs: &[40] },
];

/// What solos of a corpus are played by: families, so that there is more to hear than the classes.
const FAMILIES: [&[u8]; 11] = [
    &[32, 33, 34, 35, 36, 38, 39],
    &[56, 57, 58, 59, 60, 61],
    &[52, 53, 54],
    &[],
    &[24, 25, 26, 27, 28, 29],
    &[9, 10, 11, 12, 13, 108],
    &[16, 17, 18, 19, 20],
    &[0, 1, 2, 3],
    &[40, 41, 42, 43, 48, 49],
    &[80, 81, 84, 86, 87],
    &[64, 65, 66, 68, 70, 71, 72, 73, 74, 75],
];

/// The drum kits that are drawn from: standard, room, power, electronic, analog, jazz, brush.
pub(super) const KITS: [u8; 7] = [0, 8, 16, 24, 25, 32, 40];

/// How long a clip is, in s.
pub(super) const CLIP_S: f64 = 4.0;

/// The names of the classes, sorted.
pub(super) fn class_names() -> Vec<&'static str> {
    CLASSES.iter().map(|class| class.name).collect()
}

/// A clip of the class `class`.
pub(super) fn compose(dice: &mut Dice, class: usize, seconds: f64) -> Score {
    of_programs(dice, CLASSES[class].programs, seconds)
}

/// Any instrument of the families, with phrases that follow each other.
pub(super) fn any_solo(dice: &mut Dice, seconds: f64) -> Score {
    let family = dice.whole(0..=FAMILIES.len() as i32 - 1);
    of_programs(dice, FAMILIES[family as usize], seconds)
}

/// One of the programs alone, or drums if there is none.
fn of_programs(dice: &mut Dice, programs: &[u8], seconds: f64) -> Score {
    if programs.is_empty() {
        return genres::drum_loop(dice, seconds);
    }
    let program = dice.pick(programs);
    solo(dice, program, seconds)
}

/// A passage, or several in one key and tempo, by one program.
fn solo(dice: &mut Dice, program: u8, seconds: f64) -> Score {
    let (ability, manner) = (ability(program), manner(program));
    let scale = Scale::any(dice, &[MAJOR, MAJOR, MINOR, HARMONIC, DORIAN, PENTATONIC]);
    let tempo_bpm = dice.ratio(66.0, 168.0);
    let beat_s = 60.0 / tempo_bpm;
    let velocity = dice.whole(48..=116);
    let mut start_s = dice.real(0.0, 0.12);
    let mut notes: Vec<Note> = Vec::new();
    let mut forms: Vec<&str> = Vec::new();
    while start_s < seconds {
        // A passage of a clip fills it; those of a track take some bars each.
        let bars = dice.pick(&[2.0, 4.0]);
        let end_s = if seconds <= CLIP_S { seconds } else { start_s + bars * 4.0 * beat_s };
        let end_s = if seconds - end_s < 1.0 { seconds } else { end_s };
        let form = Form::any(dice, &ability);
        let velocity = (velocity + dice.whole(-10..=10)).clamp(36, 122);
        let setting = Setting { scale, beat_s, start_s, end_s, velocity };
        notes.extend(passage(dice, form, &setting, &ability));
        if !forms.contains(&form.name()) {
            forms.push(form.name());
        }
        start_s = end_s;
    }
    let mut part = Part::new(Instrument::Program(program), notes, 1.0);
    if manner.has_vibrato() && dice.chance(0.6) {
        part.vibrato = Some(vibrato(dice));
    }
    if manner.is_held() && dice.chance(0.5) {
        part.swell = Some(swell(dice));
    }
    Score {
        seconds,
        tempo_bpm,
        key: scale.name(),
        form: forms.join(", "),
        tuning: dice.real(-0.25, 0.25),
        parts: vec![part],
        signals: Vec::new(),
    }
}

pub(super) fn vibrato(dice: &mut Dice) -> Vibrato {
    Vibrato {
        rate_hz: dice.real(4.5, 6.8),
        depth: dice.real(0.08, 0.4),
        delay_s: dice.real(0.0, 0.5),
    }
}

pub(super) fn swell(dice: &mut Dice) -> Swell {
    Swell { depth: dice.real(0.15, 0.6), period_s: dice.real(1.5, 8.0), phase: dice.unit() }
}
