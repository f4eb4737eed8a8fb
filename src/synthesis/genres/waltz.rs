//! Three beats: a bass note, then two chords, and a tune above.

use super::super::dice::Dice;
use super::super::scale::{HARMONIC, MAJOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, MAJOR, HARMONIC]);
    let swing = dice.real(0.5, 0.53);
    let measure = Measure { beats: 3, steps: 2, tempo_bpm: dice.ratio(96.0, 190.0), swing };
    let degrees: &[i32] = dice.pick(&[
        &[0, 0, 4, 4, 4, 4, 0, 0][..],
        &[0, 5, 1, 4],
        &[0, 3, 4, 0],
        &[0, 0, 3, 3, 4, 4, 0, 0],
        &[0, 2, 3, 4],
    ]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, 3)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let bass = piece.dice.pick(&[32, 43, 58, 42, 0]);
    let patterns: &[&str] =
        piece.dice.pick(&[&["1.----", "5.----"][..], &["1.----"], &["1...--", "5...--"]]);
    piece.bass(bass, patterns, 36, 0.8);
    let accompaniment = piece.dice.pick(&[0, 48, 21, 24, 46, 60]);
    let pattern: &[&str] = piece.dice.pick(&[&["--x.x."][..], &["--x-x-"], &["--x-x-", "--x-xo"]]);
    piece.chords(accompaniment, pattern, 55, 0.6);
    if piece.dice.chance(0.9) {
        let lead = piece.dice.pick(&[40, 73, 71, 21, 0, 56, 68, 48]);
        let rhythm: &[&str] = piece.dice.pick(&[
            &["x.....", "x...x."][..],
            &["x.x.x.", "x....."],
            &["xxxxxx", "x...--"],
            &["x...xx", "x.x.x."],
            &["--x.x.", "x....."],
        ]);
        let vibrato = super::super::instruments::vibrato(piece.dice);
        let part = piece.melody(lead, rhythm, 67, 0.9);
        part.vibrato = matches!(lead, 40 | 68).then_some(vibrato);
    }
    if piece.dice.chance(0.2) {
        piece.drums(40, &[(36, &["x-----"], 70), (42, &["--x-x-"], 60)], 0.5);
    }
    piece.finish("waltz")
}
