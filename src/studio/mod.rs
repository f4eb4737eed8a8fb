//! The use cases that the command line and the window call.

pub mod compare;
mod damage;
pub mod data;
pub mod edit;
pub mod embed;
pub mod evaluate;
pub mod explain;
mod level;
pub mod listen;
pub mod merge;
pub mod models;
mod output;
mod place;
pub mod predict;
pub mod prototypes;
pub mod reconstruct;
mod rendering;
mod run_model;
pub mod scoring;
mod skipped;
pub mod sonify;
pub mod sonify_run;
pub mod sweep;
pub mod synth;
mod synthesizer;
pub mod train;
pub mod trained;
mod verdict;

pub(crate) use crate::columns;
pub use damage::DamagedModel;
pub use output::{NoFolder, OutputError, check_file, check_folder};
pub use place::NearSegment;
pub use rendering::RenderError;
pub use run_model::{RunModelError, model_of_run};
pub use synthesizer::SynthesisError;
pub use verdict::{Ranked, Verdict};
