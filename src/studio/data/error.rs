//! Why a source cannot be checked.

use crate::dataset::DatasetError;
use crate::embeddings::TableError;

/// Why a source cannot be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// It is no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Somebody asked to stop.
    #[error("stopped after {n_done} of {n_files} files; nothing was written")]
    Cancelled {
        /// Files looked at.
        n_done: usize,
        /// Files of the source.
        n_files: usize,
    },
}
