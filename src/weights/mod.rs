//! Checkpoint files as published → our canonical named tensors.

pub mod canonical;
mod checkpoint;
mod hints;
mod pickle;
mod save;
mod store;

pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointTensor, ElementType, Format, TensorError,
};
pub use hints::{HintError, Hints, Settings};
pub use pickle::PickleError;
pub use save::{Precision, SaveError};
pub use store::{Loaded, Scope, StoreError, Weights};
