//! A syncopated guitar with seventh chords over a swaying bass.

use super::super::dice::Dice;
use super::super::scale::{DORIAN, MAJOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, MAJOR, DORIAN]);
    let measure = Measure { beats: 4, steps: 2, tempo_bpm: dice.ratio(104.0, 158.0), swing: 0.5 };
    let degrees: &[i32] =
        dice.pick(&[&[0, 0, 1, 4][..], &[1, 4, 0, 5], &[0, 5, 1, 4], &[0, 3, 2, 5, 1, 4]]);
    let n_tones = dice.pick(&[4, 4, 5]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, n_tones)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let guitar = piece.dice.pick(&[24, 24, 24, 25, 26, 4]);
    let patterns: &[&str] = piece.dice.pick(&[
        &["x.-x.-x.", "-x.-x.x."][..],
        &["x-x--x-x", "-x-x--x-"],
        &["x..x..x.", "..x..x.."],
        &["-x.x.-x.", "x.-x.-x."],
    ]);
    piece.chords(guitar, patterns, 54, 0.85);
    let bass = piece.dice.pick(&[32, 32, 33, 35]);
    let patterns: &[&str] = piece.dice.pick(&[&["1..15..5"][..], &["1..55..1"], &["1...5..."]]);
    piece.bass(bass, patterns, 33, 0.85);
    if piece.dice.chance(0.75) {
        let lead = piece.dice.pick(&[73, 66, 65, 11, 0, 59, 71]);
        let rhythm: &[&str] = piece.dice.pick(&[
            &["-x.x.x..", "........"][..],
            &["x..x..x.", "x......."],
            &["--x.xx.x", ".x......"],
            &["x...x..x", "-x..x..."],
        ]);
        let vibrato = super::super::instruments::vibrato(piece.dice);
        let part = piece.melody(lead, rhythm, 64, 0.8);
        part.vibrato = matches!(lead, 65 | 66 | 73).then_some(vibrato);
    }
    if piece.dice.chance(0.85) {
        let kit = piece.dice.pick(&[0, 32, 40]);
        let rim: &[&str] =
            piece.dice.pick(&[&["x--x--x-", "--x--x--"][..], &["x--x---x", "--x--x--"]]);
        let shaker = piece.dice.pick(&[70, 42, 82, 69]);
        piece.drums(
            kit,
            &[(37, rim, 78), (shaker, &["xoxoxoxo"], 62), (36, &["x--xx--x"], 68)],
            0.6,
        );
    }
    piece.finish("bossa nova")
}
