//! Why a collection is not there.

use std::io;
use std::path::PathBuf;

use super::super::NoFolder;
use crate::audio::AudioError;

/// Why a collection was not made, or not wholly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// The output has no folder to lie in.
    #[error(transparent)]
    Folder(#[from] NoFolder),
    /// The folder holds what this program did not make.
    #[error("this folder is not empty and has no synth.json, choose another: {}", path.display())]
    InTheWay {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a collection of other settings.
    #[error(
        "this folder was made with {name} {found}, not {wanted}; give the same again, or another folder: {}",
        path.display()
    )]
    OtherSettings {
        /// Which setting differs.
        name: String,
        /// What it was.
        found: String,
        /// What it is now.
        wanted: String,
        /// The folder.
        path: PathBuf,
    },
    /// The record of a collection is something else.
    #[error("cannot be read as what `synth` writes ({reason}), remove it or choose another folder: {}", path.display())]
    Record {
        /// What is wrong with it.
        reason: String,
        /// The record.
        path: PathBuf,
    },
    /// A clip cannot be written.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// Another file or folder cannot be written.
    #[error("cannot {verb} ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("stopped after {n_done} clips; the same command goes on from there")]
    Cancelled {
        /// Clips that were made.
        n_done: u64,
    },
}
