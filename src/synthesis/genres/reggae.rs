//! Chords off the beat, a heavy bass, one drop on the third beat.

use super::super::dice::Dice;
use super::super::scale::{DORIAN, MAJOR, MINOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, MINOR, DORIAN]);
    let measure = Measure {
        beats: 4,
        steps: 2,
        tempo_bpm: dice.ratio(64.0, 96.0),
        swing: dice.real(0.5, 0.62),
    };
    let degrees: &[i32] = dice.pick(&[&[0, 3][..], &[0, 4, 3, 3], &[0, 6], &[0, 5, 3, 4], &[0, 1]]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, 3)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let skank = piece.dice.pick(&[27, 28, 26, 0, 27]);
    let patterns: &[&str] =
        piece.dice.pick(&[&["--x---x-"][..], &["--x---x?"], &["-x-x-x-x"], &["--xo--xo"]]);
    piece.chords(skank, patterns, 57, 0.75);
    if piece.dice.chance(0.6) {
        let bubble = piece.dice.pick(&[16, 17, 18]);
        piece.chords(bubble, &["-x-x-x-x"], 52, 0.4);
    }
    let bass = piece.dice.pick(&[33, 32, 39, 33]);
    let patterns: &[&str] = piece.dice.pick(&[
        &["1.-1.3.5", "1...----"][..],
        &["--1.3.5.", "1.-15.--"],
        &["1..15.3.", "1..1----"],
        &["1.1.-.5.", "-.1.3.1."],
    ]);
    piece.bass(bass, patterns, 29, 1.0);
    let kit = piece.dice.pick(&[0, 8, 16]);
    let kick: &[&str] =
        piece.dice.pick(&[&["----X---"][..], &["x---X---"], &["x-x-x-x-"], &["x---x---"]]);
    let rim = piece.dice.pick(&[37, 37, 38]);
    let hats: &[&str] = piece.dice.pick(&[&["x-x-x-x-"][..], &["xoxoxoxo"], &["xxxoxxxo"]]);
    piece.drums(kit, &[(36, kick, 98), (rim, &["----X---"], 92), (42, hats, 66)], 0.8);
    if piece.dice.chance(0.55) {
        let lead = piece.dice.pick(&[57, 56, 22, 18, 66]);
        let rhythm: &[&str] = piece.dice.pick(&[
            &["x..x..x.", "x...----"][..],
            &["--x.x.x.", "x......."],
            &["x.x.x...", "----x.x."],
        ]);
        piece.melody(lead, rhythm, 60, 0.7);
    }
    piece.finish("one drop")
}
