//! Two to four voices in counterpoint over a running bass.

use super::super::dice::Dice;
use super::super::scale::{HARMONIC, MAJOR, Scale};
use super::super::score::Score;
use super::arranger::{Arranger, Measure};

pub(super) fn compose(dice: &mut Dice, seconds: f64) -> Score {
    let scale = Scale::any(dice, &[MAJOR, HARMONIC]);
    let beats = dice.pick(&[4, 4, 3]);
    let measure = Measure { beats, steps: 4, tempo_bpm: dice.ratio(66.0, 112.0), swing: 0.5 };
    let degrees: &[i32] = dice.pick(&[
        &[0, 3, 4, 0][..],
        &[0, 5, 1, 4],
        // The circle of fifths.
        &[0, 3, 6, 2, 5, 1, 4, 0],
        &[0, 4, 5, 2, 3, 0, 3, 4],
    ]);
    let chords = degrees.iter().map(|degree| scale.chord(*degree, 3)).collect();
    let mut piece = Arranger::new(dice, seconds, scale, measure, chords);
    let cut = |patterns: &[&str]| -> Vec<String> {
        patterns.iter().map(|pattern| pattern.chars().take(4 * beats).collect()).collect()
    };

    let (bass, upper): (u8, &[u8]) = piece.dice.pick(&[
        (6, &[6, 6][..]),
        (19, &[19, 19, 19]),
        (42, &[40, 40, 41]),
        (42, &[73, 40]),
        (70, &[68, 40]),
        (6, &[74, 40]),
        (43, &[48, 48]),
        (6, &[56, 40]),
    ]);
    let running = cut(piece.dice.pick(&[
        &["1.w.w.a.1.w.w.a."][..],
        &["1.5.3.5.1.5.3.a."],
        &["1...5...3...a..."],
        &["1.8.1.8.1.8.1.a."],
    ]));
    let running: Vec<&str> = running.iter().map(String::as_str).collect();
    piece.bass(bass, &running, 41, 0.8);
    let mut floor = 57;
    for program in upper {
        let patterns = cut(piece.dice.pick(&[
            &["xxxxxxxxxxxxxxxx", "x.x.x.x.x.x.x..."][..],
            &["x.xxx.xxx.xxx.xx", "x...x.x.xxxxx..."],
            &["--xxxxxxx...x...", "x.x.xxxxx.x.x.x."],
            &["x...x...x.x.x.x.", "xxxxx...xxxxx..."],
            &["x.......--x.x.x.", "x.xxx.x.x......."],
        ]));
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        piece.melody(*program, &patterns, floor, 0.8);
        floor += 5;
    }
    if bass != 6 && piece.dice.chance(0.5) {
        let pattern = cut(&["x...x...x...x..."]);
        piece.chords(6, &[pattern[0].as_str()], 55, 0.4);
    }
    piece.finish("counterpoint")
}
