//! Why nothing was learned.

use std::io;
use std::path::{Path, PathBuf};

use crate::classifier::{InputError, NormalizationError, PartsError, TensorFileError};
use crate::clustering::InitError;
use crate::dataset::{DatasetError, SplitError};
use crate::embeddings::TableError;
use crate::evaluation::EvaluationError;
use crate::examples::JoinError;
use crate::files::ArrayError;
use crate::runs::RunError;
use crate::studio::embed::EmbedError;
use crate::studio::scoring::ScoringError;
use crate::training::{CheckpointError, DataError, StepError, TrainerError};
use crate::weights::StoreError;

/// Why nothing was learned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The source is no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The data set cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table is of another source.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The model cannot compute.
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// The embedding failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// Tables cannot be kept.
    #[error("cannot make the folder of tables ({source}): {}", path.display())]
    Cache {
        /// What the system said.
        source: io::Error,
        /// The folder.
        path: PathBuf,
    },
    /// Nothing to learn from.
    #[error("no usable track is in the training split; `pecmae data check` says why")]
    NoTraining,
    /// Tracks with several labels, and a loss for one.
    #[error("some tracks have several labels; train with --loss binary")]
    SeveralLabels,
    /// The examples cannot be normalized.
    #[error(transparent)]
    Normalization(#[from] NormalizationError),
    /// The examples cannot be learned.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The file of prototypes cannot be read.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Prototypes of another length.
    #[error(
        "expected prototypes of shape [prototype, {expected}], found {found:?}; use z of the same model: {}",
        path.display()
    )]
    StartShape {
        /// Features of a z.
        expected: usize,
        /// Shape of the array.
        found: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// The list of clips is of no use.
    #[error("cannot start from these clips ({reason}); expected lines of label,path,start_s: {}", path.display())]
    Clips {
        /// What is wrong.
        reason: String,
        /// The list.
        path: PathBuf,
    },
    /// There are no prototypes to start from.
    #[error(transparent)]
    Init(#[from] InitError),
    /// The settings do not fit the data.
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    /// The losses are no numbers any more.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The classifier does not fit together.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// The classifier cannot be asked.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The result cannot be measured.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The result cannot be scored.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The run folder cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The disk is full, or is somebody else's.
    #[error(
        "{source}; the run is kept up to its last checkpoint, go on with `pecmae train --resume {}` once it can be written",
        path.display()
    )]
    Unsaved {
        /// What could not be written.
        source: Box<TrainError>,
        /// The run.
        path: PathBuf,
    },
    /// The run is over.
    #[error("all {n_steps} steps are done; lengthen the run by --add-steps N: {}", path.display())]
    NothingLeft {
        /// Steps of the run.
        n_steps: usize,
        /// The run.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error(
        "stopped at step {step} of {n_steps}, checkpoint saved; go on with `pecmae train --resume {}`",
        path.display()
    )]
    Cancelled {
        /// Steps done.
        step: usize,
        /// Steps of the run.
        n_steps: usize,
        /// The run.
        path: PathBuf,
    },
}

impl TrainError {
    /// The same error, and how a run that is there goes on after it, where what failed was writing.
    pub(super) fn of_run(self, path: &Path) -> Self {
        let is_unwritten = match &self {
            Self::Run(RunError::Io { verb, .. }) => *verb == "write",
            Self::Checkpoint(CheckpointError::File(error)) => {
                matches!(error, TensorFileError::Write { .. })
            }
            _ => false,
        };
        match is_unwritten {
            true => Self::Unsaved { source: Box::new(self), path: path.to_owned() },
            false => self,
        }
    }
}
