//! Checkpoint files as published → our canonical named tensors.

mod store;

pub use store::{Loaded, Scope, StoreError, Weights};
