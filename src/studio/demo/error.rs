//! Why the demonstration ended early.

use std::io;
use std::path::PathBuf;

use crate::models::OpenError;
use crate::runs::RunError;
use crate::studio::evaluate::EvaluateError;
use crate::studio::explain::ExplainError;
use crate::studio::listen::ListenError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::train::TrainError;
use crate::studio::trained::TrainedError;

/// Why the demonstration ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The set cannot be written where it is to be read from.
    #[error("cannot unpack the demonstration's audio ({source}), check the folder and the free space: {}", path.display())]
    Unpack {
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// A run of that name, of other data or of another model.
    #[error(
        "the run is not this demonstration's but of other {what}; remove it by `pecmae runs remove`, or put this one elsewhere by \
         --runs: {}",
        path.display()
    )]
    Foreign {
        /// What differs.
        what: &'static str,
        /// The run.
        path: PathBuf,
    },
    /// The built-in model.
    #[error(transparent)]
    Model(#[from] OpenError),
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Measuring.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// Rendering.
    #[error(transparent)]
    Sonify(#[from] SonifyRunError),
    /// Opening what was trained.
    #[error(transparent)]
    Trained(#[from] TrainedError),
    /// Hearing.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Explaining.
    #[error(transparent)]
    Explain(#[from] ExplainError),
}
