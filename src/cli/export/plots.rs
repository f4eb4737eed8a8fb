//! `export plots`: the figures of a run as files.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::super::evaluate::split;
use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::quantity::count;
use super::super::run_arg::RunArg;
use super::super::terminal::{Terminal, text};
use crate::dataset::Split;
use crate::studio::export::plots::{PlotsJob, export_plots};

/// Arguments of `export plots`.
#[derive(Debug, Args)]
pub(in super::super) struct PlotsArgs {
    #[command(flatten)]
    run: RunArg,
    /// The folder of the figures [default: NAME-plots]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// What is measured: train, validation or test [default: test, or validation where no track is in that]
    #[arg(long, value_name = "SPLIT", value_parser = split())]
    split: Option<Split>,
    /// Also write into a folder that holds something else
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &PlotsArgs, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    let run = args.run.open()?;
    let named = args.output.clone();
    let folder = named.unwrap_or_else(|| format!("{}-plots", run.name()).into());
    let job = PlotsJob { folder: folder.clone(), split: args.split, force: args.force };
    terminal.event("start", json!({ "command": "export plots", "run": text(run.path()) }));
    let done = export_plots(&run, &job, &cancel)?;
    for missing in &done.missing {
        terminal.note(format_args!("no figure of {missing}"));
    }
    let n_figures = done.files.len() / 2;
    let fields = json!({
        "run": text(run.path()), "folder": text(&folder), "files": done.files, "missing": done.missing,
    });
    let (figures, folder) = (count(n_figures as u64, "figure"), folder.display());
    terminal.done("export plots", fields, format_args!("{figures} as SVG and PNG → {folder}"));
    Ok(())
}
