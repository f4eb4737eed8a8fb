//! Distorted chords, a backbeat, and a bass on the eighths.

use super::super::dice::Dice;
use super::super::scale::{Chord, MAJOR, MINOR, MIXOLYDIAN, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MINOR, MAJOR, MIXOLYDIAN]);
    let measure = Measure { beats: 4, steps: 2, tempo_bpm: dice.ratio(98.0, 178.0), swing: 0.5 };
    let degrees: &[i32] = dice.pick(&[
        &[0, 3, 4, 3][..],
        &[0, 4, 5, 3],
        &[0, 5, 3, 4],
        &[0, 6, 3, 0],
        &[0, 0, 5, 6],
        &[0, 6, 5, 4],
    ]);
    // Fifths without a third, as a distorted amplifier likes them.
    let chords = degrees.iter().map(|degree| Chord::on(scale.degree(*degree), &[0, 7])).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let guitar = piece.dice.pick(&[29, 30, 30]);
    let patterns: &[&str] = piece.dice.pick(&[
        &["Xoooxooo"][..],
        &["x.......", "x...x..."],
        &["x.-xx.-x"],
        &["X-xx-xx-"],
        &["xxxxxxxx"],
        &["x..x..x."],
    ]);
    let floor = piece.dice.pick(&[40, 43, 45]);
    piece.chords(guitar, patterns, floor, 0.7);
    if piece.dice.chance(0.4) {
        piece.chords(guitar, patterns, floor + 12, 0.45);
    }
    let bass = piece.dice.pick(&[33, 34, 34]);
    let patterns: &[&str] =
        piece.dice.pick(&[&["11111111"][..], &["1.1.1.1."], &["1-11-11-"], &["1..1..5."]]);
    piece.bass(bass, patterns, 28, 0.85);
    let kit = piece.dice.pick(&[0, 8, 16, 16]);
    let snare: &[&str] = piece.dice.pick(&[&["--X---X-"][..], &["--X---Xx"], &["----X---"]]);
    let kick: &[&str] = piece.dice.pick(&[
        &["x---x---"][..],
        &["x--xx---"],
        &["x-x-x-xx"],
        &["xx--xx--"],
        &["x--x-x--"],
    ]);
    let cymbal = piece.dice.pick(&[42, 46, 49, 51]);
    let ride: &[&str] = piece.dice.pick(&[&["xxxxxxxx"][..], &["x-x-x-x-"]]);
    piece.drums(kit, &[(cymbal, ride, 84), (38, snare, 104), (36, kick, 106)], 0.9);
    if piece.dice.chance(0.5) {
        let lead = piece.dice.pick(&[29, 30, 18, 81]);
        let rhythm: &[&str] = piece.dice.pick(&[
            &["x.x.xxxx", "x......."][..],
            &["xxxxxxxx"],
            &["x...x.x.", "x.....--"],
            &["--xxx.x.", "x.x.x..."],
        ]);
        let vibrato = super::super::instruments::vibrato(piece.dice);
        piece.melody(lead, rhythm, 62, 0.7).vibrato = Some(vibrato);
    }
    piece.finish("rock")
}
