//! Tracks to pretrain on: instruments alone, arrangements, and what is neither.

use super::dice::Dice;
use super::phrase::{Form, Setting, passage};
use super::program::ability;
use super::scale::{DORIAN, HARMONIC, MAJOR, MINOR, PENTATONIC, Scale};
use super::score::{Instrument, Part, Score};
use super::signal::Signal;
use super::{genres, instruments};

/// How long a track is, in s.
pub(super) const TRACK_S: f64 = 12.0;

/// The kinds of tracks, sorted.
pub(super) const KINDS: [&str; 3] = ["arrangement", "other", "solo"];

/// The kinds of 20 tracks in a row, as letters: 9 arrangements, 9 solos, 2 others.
const MIX: &[u8; 20] = b"sasasasasosasasasaoa";

/// The kind of the track `index`, as an index into [`KINDS`]: the mix holds wherever the corpus ends.
pub(super) fn kind_of(index: u64) -> usize {
    match MIX[(index % MIX.len() as u64) as usize] {
        b'a' => 0,
        b'o' => 1,
        _ => 2,
    }
}

/// A track of a kind.
pub(super) fn compose(dice: &mut Dice, kind: usize, seconds: f64) -> Score {
    match KINDS[kind] {
        "solo" => instruments::any_solo(dice, seconds),
        "arrangement" => genres::any(dice, seconds),
        _ => other(dice, seconds),
    }
}

fn other(dice: &mut Dice, seconds: f64) -> Score {
    match dice.whole(0..=9) {
        0..=2 => genres::drum_loop(dice, seconds),
        3..=7 => polyphony(dice, seconds),
        _ => signals(dice, seconds),
    }
}

/// Any programs of all 128, each with passages of its own, in one key and tempo.
fn polyphony(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, MINOR, HARMONIC, DORIAN, PENTATONIC]);
    let tempo_bpm = dice.ratio(60.0, 180.0);
    let beat_s = 60.0 / tempo_bpm;
    let mut parts = Vec::new();
    for _ in 0..dice.whole(1..=5) {
        let program = dice.whole(0..=127) as u8;
        let ability = ability(program);
        let mut notes = Vec::new();
        let mut start_s = dice.real(0.0, 0.1);
        while start_s < seconds {
            let end_s = (start_s + 4.0 * beat_s * dice.pick(&[1.0, 2.0])).min(seconds);
            let form = Form::any(dice, &ability);
            let velocity = dice.whole(45..=115);
            let setting = Setting { scale, beat_s, start_s, end_s, velocity };
            notes.extend(passage(dice, form, &setting, &ability));
            start_s = end_s;
        }
        let mut part = Part::new(Instrument::Program(program), notes, dice.real(0.3, 1.0));
        part.swell = dice.chance(0.3).then(|| instruments::swell(dice));
        parts.push(part);
    }
    Score {
        seconds,
        tempo_bpm,
        key: scale.name(),
        form: "polyphony".to_owned(),
        tuning: dice.real(-0.5, 0.5),
        parts,
        signals: Vec::new(),
    }
}

/// Noise and sweeps.
fn signals(dice: &mut Dice, seconds: f64) -> Score {
    let mut signals = Vec::new();
    let mut start_s = 0.0;
    while start_s < seconds {
        let length = dice.ratio(0.15, 4.0).min(seconds - start_s);
        let level = dice.real(0.2, 1.0);
        signals.push(if dice.chance(0.5) {
            let (from_hz, to_hz) = (dice.ratio(40.0, 10_000.0), dice.ratio(40.0, 10_000.0));
            Signal::Sweep { from_hz, to_hz, start_s, seconds: length, level }
        } else {
            let corner_hz = dice.ratio(100.0, 10_000.0);
            Signal::Noise { corner_hz, start_s, seconds: length, level }
        });
        start_s += length * dice.pick(&[0.5, 1.0, 1.0]) + dice.pick(&[0.0, 0.0, 0.1]);
    }
    Score {
        seconds,
        tempo_bpm: 0.0,
        key: String::new(),
        form: "noise and sweeps".to_owned(),
        tuning: 0.0,
        parts: Vec::new(),
        signals,
    }
}
