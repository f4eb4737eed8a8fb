//! What is made at once: instruments, genres, or a corpus; and the classes of each.

use std::fmt;

use super::dice::Dice;
use super::score::Score;
use super::{ClipSeed, corpus, genres, instruments};

/// A kind of data set that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Clips of 4 s, one class for each family of instruments.
    Instruments,
    /// Clips of 8 s, one class for each style.
    Genres,
    /// Tracks of 12 s of everything, to pretrain on.
    Corpus,
}

impl Collection {
    /// The names of its classes, sorted.
    pub fn class_names(self) -> Vec<&'static str> {
        match self {
            Self::Instruments => instruments::class_names(),
            Self::Genres => genres::class_names(),
            Self::Corpus => corpus::KINDS.to_vec(),
        }
    }

    /// How long each clip is, in s.
    pub fn clip_seconds(self) -> f64 {
        match self {
            Self::Instruments => instruments::CLIP_S,
            Self::Genres => genres::CLIP_S,
            Self::Corpus => corpus::TRACK_S,
        }
    }

    /// The score of a clip of a class, by its index in [`Collection::class_names`].
    pub fn compose(self, class: usize, seed: &ClipSeed) -> Score {
        let mut dice = Dice::of_score(seed);
        let seconds = self.clip_seconds();
        match self {
            Self::Instruments => instruments::compose(&mut dice, class, seconds),
            Self::Genres => genres::compose(&mut dice, class, seconds),
            Self::Corpus => corpus::compose(&mut dice, class, seconds),
        }
    }

    /// Of a corpus, the class of its `index`-th track.
    pub fn class_of_track(index: u64) -> usize {
        corpus::kind_of(index)
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instruments => "instruments",
            Self::Genres => "genres",
            Self::Corpus => "corpus",
        })
    }
}
