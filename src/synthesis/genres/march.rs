//! Winds in two: a tuba on the beat, chords off it, a snare drum all through.

use super::super::dice::Dice;
use super::super::scale::{HARMONIC, MAJOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, MAJOR, MAJOR, HARMONIC]);
    let measure = Measure {
        beats: 2,
        steps: 4,
        tempo_bpm: dice.ratio(100.0, 132.0),
        swing: dice.real(0.5, 0.56),
    };
    let degrees: &[i32] = dice.pick(&[
        &[0, 0, 4, 0][..],
        &[0, 0, 3, 3, 4, 4, 0, 0],
        &[0, 4, 0, 4],
        &[0, 5, 1, 4, 0, 0, 4, 0],
    ]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, 3)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let bass = piece.dice.pick(&[58, 58, 57]);
    let patterns: &[&str] = piece.dice.pick(&[&["1.--5.--"][..], &["1.--1.--", "1.--5.--"]]);
    piece.bass(bass, patterns, 34, 0.85);
    let offbeat = piece.dice.pick(&[60, 61, 60]);
    let patterns: &[&str] = piece.dice.pick(&[&["--x---x-"][..], &["--xx--x-"]]);
    piece.chords(offbeat, patterns, 53, 0.55);
    let lead = piece.dice.pick(&[56, 61, 71, 72, 73]);
    let rhythm: &[&str] = piece.dice.pick(&[
        &["x..xx.x.", "x...x..."][..],
        &["x.x.x.xx", "x......."],
        &["x..xx..x", "x.x.x..."],
        &["x...x..x", "x.xxx..."],
    ]);
    let floor = if lead == 72 { 77 } else { 62 };
    piece.melody(lead, rhythm, floor, 0.9);
    if piece.dice.chance(0.4) {
        piece.melody(57, &["x.......", "x...x..."], 50, 0.6);
    }
    let snare: &[&str] = piece.dice.pick(&[
        &["x-xxx-xx"][..],
        &["xoxoXoxx"],
        &["--x---xx", "xxx-xxxx"],
        &["X-x-X-x-"],
        &["x-ooxoxo"],
    ]);
    let kit = piece.dice.pick(&[0, 48, 8]);
    let cymbal: &[&str] =
        piece.dice.pick(&[&["x-------"][..], &["x-------", "--------"], &["--------"]]);
    piece.drums(kit, &[(38, snare, 84), (36, &["X---x---"], 100), (57, cymbal, 74)], 0.85);
    piece.finish("march")
}
