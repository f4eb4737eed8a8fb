//! `merge`: the tables of shards → one table.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::quantity::count;
use super::terminal::{Terminal, text};
use crate::embeddings::{MergeSummary, merge};

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Tables of one model and one kind, in any order
    #[arg(value_name = "SHARD", required = true)]
    shards: Vec<PathBuf>,
    /// The table to write
    #[arg(short, long, value_name = "TABLE.parquet")]
    output: PathBuf,
}

pub(super) fn run(args: &MergeArgs, global: &Global, terminal: &Terminal) -> Result<(), Failure> {
    let MergeSummary { n_tracks, n_rows, missing } = merge(&args.shards, &args.output)?;
    let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
    terminal.event(
        "done",
        json!({
            "command": "merge", "table": text(&args.output), "tracks": n_tracks, "rows": n_rows, "missing_shards": missing,
        }),
    );
    let missing = missing.join(", ");
    if !missing.is_empty() {
        terminal.warn(format_args!("the table is not whole, these shards are missing: {missing}"));
    }
    let (tracks, rows) = (count(n_tracks as u64, "track"), count(n_rows, "row"));
    terminal.summary(format_args!("{tracks}, {rows} → {}", args.output.display()));
    if global.strict && !missing.is_empty() {
        return Err(Failure::NotWhole { missing });
    }
    Ok(())
}
