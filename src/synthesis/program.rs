//! What the 128 programs of General MIDI stand for: the real range of each instrument, and how it is played.

use super::phrase::Ability;

/// How an instrument sounds and is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Strings that are hit by hammers, many at once.
    Keys,
    /// Bars and bells that are hit.
    Mallets,
    /// Pipes and reeds under a keyboard: as long as the key is held.
    Organ,
    Plucked,
    PluckedBass,
    Bowed,
    Ensemble,
    Choir,
    Blown,
    Lead,
    Pad,
    /// Drums with a pitch, and noises.
    Effect,
}

impl Manner {
    /// Whether a held note goes on as long as it is held.
    pub(super) fn is_held(self) -> bool {
        !matches!(
            self,
            Self::Keys | Self::Mallets | Self::Plucked | Self::PluckedBass | Self::Effect
        )
    }

    /// Whether a player makes the pitch swing.
    pub(super) fn has_vibrato(self) -> bool {
        matches!(self, Self::Bowed | Self::Blown | Self::Lead | Self::Choir)
    }
}

/// How program `number` (from 0) is played.
pub(super) fn manner(number: u8) -> Manner {
    match number {
        0..=7 => Manner::Keys,
        8..=15 | 108 | 112 | 114 => Manner::Mallets,
        16..=23 | 109 => Manner::Organ,
        24..=31 | 45 | 46 | 104..=107 => Manner::Plucked,
        32..=39 => Manner::PluckedBass,
        40..=43 | 110 => Manner::Bowed,
        44 | 48..=51 => Manner::Ensemble,
        52..=54 => Manner::Choir,
        56..=79 | 111 => Manner::Blown,
        80..=87 => Manner::Lead,
        88..=103 => Manner::Pad,
        _ => Manner::Effect,
    }
}

/// What the instrument of program `number` (from 0) can play.
pub(super) fn ability(number: u8) -> Ability {
    let (low, high) = range(number);
    let (rings_s, voices, fastest_s) = match manner(number) {
        Manner::Keys => (2.5, 8, 0.08),
        Manner::Mallets => (1.2, 4, 0.08),
        Manner::Organ => (8.0, 8, 0.09),
        Manner::Plucked => (1.8, 6, 0.09),
        Manner::PluckedBass => (1.8, 1, 0.11),
        Manner::Bowed => (6.0, 2, 0.1),
        Manner::Ensemble => (8.0, 6, 0.13),
        Manner::Choir => (8.0, 4, 0.16),
        Manner::Blown => (5.0, if matches!(number, 61..=63) { 4 } else { 1 }, 0.1),
        Manner::Lead => (6.0, 2, 0.08),
        Manner::Pad => (8.0, 5, 0.25),
        Manner::Effect => (1.0, 2, 0.12),
    };
    Ability { low, high, rings_s, voices, fastest_s }
}

/// The lowest and the highest key of an instrument.
fn range(number: u8) -> (i32, i32) {
    match number {
        0..=3 => (28, 100),
        4 | 5 => (28, 96),
        6 => (29, 89),
        7 => (36, 88),
        8 => (60, 103),
        9 => (72, 103),
        10 => (60, 96),
        11 => (53, 89),
        12 => (45, 96),
        13 => (60, 100),
        14 => (55, 79),
        15 => (50, 86),
        16..=20 => (36, 91),
        21 | 23 => (48, 89),
        22 => (55, 86),
        24..=31 => (40, 81),
        32..=39 => (28, 60),
        40 | 110 => (55, 96),
        41 => (48, 84),
        42 => (36, 74),
        43 => (28, 57),
        44 | 45 | 48..=51 => (36, 91),
        46 => (36, 98),
        47 => (36, 57),
        52..=54 => (43, 79),
        55 => (40, 79),
        56 => (54, 86),
        57 => (40, 72),
        58 => (29, 57),
        59 => (54, 84),
        60 => (41, 77),
        61..=63 => (38, 84),
        64 => (56, 87),
        65 => (49, 81),
        66 => (44, 76),
        67 => (36, 69),
        68 => (58, 91),
        69 => (52, 81),
        70 => (34, 70),
        71 => (50, 91),
        72 => (74, 103),
        73..=78 => (60, 93),
        79 => (60, 86),
        80..=87 => (36, 91),
        88..=103 => (36, 84),
        104 | 106 => (48, 79),
        105 | 107 => (48, 84),
        108 => (48, 84),
        109 | 111 => (50, 79),
        _ => (40, 84),
    }
}
