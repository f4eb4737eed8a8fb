//! Slow pads without a beat.

use super::super::dice::Dice;
use super::super::instruments::swell;
use super::super::phrase::note;
use super::super::scale::{DORIAN, LYDIAN, MAJOR, MINOR, PENTATONIC, Scale};
use super::super::score::{Instrument, Note, Score};
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, MINOR, DORIAN, LYDIAN]);
    let measure = Measure { beats: 4, steps: 2, tempo_bpm: dice.ratio(40.0, 72.0), swing: 0.5 };
    let degrees: &[i32] = dice.pick(&[&[0, 3][..], &[0, 5], &[0, 4], &[0], &[0, 1, 3]]);
    let n_tones = dice.pick(&[3, 4, 5]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, n_tones)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    for _ in 0..piece.dice.pick(&[1, 2, 2, 3]) {
        let pad = piece.dice.pick(&[88, 89, 90, 91, 92, 93, 94, 95, 52, 49, 50, 99]);
        let floor = piece.dice.pick(&[43, 48, 55, 60]);
        let swell = swell(piece.dice);
        piece.chords(pad, &["x......."], floor, 0.7).swell = Some(swell);
    }
    if piece.dice.chance(0.6) {
        let drone = piece.dice.pick(&[89, 95, 39, 43, 50]);
        piece.bass(drone, &["1......."], 31, 0.6);
    }
    if piece.dice.chance(0.7) {
        let bell = piece.dice.pick(&[8, 10, 11, 14, 46, 98, 4, 0, 108]);
        let (every_s, above) = (piece.dice.ratio(0.4, 2.0), piece.dice.pick(&[60, 67, 72]));
        let scale = Scale { tonic: piece.scale.tonic, mode: PENTATONIC };
        let sparse = if piece.scale.mode == MINOR { piece.scale } else { scale };
        let mut notes: Vec<Note> = Vec::new();
        let mut time = piece.dice.real(0.0, every_s);
        while time < seconds {
            let degree = sparse.degree_from(above) + piece.dice.whole(0..=7);
            let velocity = piece.dice.whole(40..=80);
            notes.push(note(sparse.degree(degree), velocity, time, 2.0));
            time += every_s * piece.dice.pick(&[0.5, 1.0, 1.0, 1.5, 2.0]);
        }
        piece.add(Instrument::Program(bell), notes, 0.5);
    }
    piece.finish("pads")
}
