//! Why a run ends without its table.

use std::path::PathBuf;

use super::encoder::BoxError;
use super::model::LayerError;
use super::source::SourceError;
use crate::embeddings::{AssembleError, JournalError, OtherSettings, TableError};
use crate::studio::{DamagedModel, OutputError};

/// Why a run ends without its table. What was finished is kept in the journal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The output would not be known for a table, or is some other file.
    #[error("the name of a table ends in .parquet: {}", path.display())]
    TableName {
        /// The output.
        path: PathBuf,
    },
    /// Two tables at one place.
    #[error("z and frame embeddings need two tables, both are to go to {}", path.display())]
    SameTable {
        /// The output.
        path: PathBuf,
    },
    /// An output has no folder to lie in.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Frame embeddings of a layer that the model does not have.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// Nothing to embed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The earlier table cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The earlier table is of other settings.
    #[error(transparent)]
    OtherSettings(#[from] OtherSettings),
    /// The table cannot be put together.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The earlier table is of other tracks.
    #[error(
        "none of the table's {n_tracks} tracks is in {}; choose another -o, or --restart to replace it: {}",
        source_path.display(), table.display()
    )]
    OtherSource {
        /// Tracks of the table.
        n_tracks: usize,
        /// Where they were looked for.
        source_path: PathBuf,
        /// The table.
        table: PathBuf,
    },
    /// The encoder fails.
    #[error("the model cannot embed ({0})")]
    Encoder(#[source] BoxError),
    /// The weights are no numbers.
    #[error(transparent)]
    Damaged(#[from] DamagedModel),
    /// Somebody asked to stop.
    #[error("stopped after {n_done} of {n_tracks} tracks; the same command goes on from there")]
    Cancelled {
        /// Tracks finished, reused or skipped.
        n_done: usize,
        /// Tracks of the run.
        n_tracks: usize,
    },
    /// No file can be used.
    #[error(
        "no audio file can be used ({n_skipped} tried, listed in {}); the first: {reason}: {}",
        report.display(), path.display()
    )]
    NothingUsable {
        /// Files that cannot be used.
        n_skipped: usize,
        /// Why the first of them cannot.
        reason: String,
        /// The list of all of them.
        report: PathBuf,
        /// The first of them.
        path: PathBuf,
    },
    /// What a killed run left cannot be removed.
    #[error("cannot remove what an earlier run left ({source}): {}", path.display())]
    Abandoned {
        /// What the system said.
        source: std::io::Error,
        /// The table it was to become.
        path: PathBuf,
    },
    /// The report of skipped files cannot be written.
    #[error("cannot write the report of skipped files ({source}): {}", path.display())]
    Report {
        /// What the system said.
        source: std::io::Error,
        /// The report.
        path: PathBuf,
    },
}
