//! Twelve bars of sevenths over a shuffle.

use super::super::dice::Dice;
use super::super::scale::{BLUES, Chord, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[BLUES]);
    let measure = Measure {
        beats: 4,
        steps: 2,
        tempo_bpm: dice.ratio(72.0, 150.0),
        swing: dice.real(0.62, 0.69),
    };
    let roots: &[i32] = dice.pick(&[
        &[0, 0, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7][..],
        &[0, 5, 0, 0, 5, 5, 0, 0, 7, 5, 0, 0],
        &[0, 0, 5, 0, 7, 5, 0, 7],
    ]);
    let seventh: &[i32] = if dice.chance(0.2) { &[0, 3, 7, 10] } else { &[0, 4, 7, 10] };
    let chords = roots.iter().map(|root| Chord::on(scale.tonic + root, seventh)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);

    let bass = piece.dice.pick(&[32, 33, 34]);
    let patterns: &[&str] = piece.dice.pick(&[
        &["1.w.w.a."][..],
        &["1.3.5.7."],
        &["11335577"],
        &["1.1.5.5."],
        &["1.3.5.7.", "8.7.5.3."],
    ]);
    piece.bass(bass, patterns, 31, 0.9);
    let rhythm = piece.dice.pick(&[26, 27, 29, 16, 0, 18]);
    let patterns: &[&str] = piece.dice.pick(&[
        &["--x---x-"][..],
        &["x.-xx.-x"],
        &["X.-o--X."],
        &["-x---x--"],
        &["x.......", "---x.---"],
    ]);
    piece.chords(rhythm, patterns, 52, 0.55);
    if piece.dice.chance(0.85) {
        let lead = piece.dice.pick(&[22, 26, 27, 29, 66, 0, 65]);
        let rhythm: &[&str] = piece.dice.pick(&[
            &["--xxx.x.", "x...----"][..],
            &["xxxxx.--", "--x.xxx."],
            &["x.-xx.-x", "x.......", "--xxxxx."],
            &["-xxx....", "-xxxx.x."],
        ]);
        let vibrato = super::super::instruments::vibrato(piece.dice);
        piece.melody(lead, rhythm, 60, 0.9).vibrato = Some(vibrato);
    }
    if piece.dice.chance(0.85) {
        let kit = piece.dice.pick(&[0, 8, 32, 40]);
        let ride = piece.dice.pick(&[42, 51, 51]);
        let cymbal: &[&str] = piece.dice.pick(&[&["x-xxx-xx"][..], &["xxxxxxxx"], &["x-x-x-x-"]]);
        let snare: &[&str] = piece.dice.pick(&[&["--X---X-"][..], &["--X---X?"], &["-?X--?X-"]]);
        let kick: &[&str] = piece.dice.pick(&[&["x---x---"][..], &["x--xx---"], &["x---x--x"]]);
        piece.drums(kit, &[(ride, cymbal, 74), (38, snare, 86), (36, kick, 92)], 0.8);
    }
    piece.finish("shuffle")
}
