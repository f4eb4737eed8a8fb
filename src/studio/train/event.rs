//! What a training tells.

use std::path::PathBuf;
use std::time::Duration;

use super::prepare::Prepared;
use crate::dataset::Split;
use crate::evaluation::Summary;
use crate::runs::State;
use crate::studio::embed;
use crate::training::{Evaluation, Losses, Trainer};

/// What a training tells while it goes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TrainEvent {
    /// Something is probably not as it was meant.
    Warning(String),
    /// Of the embedding that comes first.
    Embed(embed::Event),
    /// The z are there; this is what will be learned.
    Data(DataFacts),
    /// Steps have been done.
    Progress(Progress),
    /// A checkpoint has been written.
    Saved {
        /// Steps in it.
        step: usize,
    },
}

/// What is learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFacts {
    /// Names of the classes.
    pub labels: Vec<String>,
    /// Tracks in train, validation and test.
    pub n_tracks: [usize; 3],
    /// Segments in train, validation and test.
    pub n_segments: [usize; 3],
    /// What tracks are grouped by.
    pub grouped_by: Option<String>,
    /// Files that cannot be used.
    pub n_skipped: usize,
    /// Steps of the run.
    pub n_steps: usize,
    /// Times that each segment will be seen.
    pub n_epochs: f64,
}

/// How far a training has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// Steps of the run.
    pub n_steps: usize,
    /// Losses of the last step.
    pub losses: Losses,
    /// The last evaluation.
    pub evaluation: Option<Evaluation>,
    /// The step with the lowest validation loss, and that loss.
    pub best: Option<(usize, f64)>,
    /// Steps a second since this program began.
    pub steps_per_second: f64,
    /// Time to the last step, at that pace.
    pub remaining: Duration,
}

/// What a training did.
#[derive(Debug, Clone)]
pub struct TrainSummary {
    /// The run; `None` after a dry run.
    pub path: Option<PathBuf>,
    /// How it ended.
    pub state: State,
    /// Steps done.
    pub step: usize,
    /// The step of the classifier that is kept.
    pub best_step: Option<usize>,
    /// How tracks of the validation split are classified.
    pub validation: Option<Summary>,
    /// Names of the classes.
    pub labels: Vec<String>,
    /// Prototypes, of all classes together.
    pub n_prototypes: usize,
    /// Pairs of prototypes of one class that are nearly the same, and their distance.
    pub twins: Vec<(String, String, f32)>,
    /// Files that were left out.
    pub n_skipped: usize,
    /// Tracks to be tested.
    pub n_test: usize,
}

impl TrainSummary {
    pub(super) fn dry(prepared: &Prepared, trainer: &Trainer, n_skipped: usize) -> Self {
        Self {
            path: None,
            state: State::Running,
            step: 0,
            best_step: None,
            validation: None,
            labels: prepared.examples.labels.clone(),
            n_prototypes: trainer.n_prototypes(),
            twins: Vec::new(),
            n_skipped,
            n_test: prepared.examples.n_tracks_of(Split::Test),
        }
    }
}
