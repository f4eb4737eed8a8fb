//! Examples and initial prototypes → a trajectory → a classifier.
//!
//! ```text
//! examples ─┐
//! start ────┼─▶ Trainer ── step ──▶ losses, evaluations ──▶ Classifier
//! settings ─┘      │  ▲
//!              checkpoint, resume
//! ```
//!
//! The network's forward and backward passes are written by hand. Activations lie feature-major, `[feature, prototype]`,
//! so that every product cuts into blocks of output rows that one task computes, finishes and, in the case of a
//! weight's gradient, hands to Adam while it is still in the cache. The cut depends on the sizes only: the number of
//! threads changes no bit.

mod adam;
mod adaptor;
mod checkpoint;
mod data;
mod diversity;
mod dropout;
mod evaluation;
#[cfg(test)]
mod gradient_check;
mod history;
mod loss;
mod nearest;
mod network;
mod norm;
mod order;
mod outcome;
mod parameters;
mod product;
mod schedule;
mod settings;
mod start;
mod trainer;

pub use checkpoint::CheckpointError;
pub use data::{Data, DataError, Examples};
pub use evaluation::Evaluation;
pub use history::{History, Losses, Point};
pub use outcome::Identity;
pub use schedule::OneCycle;
pub use settings::{
    Adam, AdaptorSettings, ClassLoss, Diversity, PrototypeLoss, Settings, SettingsError,
};
pub use start::{Start, StartError};
pub use trainer::{Status, StepError, StepReport, Trainer, TrainerError};
