//! Why audio cannot be heard as the classifier wants it.

use std::path::PathBuf;

use crate::studio::embed::BoxError;
use crate::studio::{DamagedModel, RunModelError};
use crate::tensor::Precision;
use crate::weights::StoreError;

/// Why audio cannot be heard as the classifier wants it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The model is not installed, or another one was named.
    #[error(transparent)]
    Model(#[from] RunModelError),
    /// Other arithmetic than in training.
    #[error("this was trained on z of precision {wanted}, not {asked}; leave --precision out")]
    Precision {
        /// That of training.
        wanted: Precision,
        /// That which was asked for.
        asked: Precision,
    },
    /// A word of a newer program.
    #[error(
        "this was trained with the {what} {found:?}, which this program does not know; use a newer pecmae"
    )]
    Unknown {
        /// Of what kind the word is.
        what: &'static str,
        /// The word.
        found: String,
    },
    /// The same weights, and still other z.
    #[error("the model makes other z than this was trained on ({differences}), use the pecmae that trained it: {}", path.display())]
    Settings {
        /// The settings that differ.
        differences: String,
        /// The model.
        path: PathBuf,
    },
    /// The model cannot compute.
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// The computation fails.
    #[error("the model cannot embed ({0})")]
    Encoder(#[source] BoxError),
    /// The weights are no numbers.
    #[error(transparent)]
    Damaged(#[from] DamagedModel),
    /// Somebody asked to stop.
    #[error("stopped after {n_done} of {n_files} files")]
    Cancelled {
        /// Files that are done.
        n_done: usize,
        /// Files that were asked for.
        n_files: usize,
    },
}
