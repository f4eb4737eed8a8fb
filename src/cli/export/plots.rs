//! `export plots`: the figures of a run as files.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::super::evaluate::split;
use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::quantity::count;
use super::super::terminal::{Terminal, text};
use super::common::CommonArgs;
use crate::dataset::Split;
use crate::studio::export::export_plots;

/// Arguments of `export plots`.
#[derive(Debug, Args)]
pub(in super::super) struct PlotsArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// The folder to make; an export that is there is replaced [default: NAME-plots]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// What is measured: train, validation or test [default: test, or validation where no track is in that]
    #[arg(long, value_name = "SPLIT", value_parser = split())]
    split: Option<Split>,
}

pub(super) fn run(args: &PlotsArgs, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    let job = args.common.job(args.output.as_deref())?;
    let run = text(job.run.path());
    terminal.event("start", json!({ "command": "export plots", "run": run }));
    let done = export_plots(&job, args.split, &cancel)?;
    for missing in &done.missing {
        terminal.note(format_args!("no figure of {missing}"));
    }
    let n_figures = done.files.len() / 2;
    let fields = json!({
        "run": run, "folder": text(&done.folder.path), "files": done.files, "missing": done.missing,
    });
    let (figures, folder) = (count(n_figures as u64, "figure"), done.folder.path.display());
    terminal.done("export plots", fields, format_args!("{figures} as SVG and PNG → {folder}"));
    Ok(())
}
