//! The use cases that the command line and the window call.

pub mod data;
pub mod embed;
pub mod models;
pub mod reconstruct;
pub mod sonify;
mod synthesizer;

pub use synthesizer::SynthesisError;
