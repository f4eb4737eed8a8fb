//! The use cases that the command line and the window call.

pub mod data;
pub mod embed;
pub mod merge;
pub mod models;
mod output;
pub mod reconstruct;
mod skipped;
pub mod sonify;
mod synthesizer;

pub use output::NoFolder;
pub use synthesizer::SynthesisError;
