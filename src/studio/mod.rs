//! The use cases that the command line and the window call.

pub(crate) mod columns;
pub mod data;
pub mod edit;
pub mod embed;
pub mod evaluate;
pub mod merge;
pub mod models;
mod output;
pub mod reconstruct;
mod run_model;
pub mod scoring;
mod skipped;
pub mod sonify;
pub mod sonify_run;
mod synthesizer;
pub mod train;

pub use output::NoFolder;
pub use run_model::{RunModelError, model_of_run};
pub use synthesizer::SynthesisError;
