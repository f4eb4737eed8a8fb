//! Why a table cannot be read, written or merged.

use std::io;
use std::path::{Path, PathBuf};

use super::{Metadata, Shard};

/// Why a table cannot be read, written or merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be opened, read or written.
    #[error("cannot {verb} the table ({source}): {}", path.display())]
    Io {
        /// `read` or `write`.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The table.
        path: PathBuf,
    },
    /// Another file, or one that lost some of its bytes.
    #[error("not a table of embeddings, or a damaged one ({reason}): {}", path.display())]
    Damaged {
        /// What does not fit.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A table of frames where one of segments is wanted, or the reverse.
    #[error("a table of {found}, expected one of {expected}: {}", path.display())]
    Kind {
        /// `segments` or `frames`.
        expected: String,
        /// What it holds.
        found: String,
        /// The table.
        path: PathBuf,
    },
    /// Written by a newer program.
    #[error("the table has schema version {found}, this program knows {expected}: {}", path.display())]
    Version {
        /// What this program writes.
        expected: u32,
        /// What the file says.
        found: u32,
        /// The table.
        path: PathBuf,
    },
    /// Made by other weights or settings.
    #[error(transparent)]
    OtherSettings(#[from] OtherSettings),
    /// Two tables of different settings.
    #[error(
        "tables of different settings do not mix ({difference}): fingerprint {} in {}, {} in {}",
        fingerprints[0], first.display(), fingerprints[1], second.display()
    )]
    Mixed {
        /// The fields that differ, first table's value first.
        difference: String,
        /// Fingerprints of the first and of the second.
        fingerprints: Box<[String; 2]>,
        /// The first table.
        first: PathBuf,
        /// The second table.
        second: PathBuf,
    },
    /// One track with two contents.
    #[error(
        "track {track} differs between two tables ({difference}), keep one of them: {} and {}",
        first.display(), second.display()
    )]
    Conflict {
        /// The track.
        track: String,
        /// What differs.
        difference: &'static str,
        /// One table.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// One shard twice.
    #[error(
        "{} is given twice, leave one of them out: {} and {}",
        shard.map_or("one table".to_owned(), |shard| format!("shard {shard}")),
        first.display(), second.display()
    )]
    Repeated {
        /// The shard, if it is one.
        shard: Option<Shard>,
        /// One table.
        first: PathBuf,
        /// The other, or the same once more.
        second: PathBuf,
    },
    /// Nothing to merge.
    #[error("no table to merge")]
    NoInput,
    /// Somebody asked to stop.
    #[error("stopped after {n_tracks} tracks; no table was written")]
    Cancelled {
        /// Tracks merged by then.
        n_tracks: usize,
    },
}

/// Work begun with other weights or settings than this run's.
#[derive(Debug, thiserror::Error)]
#[error(
    "made with other settings ({difference}), choose another -o, or --restart to replace it (its fingerprint is {found}, this run's {expected}): {}",
    path.display()
)]
pub struct OtherSettings {
    /// This run's fingerprint.
    pub expected: String,
    /// The file's.
    pub found: String,
    /// The fields that differ, this run's value first.
    pub difference: String,
    /// The table or journal.
    pub path: PathBuf,
}

impl OtherSettings {
    /// Compares what a run wants with what a file holds.
    ///
    /// # Errors
    /// They differ in settings, or in the shard.
    pub fn check(ours: &Metadata, theirs: &Metadata, path: &Path) -> Result<(), Self> {
        let mut difference = ours.differences(theirs);
        if ours.shard != theirs.shard {
            let part = |shard: Option<Shard>| shard.map_or("all".to_owned(), |s| s.to_string());
            let separator = if difference.is_empty() { "" } else { ", " };
            let (ours, theirs) = (part(ours.shard), part(theirs.shard));
            difference += &format!("{separator}shard {ours} ≠ {theirs}");
        }
        if difference.is_empty() {
            return Ok(());
        }
        let fingerprint = |of: &Metadata| of.settings.fingerprint().to_string();
        let (expected, found) = (fingerprint(ours), fingerprint(theirs));
        Err(Self { expected, found, difference, path: path.to_owned() })
    }
}

impl TableError {
    pub(super) fn reading(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { verb: "read", source, path: path.to_owned() }
    }

    pub(super) fn writing(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { verb: "write", source, path: path.to_owned() }
    }

    pub(super) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { reason: reason.to_string(), path: path.to_owned() }
    }
}
