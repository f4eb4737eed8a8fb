//! Clips of a style of music each: its rhythm, harmony, instruments and tempo.

mod ambient;
mod arranger;
mod baroque;
mod blues;
mod bossa_nova;
mod drum_loop;
mod march;
mod ragtime;
mod reggae;
mod rock;
mod techno;
mod waltz;

pub(super) use drum_loop::drum_loop;

use super::dice::Dice;
use super::score::Score;

/// How long a clip is, in s.
pub(super) const CLIP_S: f64 = 8.0;

type Compose = fn(&mut Dice, f64) -> Score;

/// The styles, by name.
const STYLES: [(&str, Compose); 10] = [
    ("ambient", ambient::compose),
    ("baroque", baroque::compose),
    ("blues", blues::compose),
    ("bossa-nova", bossa_nova::compose),
    ("march", march::compose),
    ("ragtime", ragtime::compose),
    ("reggae", reggae::compose),
    ("rock", rock::compose),
    ("techno", techno::compose),
    ("waltz", waltz::compose),
];

/// The names of the styles, sorted.
pub(super) fn class_names() -> Vec<&'static str> {
    STYLES.iter().map(|(name, _)| *name).collect()
}

/// A clip of the style `class`.
pub(super) fn compose(dice: &mut Dice, class: usize, seconds: f64) -> Score {
    STYLES[class].1(dice, seconds)
}

/// Any style.
pub(super) fn any(dice: &mut Dice, seconds: f64) -> Score {
    let class = dice.whole(0..=STYLES.len() as i32 - 1);
    compose(dice, class as usize, seconds)
}
