//! The use cases that the command line and the window call.

pub mod data;
pub mod embed;
pub mod merge;
pub mod models;
mod output;
pub mod reconstruct;
pub mod scoring;
mod skipped;
pub mod sonify;
mod synthesizer;
pub mod train;

pub use output::NoFolder;
pub use synthesizer::SynthesisError;
