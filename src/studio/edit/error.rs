//! Why a run was not edited.

use crate::classifier::InputError;
use crate::runs::{EditError, RunError};
use crate::studio::scoring::ScoringError;

/// Why a run was not edited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditRunError {
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The edit does not fit the classifier.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The classifier cannot be asked.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The classifier cannot be scored.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// No edit is in force.
    #[error("there is nothing to undo; no edit is in force")]
    NothingToUndo,
    /// Nothing was undone since the last edit.
    #[error("there is nothing to redo; the last step was no undo")]
    NothingToRedo,
    /// A prototype that would be taken for a class.
    #[error("{name:?} is the name of a class; choose another name for the prototype")]
    NameOfClass {
        /// The name.
        name: String,
    },
    /// A prototype that would be taken for one of another class.
    #[error(
        "{name:?} reads as a prototype of class {class}, and this one is of {own}; choose another name"
    )]
    NameOfOther {
        /// The name.
        name: String,
        /// The class that it names.
        class: String,
        /// The prototype's class.
        own: String,
    },
    /// No such track.
    #[error(
        "the run knows no track {found:?} and no file of that path; data/tracks.csv in its folder lists them"
    )]
    NoTrack {
        /// What was given.
        found: String,
    },
    /// A moment outside the track.
    #[error("no segment of {track} holds {at_s} s; its segments end at {last_s:.1} s")]
    NoSegment {
        /// The track.
        track: String,
        /// The moment, in seconds.
        at_s: f64,
        /// The end of its last segment, in seconds.
        last_s: f64,
    },
    /// A track that the run must not learn from.
    #[error(
        "{track} is of {split} split; a prototype may only come from a training track, or its figures would mean nothing"
    )]
    NotTraining {
        /// The track.
        track: String,
        /// Its split.
        split: String,
    },
    /// A track of several classes.
    #[error(
        "{track} has several labels or none; say by --class which one the prototype stands for"
    )]
    WhichClass {
        /// The track.
        track: String,
    },
    /// There is nothing to learn from.
    #[error("no track is in the training split, so nothing can be refitted")]
    NoTraining,
}
