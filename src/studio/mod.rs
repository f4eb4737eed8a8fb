//! The use cases that the command line and the window call.

mod damage;
pub mod compare;
pub mod data;
pub mod edit;
pub mod embed;
pub mod evaluate;
pub mod explain;
pub mod listen;
pub mod merge;
pub mod models;
mod output;
mod place;
pub mod predict;
pub mod prototypes;
pub mod reconstruct;
mod run_model;
pub mod scoring;
mod skipped;
pub mod sonify;
pub mod sonify_run;
pub mod sweep;
mod synthesizer;
pub mod train;
pub mod trained;
mod verdict;

pub(crate) use crate::columns;
pub use damage::DamagedModel;
pub use output::{NoFolder, OutputError, check_file, check_folder};
pub use place::NearSegment;
pub use run_model::{RunModelError, model_of_run};
pub use synthesizer::SynthesisError;
pub use verdict::{Ranked, Verdict};
