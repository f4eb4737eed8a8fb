//! Why there is no report of prototypes.

use crate::explanation::AblationError;
use crate::studio::trained::TrainedError;

/// Names that a message lists at most.
const LISTED: usize = 12;

/// Why there is no report of prototypes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrototypesError {
    /// The run cannot be used.
    #[error(transparent)]
    Trained(#[from] TrainedError),
    /// The z of training are not there.
    #[error(
        "what it learned from is not known; give a run folder that still has its data/embeddings.parquet"
    )]
    NoTraining,
    /// The run does not fit its data.
    #[error(transparent)]
    Ablation(#[from] AblationError),
    /// A prototype that the classifier does not have.
    #[error("no prototype {found:?}; there are {}", listed(there))]
    NoPrototype {
        /// What was asked for.
        found: String,
        /// The prototypes.
        there: Vec<String>,
    },
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(LISTED);
    let shown = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
