//! Why a run cannot be shown or changed.

use crate::classifier::InputError;
use crate::runs::RunError;
use crate::studio::edit::EditRunError;
use crate::studio::explain::ExplainError;
use crate::studio::listen::ListenError;
use crate::studio::prototypes::PrototypesError;
use crate::studio::scoring::ScoringError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::trained::TrainedError;

/// Why a run cannot be shown or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its classifier cannot be used.
    #[error(transparent)]
    Trained(#[from] TrainedError),
    /// It cannot be edited.
    #[error(transparent)]
    Edit(#[from] EditRunError),
    /// Its prototypes cannot be looked at.
    #[error(transparent)]
    Prototypes(#[from] PrototypesError),
    /// Its sounds cannot be listed.
    #[error(transparent)]
    Sounds(#[from] SonifyRunError),
    /// A file cannot be explained.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// Its model cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A split cannot be measured.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The classifier cannot be asked.
    #[error(transparent)]
    Input(#[from] InputError),
}
