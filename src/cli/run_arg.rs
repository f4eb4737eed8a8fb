//! Which run a verb works with, and the model that the run was made with.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use crate::models::{Library, ModelFolder};
use crate::runs::RunFolder;
use crate::studio::model_of_run;

/// Where runs live unless something else is said.
pub(super) const DEFAULT_RUNS: &str = "prototypes";

/// The folder of runs.
#[derive(Debug, Args)]
pub(super) struct RunsArg {
    /// Where runs live
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = DEFAULT_RUNS,
        env = "PECMAE_RUNS"
    )]
    pub(super) runs: PathBuf,
}

/// The run.
#[derive(Debug, Args)]
pub(super) struct RunArg {
    /// A run, by its name or its folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    runs: RunsArg,
}

/// The choice of a model that must be the run's.
#[derive(Debug, Args)]
pub(super) struct RunModelArg {
    /// The run's model, where it is not installed: the path of a model folder
    #[arg(long, value_name = "NAME|PATH")]
    pub(super) model: Option<String>,
}

impl RunsArg {
    /// A run by its name below the folder of runs, or by its path.
    pub(super) fn open(&self, run: &Path) -> Result<RunFolder, Failure> {
        Ok(RunFolder::open(&super::train::find(run, &self.runs)?)?)
    }
}

impl RunArg {
    pub(super) fn open(&self) -> Result<RunFolder, Failure> {
        self.runs.open(&self.run)
    }
}

impl RunModelArg {
    /// Opens the model that the run's z were made with.
    pub(super) fn open(&self, run: &RunFolder) -> Result<ModelFolder, Failure> {
        open_model(self.model.as_deref(), run)
    }
}

/// Opens the model that a run's z were made with, which a user may name.
pub(super) fn open_model(named: Option<&str>, run: &RunFolder) -> Result<ModelFolder, Failure> {
    let embedding = run.settings()?.embedding;
    let (name, fingerprint) = (&embedding.model, &embedding.model_fingerprint);
    Ok(model_of_run(&Library::of_user()?, named, name, fingerprint)?)
}
