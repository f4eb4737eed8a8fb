//! Why an export is not put in its place: one rule and one set of words for folders and for single files.
//!
//! What is there gives way if the same kind of export wrote it and nobody changed it. `--force` also replaces what has the names of
//! the export's files, whoever wrote it, and leaves everything else alone.

use std::io;
use std::path::{Path, PathBuf};

/// Why an export was not put in its place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// A file has the name of the folder.
    #[error("the export is a folder, but a file has its name; choose another output: {}", path.display())]
    IsFile {
        /// The file.
        path: PathBuf,
    },
    /// A folder, a device or a pipe has the name of the file.
    #[error("the export is a file, but something else has its name; choose another output: {}", path.display())]
    NoFile {
        /// What has the name.
        path: PathBuf,
    },
    /// Something is there that no such export made.
    #[error(
        "what is there is no {kind} export, so it is not replaced; choose another output or give --force: {}",
        path.display()
    )]
    Foreign {
        /// The kind of export.
        kind: &'static str,
        /// The file or folder.
        path: PathBuf,
    },
    /// A file of somebody else's in an earlier export.
    #[error(
        "the earlier export holds {found:?}, which is none of its files, so it is not replaced; move that away or give --force: {}",
        path.display()
    )]
    Besides {
        /// The file, below the folder.
        found: String,
        /// The folder.
        path: PathBuf,
    },
    /// A file that was changed since the earlier export.
    #[error(
        "{found:?} was changed since it was exported, so it is not replaced; move it away or give --force: {}",
        path.display()
    )]
    Changed {
        /// The file, below the folder if it is in one.
        found: String,
        /// The folder, or the file.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot {verb} ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

impl PlaceError {
    /// Nothing if the only reason is what somebody wants to be replaced.
    pub(super) fn unless(self, force: bool) -> Result<(), Self> {
        match self {
            Self::Foreign { .. } | Self::Besides { .. } | Self::Changed { .. } if force => Ok(()),
            error => Err(error),
        }
    }
}

pub(super) fn io_error(verb: &'static str, path: &Path) -> impl Fn(io::Error) -> PlaceError {
    let path = path.to_owned();
    move |source| PlaceError::Io { verb, source, path: path.clone() }
}
