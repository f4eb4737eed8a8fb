//! Why a run was not evaluated.

use std::io;
use std::path::PathBuf;

use crate::dataset::Split;
use crate::evaluation::EvaluationError;
use crate::runs::RunError;
use crate::studio::scoring::ScoringError;
use crate::studio::train::TrainError;

/// Why a run was not evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The other source cannot be read or embedded.
    #[error(transparent)]
    Source(#[from] TrainError),
    /// Other classes than the run's.
    #[error("the classes differ: {difference}; evaluate on a source with the run's classes: {}", path.display())]
    Labels {
        /// What each side has alone.
        difference: String,
        /// The source.
        path: PathBuf,
    },
    /// Other z than the run's.
    #[error("the z were made in another way than the run's ({difference}); embed with the run's settings: {}", path.display())]
    Embeddings {
        /// The settings that differ, the run's value first.
        difference: String,
        /// The source.
        path: PathBuf,
    },
    /// Nothing is in the split.
    #[error("no track is in the {split} split; {hint}: {}", path.display())]
    EmptySplit {
        /// The split.
        split: Split,
        /// What to do.
        hint: &'static str,
        /// The run, or the source.
        path: PathBuf,
    },
    /// The run cannot be scored.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The baselines cannot be measured.
    #[error(transparent)]
    Baselines(#[from] EvaluationError),
    /// The files cannot be written.
    #[error("cannot write ({source}): {}", path.display())]
    Write {
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}
