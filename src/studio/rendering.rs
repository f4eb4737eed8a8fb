//! What ends a rendering early, whatever the sounds stand for.

use std::io;
use std::path::{Path, PathBuf};

use super::SynthesisError;
use crate::audio::AudioError;
use crate::files::sha256_of_file;

/// Why not all sounds were made; those that are finished stay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The model cannot make sound.
    #[error(transparent)]
    Synthesis(#[from] SynthesisError),
    /// A sound cannot be written, or not be read again.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The system refuses.
    #[error("cannot {verb} ({source}): {}", path.display())]
    Io {
        /// As in `write`.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("stopped after {n_done} of {n_items} sounds; the same command goes on from there")]
    Cancelled {
        /// Sounds that are done.
        n_done: usize,
        /// Sounds that were asked for.
        n_items: usize,
    },
}

impl From<candle_core::Error> for RenderError {
    fn from(error: candle_core::Error) -> Self {
        Self::Synthesis(error.into())
    }
}

impl RenderError {
    /// A closure that turns what the system says into [`RenderError::Io`].
    pub(super) fn io(verb: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { verb, source, path: path.to_owned() }
    }
}

/// SHA-256 of a file; `None` if it is not there.
pub(super) fn digest(path: &Path) -> Result<Option<String>, RenderError> {
    match sha256_of_file(path) {
        Ok(digest) => Ok(Some(digest.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RenderError::io("read", path)(error)),
    }
}
