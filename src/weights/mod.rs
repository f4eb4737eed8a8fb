//! Checkpoint files as published → our canonical named tensors.
