//! `export csv`: tables for spreadsheets.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::Failure;
use super::super::terminal::Terminal;
use super::common::{CommonArgs, tell};
use crate::studio::export::export_csv;

/// Arguments of `export csv`.
#[derive(Debug, Args)]
pub(in super::super) struct CsvArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// The folder to make; an export that is there is replaced [default: tables-export/RUN]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &CsvArgs, terminal: &Terminal) -> Result<(), Failure> {
    let exported = export_csv(&args.common.job(args.output.as_deref())?)?;
    tell("export csv", &exported, terminal);
    Ok(())
}
