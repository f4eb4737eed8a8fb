//! `export model`: a folder for a hub of models.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::Failure;
use super::super::terminal::Terminal;
use super::common::{CommonArgs, tell};
use crate::studio::export::export_model;

/// Arguments of `export model`.
#[derive(Debug, Args)]
pub(in super::super) struct ModelArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// The folder to make; an export that is there is replaced [default: models-export/RUN]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &ModelArgs, terminal: &Terminal) -> Result<(), Failure> {
    let exported = export_model(&args.common.job(args.output.as_deref())?)?;
    tell("export model", &exported, terminal);
    Ok(())
}
