//! A run → what its owner hands to others, who can use it without this program: a page and figures; folders for notebooks, for a hub of
//! models, for spreadsheets.
//!
//! ```text
//! run ─ Origin ─┬───────────────────────── model ──▶ weights, ONNX, NumPy script and arrays, card, sounds
//!               └─ Exhibit (needs its z) ─┬─ notebook ─▶ Parquet, .npy, WAV, notebooks
//!                                         └─ csv ──────▶ CSV, audiofolder list, projector
//! ```
//!
//! A folder appears whole, with a manifest of all its files and what they derive from; the same run gives the same bytes.

mod arrays;
mod csv;
mod error;
mod excerpts;
mod execute;
mod exhibit;
pub mod html;
mod model;
mod notebook;
mod origin;
pub mod plots;
mod results;
mod tables;

use std::path::{Path, PathBuf};

pub use self::csv::export_csv;
pub use error::ExportError;
pub use model::export_model;
pub use notebook::{NotebookJob, export_notebook};

pub use results::ResultsError;

use crate::exports::Committed;
use crate::models::Library;
use crate::runs::RunFolder;
use crate::studio::output::check_folder;

/// What every export needs to know.
#[derive(Debug, Clone)]
pub struct ExportJob {
    /// The run.
    pub run: RunFolder,
    /// Where the frozen model is looked for, which may state a license.
    pub library: Library,
    /// The folder to make; `None` for one named after the run in the kind's own place.
    pub output: Option<PathBuf>,
    /// License of the classifier and the export, as its user states it.
    pub license: Option<String>,
    /// License of the audio that the run learned from, as its user states it.
    pub data_license: Option<String>,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The folder.
    pub folder: Committed,
    /// What is good to know about it.
    pub notes: Vec<String>,
}

impl ExportJob {
    /// The folder to make; a default place is made where it is missing.
    fn target(&self, default_place: &str, suffix: &str) -> Result<PathBuf, ExportError> {
        if let Some(output) = &self.output {
            check_folder(output)?;
            return Ok(output.clone());
        }
        let place = Path::new(default_place);
        std::fs::create_dir_all(place)
            .map_err(|source| ExportError::Place { source, path: place.to_owned() })?;
        Ok(place.join(self.run.name() + suffix))
    }
}
