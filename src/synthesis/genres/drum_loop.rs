//! Drums alone.

use super::super::dice::Dice;
use super::super::instruments::KITS;
use super::super::scale::{Chord, MAJOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

/// A pattern of any style, on any kit.
pub(in super::super) fn drum_loop(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale { tonic: 0, mode: MAJOR };
    let measure = Measure {
        beats: 4,
        steps: 4,
        tempo_bpm: dice.ratio(70.0, 170.0),
        swing: dice.pick(&[0.5, 0.5, 0.56, 0.66]),
    };
    let mut piece = Arranger::new(dice, seconds, scale, measure, vec![Chord::on(0, &[0])]);
    let kit = piece.dice.pick(&KITS);
    let hats: &[&str] = piece.dice.pick(&[
        &["x-x-x-x-x-x-x-x-"][..],
        &["x---x---x---x---"],
        &["xoxoxoxoxoxoxoxo"],
        &["--x---x---x---x-"],
        &["x-xxx-xxx-xxx-xx"],
        &["x--x--x--x--x-x-"],
    ]);
    let snare: &[&str] = piece.dice.pick(&[
        &["----X-------X---"][..],
        &["----X--o-o--X---"],
        &["--------X-------"],
        &["x-xxx-xxx-xxx-xx"],
        &["----X-------X--x", "----X-----x-X-xx"],
        &["---x--x----x--x-"],
    ]);
    let kick: &[&str] = piece.dice.pick(&[
        &["X-------X-------"][..],
        &["X---X---X---X---"],
        &["X--x--x-X-------", "X--x----X-x-----"],
        &["X-x-------x-x---"],
        &["X------x--X-----"],
    ]);
    let other = piece.dice.pick(&[54, 56, 62, 64, 70, 49, 51, 75, 45, 39]);
    let others: &[&str] = piece.dice.pick(&[
        &["----------------"][..],
        &["x--x--x---x-x---"],
        &["--x-----------x-"],
        &["x-------x-------"],
        &["?-?-?-?-?-?-?-?-"],
    ]);
    let cymbal = piece.dice.pick(&[42, 42, 46, 51, 44]);
    piece.drums(
        kit,
        &[(cymbal, hats, 80), (38, snare, 98), (36, kick, 104), (other, others, 80)],
        1.0,
    );
    let mut score = piece.finish("drum loop");
    score.key = String::new();
    score
}
