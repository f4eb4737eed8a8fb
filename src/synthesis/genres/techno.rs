//! Four on the floor: a kick on every beat, sequenced bass and stabs.

use super::super::dice::Dice;
use super::super::scale::{DORIAN, MINOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MINOR, MINOR, DORIAN]);
    let measure = Measure {
        beats: 4,
        steps: 4,
        tempo_bpm: dice.ratio(118.0, 148.0),
        swing: dice.real(0.5, 0.54),
    };
    let degrees: &[i32] =
        dice.pick(&[&[0][..], &[0], &[0, 0, 5, 6], &[0, 0, 3, 3], &[0, 5, 2, 6], &[0, 0, 0, 6]]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, 3)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let kit = piece.dice.pick(&[24, 25, 25]);
    let hats: &[&str] = piece.dice.pick(&[
        &["--x---x---x---x-"][..],
        &["o-X-o-X-o-X-o-X-"],
        &["ooXoooXoooXoooXo"],
        &["--x---x---x---xx"],
    ]);
    let clap: &[&str] = piece.dice.pick(&[
        &["----x-------x---"][..],
        &["----x-------x--?"],
        &["----------------"],
        &["-------x--x-----"],
    ]);
    let open = piece.dice.pick(&[42, 46, 46]);
    piece.drums(kit, &[(36, &["X---X---X---X---"], 112), (open, hats, 84), (39, clap, 92)], 1.0);
    let bass = piece.dice.pick(&[38, 39, 81, 87]);
    let patterns: &[&str] = piece.dice.pick(&[
        &["--1---1---1---1-"][..],
        &["-11--11--11--11-"],
        &["1-11-11-1-11-118"],
        &["1111111111111111"],
        &["--1.--8.--1.--8."],
        &["1--1--1-1--1--8-"],
    ]);
    piece.bass(bass, patterns, 31, 0.85);
    if piece.dice.chance(0.75) {
        let lead = piece.dice.pick(&[80, 81, 84, 90, 103, 87]);
        let rhythm: &[&str] = piece.dice.pick(&[
            &["xxxxxxxxxxxxxxxx"][..],
            &["x-x-x-x-x-x-x-x-"],
            &["x--x--x-x--x--x-"],
            &["x-xx-xx-x-xx-xx-"],
        ]);
        let order: &[usize] = piece.dice.pick(&[
            &[0, 1, 2, 3][..],
            &[0, 2, 1, 2],
            &[0, 0, 3, 0, 2, 0, 1, 0],
            &[3, 2, 1, 0],
            &[0, 3, 1, 4, 2],
        ]);
        let floor = piece.dice.pick(&[48, 55, 60]);
        piece.broken(lead, rhythm, order, floor, 0.6);
    }
    if piece.dice.chance(0.6) {
        let stab = piece.dice.pick(&[81, 90, 62, 50, 89]);
        let patterns: &[&str] = piece.dice.pick(&[
            &["---x-----x------"][..],
            &["--x---x---x---x-"],
            &["x..............."],
            &["x--x--x---------"],
        ]);
        piece.chords(stab, patterns, 55, 0.45);
    }
    piece.finish("four on the floor")
}
