//! A run → what its owner hands to others, who can use it without this program: a page and figures; folders for notebooks, for a hub of
//! models, for spreadsheets.
//!
//! ```text
//! run ─┬─ Origin ─┬───────────────────────── model ──▶ weights, ONNX, NumPy script and arrays, card, sounds
//!      │          └─ Exhibit (needs its z) ─┬─ notebook ─▶ Parquet, .npy, WAV, notebooks
//!      │                                    └─ csv ──────▶ CSV, audiofolder list, projector
//!      └─ Results (needs its z) ──┬─ plots ──────────────▶ SVG and PNG of every figure
//!                                 └─ html ───────────────▶ one page
//! ```
//!
//! A folder appears whole, with a manifest of all its files and what they derive from; a page ends with its own digest. The same run
//! gives the same bytes.

mod arrays;
mod csv;
mod error;
mod excerpts;
mod execute;
mod exhibit;
mod history;
pub mod html;
mod model;
mod notebook;
mod origin;
mod plots;
mod results;
mod tables;

use std::path::{Path, PathBuf};

pub use self::csv::export_csv;
pub use error::ExportError;
pub use history::{accuracy_figure, loss_figure};
pub use model::export_model;
pub use notebook::{NotebookJob, export_notebook};
pub use plots::{Plots, export_plots};

pub use results::ResultsError;

use crate::exports::{Committed, ExportFolder};
use crate::models::Library;
use crate::runs::RunFolder;
use crate::studio::output::check_folder;

/// What every export of a folder needs to know.
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
    /// Whether files of the export's names are replaced whoever wrote or changed them.
    pub force: bool,
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
    /// The folder to make, begun; where nobody named one, it is called after the run, and `home` is made if it is missing.
    fn begin(
        &self,
        kind: &'static str,
        home: &str,
        suffix: &str,
    ) -> Result<ExportFolder, ExportError> {
        let target = match &self.output {
            Some(output) => output.clone(),
            None => {
                let home = Path::new(home);
                std::fs::create_dir_all(home)
                    .map_err(|source| ExportError::Home { source, path: home.to_owned() })?;
                home.join(self.run.name() + suffix)
            }
        };
        check_folder(&target)?;
        Ok(ExportFolder::begin(&target, kind, self.force)?)
    }
}
