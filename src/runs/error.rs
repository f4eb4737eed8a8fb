//! Why a run folder cannot be used.

use std::io;
use std::path::PathBuf;

use crate::embeddings::TableError;

/// Why a run folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Nothing is there.
    #[error("there is no such run folder: {}", path.display())]
    NoFolder {
        /// What was named.
        path: PathBuf,
    },
    /// What is there is no run.
    #[error("not a run folder, it has no run.toml: {}", path.display())]
    NotARun {
        /// What was named.
        path: PathBuf,
    },
    /// A run is there already.
    #[error("a run is there already; choose another --name, or go on with it by `pecmae train --resume` if it was being trained: {}", path.display())]
    Exists {
        /// The run.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("something that is no run has this name; choose another --name: {}", path.display())]
    NameTaken {
        /// What is there.
        path: PathBuf,
    },
    /// A name that is no folder name.
    #[error("{name:?} is no name for a run; use letters, digits, '.', '-' and '_'")]
    Name {
        /// What was given.
        name: String,
    },
    /// A kind of start that needs a file.
    #[error("this --init needs a file of prototypes or clips; give it by --init-file")]
    NoStartFile,
    /// A folder that is not only a run.
    #[error("not removed, because it holds {found:?} besides the run: {}", path.display())]
    NotOnlyARun {
        /// A foreign entry.
        found: String,
        /// The folder.
        path: PathBuf,
    },
    /// A part of the folder is not there.
    #[error("the run has no {what} ({hint}): {}", path.display())]
    Missing {
        /// What is missing.
        what: &'static str,
        /// What to do.
        hint: &'static str,
        /// Where it would be.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot {verb} ({source}): {}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// Settings that are none.
    #[error("these settings cannot be used ({reason}): {}", path.display())]
    Settings {
        /// What is wrong, and where.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A file that is not what this program writes.
    #[error("damaged, or of another version ({reason}): {}", path.display())]
    Damaged {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The edits are of another classifier.
    #[error(
        "the edits were made before the run was trained further, so they do not fit it; move this file away to go without \
         them: {}",
        path.display()
    )]
    EditsOfAnother {
        /// The file of edits.
        path: PathBuf,
    },
    /// Two programs edit one run.
    #[error("somebody else has edited the run meanwhile; look at the log and edit again: {}", path.display())]
    EditedMeanwhile {
        /// The file of edits.
        path: PathBuf,
    },
    /// The copy of the embeddings cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl RunError {
    /// What stands in the way of a new run at `path`.
    pub(super) fn taken(path: PathBuf) -> Self {
        match super::RunFolder::open(&path) {
            Ok(_) => Self::Exists { path },
            Err(_) => Self::NameTaken { path },
        }
    }

    /// A closure that turns what the system says into [`RunError::Io`].
    pub(super) fn io(verb: &'static str, path: &std::path::Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { verb, source, path: path.to_owned() }
    }

    pub(super) fn damaged(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::Damaged { reason: reason.to_string(), path: path.to_owned() }
    }
}
