//! Why files are not labeled.

use std::path::PathBuf;

use crate::studio::embed::SourceError;
use crate::studio::listen::ListenError;

/// Why files are not labeled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// A list of files is malformed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The audio cannot be heard.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// No file can be used.
    #[error(
        "{}: {}",
        if *n_tried == 1 { reason.clone() } else { format!("none of the {n_tried} files can be used; the first: {reason}") },
        path.display()
    )]
    NothingUsable {
        /// Files that cannot be used.
        n_tried: usize,
        /// Why the first of them cannot.
        reason: String,
        /// The first of them.
        path: PathBuf,
    },
}
