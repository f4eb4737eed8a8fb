//! Why a file is not explained.

use std::path::PathBuf;

use crate::audio::AudioError;
use crate::classifier::InputError;
use crate::studio::listen::ListenError;

/// Why a file is not explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The file is no audio.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The file cannot be used.
    #[error("{reason}: {}", path.display())]
    Unusable {
        /// Why.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The audio cannot be heard.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The z do not fit the classifier.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A class that the classifier does not have.
    #[error("no class {found:?}; there are {}", there.join(", "))]
    NoClass {
        /// What was asked for.
        found: String,
        /// The classes.
        there: Vec<String>,
    },
    /// Why a class rather than itself.
    #[error("class {class:?} cannot be explained against itself, name another one by --vs")]
    SameClass {
        /// The class.
        class: String,
    },
    /// What is usual is not known.
    #[error(
        "the centered view needs to know the training; give the run folder with its table, or --view absolute"
    )]
    NoTraining,
}
