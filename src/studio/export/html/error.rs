//! Why there is no page.

use std::io;
use std::path::PathBuf;

use crate::audio::{AudioError, MelConfigError};
use crate::exports::PlaceError;
use crate::exports::plots::PlotError;
use crate::runs::RunError;
use crate::studio::explain::ExplainError;
use crate::studio::export::ResultsError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::{OutputError, RunModelError};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HtmlError {
    /// The run has nothing to show.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its model, which sounds are missing of, cannot be used.
    #[error("{0}; or leave sounds that are missing out by --no-sonify")]
    Model(RunModelError),
    /// Its prototypes cannot be made audible.
    #[error(transparent)]
    Sonify(#[from] SonifyRunError),
    /// A sound cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A sound cannot be encoded.
    #[error("cannot encode the sound ({source}): {}", path.display())]
    Encode {
        /// What the encoder said.
        source: io::Error,
        /// The sound.
        path: PathBuf,
    },
    /// A spectrogram cannot be made.
    #[error(transparent)]
    Mel(#[from] MelConfigError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A prediction cannot be explained.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The page cannot become a file there.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The page is not put in its place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Somebody asked to stop.
    #[error("stopped before the page was written; the same command makes it")]
    Cancelled,
}
