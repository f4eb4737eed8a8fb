//! Checkpoint files as published → our canonical named tensors.

mod store;

pub use store::{Scope, StoreError, Weights};
