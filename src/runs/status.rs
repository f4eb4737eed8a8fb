//! How far a run is.

use serde::{Deserialize, Serialize};

/// `status.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Version of this file's form.
    pub schema: u32,
    /// Whether it is finished.
    pub state: State,
    /// Steps done.
    pub step: usize,
    /// Steps that it will have.
    pub n_steps: usize,
    /// Step of the checkpoint with the lowest validation loss.
    pub best_step: Option<usize>,
    /// Class-balanced accuracy of tracks on validation, of that checkpoint.
    pub validation_accuracy: Option<f64>,
    /// Names of the classes.
    pub labels: Vec<String>,
    /// What tracks are grouped by.
    pub grouped_by: Option<String>,
    /// Prototypes, of all classes together.
    pub n_prototypes: usize,
    /// Tracks in train, validation and test.
    pub n_tracks: [usize; 3],
    /// Segments in train, validation and test.
    pub n_segments: [usize; 3],
    /// Files that were left out.
    pub n_skipped: usize,
    /// The user's name for the model that made the z.
    pub model: String,
    /// Fingerprint of that model's weights.
    pub model_fingerprint: String,
    /// Fingerprint of the settings that the z were made with.
    pub embeddings_fingerprint: String,
    /// Version of the program.
    pub tool_version: String,
}

/// Whether a run is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Running, or killed while it was.
    Running,
    /// Stopped by the user; its checkpoint is saved.
    Interrupted,
    /// All steps done.
    Finished,
    /// Ended early, for the validation loss no longer fell.
    StoppedEarly,
}

impl Status {
    /// The version that this program writes.
    pub const SCHEMA: u32 = 1;
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Finished => "finished",
            Self::StoppedEarly => "stopped early",
        })
    }
}
