//! What the verbs of `export` have in common.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::quantity::{bytes, count};
use super::super::run_arg::RunArg;
use super::super::terminal::{Terminal, text};
use crate::models::Library;
use crate::studio::export::{ExportJob, Exported};

/// The run, and what its user says of the right to use it.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    #[command(flatten)]
    run: RunArg,
    /// License of the classifier and of this export, as in CC-BY-4.0 [default: unknown]
    #[arg(long, value_name = "LICENSE")]
    license: Option<String>,
    /// License of the audio that the run learned from [default: unknown]
    #[arg(long, value_name = "LICENSE")]
    data_license: Option<String>,
    #[command(flatten)]
    force: ForceArg,
}

/// Whether what is there gives way.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct ForceArg {
    /// Replace files that have the names of the export's, whoever wrote or changed them; others stay
    #[arg(long)]
    pub(super) force: bool,
}

impl CommonArgs {
    pub(super) fn job(&self, output: Option<&Path>) -> Result<ExportJob, Failure> {
        Ok(ExportJob {
            run: self.run.open()?,
            library: Library::of_user()?,
            output: output.map(Path::to_owned),
            license: self.license.clone(),
            data_license: self.data_license.clone(),
            force: self.force.force,
        })
    }
}

/// Says what was exported.
pub(super) fn tell(command: &str, exported: &Exported, terminal: &Terminal) {
    let Exported { folder, notes } = exported;
    notes.iter().for_each(|note| terminal.note(note));
    let fields = json!({
        "output": text(&folder.path), "files": folder.n_files, "bytes": folder.n_bytes, "notes": notes,
    });
    let (files, size) = (count(folder.n_files as u64, "file"), bytes(folder.n_bytes));
    terminal.done(command, fields, format_args!("{files}, {size} → {}", folder.path.display()));
}
