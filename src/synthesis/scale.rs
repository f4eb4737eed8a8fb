//! Keys, modes and chords.

use super::dice::Dice;

const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// The steps of a mode above its tonic, in semitones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) name: &'static str,
    pub(super) steps: &'static [i32],
}

pub(super) const MAJOR: Mode = Mode { name: "major", steps: &[0, 2, 4, 5, 7, 9, 11] };
pub(super) const MINOR: Mode = Mode { name: "minor", steps: &[0, 2, 3, 5, 7, 8, 10] };
pub(super) const HARMONIC: Mode = Mode { name: "minor", steps: &[0, 2, 3, 5, 7, 8, 11] };
pub(super) const DORIAN: Mode = Mode { name: "dorian", steps: &[0, 2, 3, 5, 7, 9, 10] };
pub(super) const MIXOLYDIAN: Mode = Mode { name: "mixolydian", steps: &[0, 2, 4, 5, 7, 9, 10] };
pub(super) const LYDIAN: Mode = Mode { name: "lydian", steps: &[0, 2, 4, 6, 7, 9, 11] };
pub(super) const PENTATONIC: Mode = Mode { name: "major pentatonic", steps: &[0, 2, 4, 7, 9] };
pub(super) const BLUES: Mode = Mode { name: "blues", steps: &[0, 3, 5, 6, 7, 10] };

/// A tonic and the mode on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// The pitch class, from 0 for C.
    pub(super) tonic: i32,
    pub(super) mode: Mode,
}

impl Scale {
    /// One of `modes` on any tonic.
    pub(super) fn any(dice: &mut Dice, modes: &[Mode]) -> Self {
        Self { tonic: dice.whole(0..=11), mode: dice.pick(modes) }
    }

    /// Its key in semitones above C of octave 0, for a degree counted from 0, however high or low.
    pub(super) fn degree(&self, degree: i32) -> i32 {
        let n = self.mode.steps.len() as i32;
        let step = self.mode.steps[degree.rem_euclid(n) as usize];
        self.tonic + 12 * degree.div_euclid(n) + step
    }

    /// The degree of the lowest tone at or above a key.
    pub(super) fn degree_from(&self, key: i32) -> i32 {
        let mut degree = (key - self.tonic).div_euclid(12) * self.mode.steps.len() as i32;
        while self.degree(degree) < key {
            degree += 1;
        }
        degree
    }

    /// `n_tones` thirds piled on a degree, as semitones above C of octave 0.
    pub(super) fn chord(&self, degree: i32, n_tones: i32) -> Chord {
        Chord { tones: (0..n_tones).map(|i| self.degree(degree + 2 * i)).collect() }
    }

    /// `Bb minor`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", NAMES[self.tonic.rem_euclid(12) as usize], self.mode.name)
    }
}

/// Tones that sound together, the root first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chord {
    /// In semitones above a C.
    pub(super) tones: Vec<i32>,
}

impl Chord {
    /// A chord of so many semitones above a root.
    pub(super) fn on(root: i32, intervals: &[i32]) -> Self {
        Self { tones: intervals.iter().map(|interval| root + interval).collect() }
    }

    /// The key of tone `i`, an octave up for every round, where the root lies in the octave from `floor`.
    pub(super) fn key(&self, i: usize, floor: i32) -> i32 {
        let root = floor + (self.tones[0] - floor).rem_euclid(12);
        let n = self.tones.len();
        root + self.tones[i % n] - self.tones[0] + 12 * (i / n) as i32
    }

    /// All tones as near above `floor` as they go, in rising order: a close voicing.
    pub(super) fn close(&self, floor: i32) -> Vec<i32> {
        let mut keys: Vec<_> =
            self.tones.iter().map(|tone| floor + (tone - floor).rem_euclid(12)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The tone that is nearest to a key.
    pub(super) fn nearest(&self, key: i32) -> i32 {
        let near = |tone: &i32| key - 6 + (tone - (key - 6)).rem_euclid(12);
        self.tones.iter().map(near).min_by_key(|near| (near - key).abs()).unwrap_or(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const D_MINOR: Scale = Scale { tonic: 2, mode: MINOR };

    #[test]
    fn degrees_go_on_over_octaves_to_both_sides() {
        assert_eq!([0, 2, 6, 7, -1].map(|degree| D_MINOR.degree(degree)), [2, 5, 12, 14, 0]);
        for key in 20..100 {
            let degree = D_MINOR.degree_from(key);
            assert!(D_MINOR.degree(degree) >= key && D_MINOR.degree(degree - 1) < key, "{key}");
        }
        assert_eq!(D_MINOR.name(), "D minor");
    }

    #[test]
    fn chords_lie_where_they_are_wanted() {
        let chord = D_MINOR.chord(0, 4);
        assert_eq!(chord.tones, [2, 5, 9, 12]);
        assert_eq!([0, 1, 4].map(|i| chord.key(i, 48)), [50, 53, 62]);
        assert_eq!(chord.close(52), [53, 57, 60, 62]);
        assert_eq!([58, 59, 63].map(|key| chord.nearest(key)), [57, 60, 62]);
    }
}
