//! A piano that strides with the left hand and syncopates with the right.

use super::super::dice::Dice;
use super::super::scale::{Chord, MAJOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR]);
    let measure = Measure {
        beats: 2,
        steps: 4,
        tempo_bpm: dice.ratio(72.0, 116.0),
        swing: dice.real(0.5, 0.58),
    };
    // Dominants of dominants: roots above the tonic, and whether the chord has a seventh.
    let roots: &[(i32, bool)] = dice.pick(&[
        &[(0, false), (9, true), (2, true), (7, true)][..],
        &[(0, false), (0, false), (7, true), (0, false)],
        &[(0, false), (4, true), (9, true), (2, true), (7, true), (0, false)],
        &[(0, false), (5, false), (0, false), (7, true)],
    ]);
    let chord = |&(root, is_seventh): &(i32, bool)| {
        let intervals: &[i32] = if is_seventh { &[0, 4, 7, 10] } else { &[0, 4, 7] };
        Chord::on(scale.tonic + root, intervals)
    };
    let chords = roots.iter().map(chord).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let piano = piece.dice.pick(&[0, 1, 3, 3, 3]);
    piece.bass(piano, &["1.--5.--"], 36, 0.85);
    if piece.dice.chance(0.5) {
        piece.bass(piano, &["1.--5.--"], 24, 0.5);
    }
    piece.chords(piano, &["--x---x-"], 52, 0.6);
    let rhythm: &[&str] = piece.dice.pick(&[
        &["-xx.xx.x", "x.x.x.--"][..],
        &["x.xx.xx.", "-xx.x..."],
        &["xx.xx.x.", "xx.xx..."],
        &["-x.xx.xx", "x.xx.xx."],
    ]);
    let lead = if piece.dice.chance(0.85) { piano } else { piece.dice.pick(&[71, 56, 105]) };
    piece.melody(lead, rhythm, 67, 0.95);
    if piece.dice.chance(0.4) {
        piece.broken(piano, &["xxxxxxxx"], &[2, 3, 4, 5, 4, 3], 60, 0.5);
    }
    piece.finish("ragtime")
}
