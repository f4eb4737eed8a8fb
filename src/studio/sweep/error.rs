//! Why a sweep ended without its table.

use std::io;
use std::path::PathBuf;

use crate::runs::RunError;
use crate::studio::evaluate::EvaluateError;
use crate::studio::scoring::ScoringError;
use crate::studio::train::TrainError;

/// Why a sweep ended without its table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A run cannot be trained.
    #[error(transparent)]
    Train(Box<TrainError>),
    /// A run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A run of this name is of another training.
    #[error(
        "the run was made with other settings ({sections}); choose another --name, or remove it by `pecmae runs remove`: {}",
        path.display()
    )]
    OtherSettings {
        /// Sections of run.toml that differ.
        sections: String,
        /// The run's settings.
        path: PathBuf,
    },
    /// A run cannot be scored.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The ceiling cannot be measured.
    #[error(transparent)]
    Ceiling(#[from] EvaluateError),
    /// The table cannot be written.
    #[error("cannot write ({source}): {}", path.display())]
    Write {
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

impl From<TrainError> for SweepError {
    fn from(error: TrainError) -> Self {
        Self::Train(Box::new(error))
    }
}
