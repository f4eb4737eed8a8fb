//! `export notebook`: a folder for notebooks.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::Failure;
use super::super::number::within;
use super::super::terminal::Terminal;
use super::common::{CommonArgs, tell};
use crate::studio::export::{NotebookJob, export_notebook};

/// Arguments of `export notebook`.
#[derive(Debug, Args)]
pub(in super::super) struct NotebookArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// The folder to make; an export that is there is replaced [default: notebooks-export/RUN]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Also include N segments of the data as sound, of test where there is one; mind the rights to them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = within(0..=10_000_usize), allow_negative_numbers = true)]
    excerpts: usize,
    /// Sounds of so many prototypes of each class [default: all that were rendered]
    #[arg(long, value_name = "N", value_parser = within(0..=10_000_usize), allow_negative_numbers = true)]
    sounds: Option<usize>,
    /// Round the sounds of prototypes to 16 bits and clip them at full scale: half the space
    #[arg(long)]
    pcm16: bool,
    /// Also run the notebooks, so that they have outputs; needs Jupyter and what requirements.txt of an export names
    #[arg(long)]
    execute: bool,
    /// The Jupyter that runs them
    #[arg(long, value_name = "PROGRAM", default_value = "jupyter", requires = "execute")]
    jupyter: PathBuf,
}

pub(super) fn run(args: &NotebookArgs, terminal: &Terminal) -> Result<(), Failure> {
    let job = args.common.job(args.output.as_deref())?;
    let jupyter = args.execute.then(|| args.jupyter.clone());
    let more = NotebookJob {
        n_sounds: args.sounds,
        is_pcm16: args.pcm16,
        n_excerpts: args.excerpts,
        jupyter,
    };
    let exported = export_notebook(&job, &more)?;
    tell("export notebook", &exported, terminal);
    Ok(())
}
