//! Why a run is not exported.

use std::path::PathBuf;

use crate::audio::{AudioError, MelConfigError};
use crate::classifier::{BundleError, InputError};
use crate::exports::plots::PlotError;
use crate::exports::{PlaceError, SheetError};
use crate::runs::RunError;
use crate::studio::NoFolder;
use crate::studio::export::ResultsError;
use crate::studio::prototypes::PrototypesError;
use crate::studio::scoring::ScoringError;
use crate::studio::session::SessionError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::trained::TrainedError;

/// Why a run is not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The run has no copy of the z that it learned from.
    #[error(
        "the run has no copy of what it learned from, so there are no tables to export; `pecmae export model` needs none: {}",
        path.display()
    )]
    NoTraining {
        /// The run.
        path: PathBuf,
    },
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The run's classifier or its z cannot be used.
    #[error(transparent)]
    Trained(#[from] TrainedError),
    /// The record of the run's sounds is damaged.
    #[error(transparent)]
    Sounds(#[from] SonifyRunError),
    /// The z do not fit the classifier.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The prototypes cannot be looked at.
    #[error(transparent)]
    Prototypes(#[from] PrototypesError),
    /// The run cannot be measured.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The map of segments cannot be drawn.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The run has nothing to show.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A spectrogram cannot be made.
    #[error(transparent)]
    Mel(#[from] MelConfigError),
    /// A table cannot be encoded.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The classifier cannot be written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A sound cannot be written.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The place of the output is not there.
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    /// The export is not put in its place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The folder for exports of this kind cannot be made.
    #[error("cannot make the folder ({source}), choose another output by -o: {}", path.display())]
    Home {
        /// What the system said.
        source: std::io::Error,
        /// The folder.
        path: PathBuf,
    },
    /// An array cannot be encoded.
    #[error("an array cannot be encoded ({0})")]
    Array(std::io::Error),
    /// There is no Jupyter.
    #[error(
        "cannot run {program:?} ({source}); install what requirements.txt of the export names, or leave out --execute and run the \
         notebooks anywhere"
    )]
    NoJupyter {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A notebook fails.
    #[error(
        "the notebook {notebook} did not run to its end, nothing was exported; jupyter says: {said}"
    )]
    Notebook {
        /// The notebook.
        notebook: &'static str,
        /// The last lines of what Jupyter said.
        said: String,
    },
    /// Somebody asked to stop.
    #[error("stopped before anything was exported; the same command exports it")]
    Cancelled,
}
