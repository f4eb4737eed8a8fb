//! `merge`: the tables of shards → one table.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::quantity::count;
use super::terminal::{Terminal, text};
use crate::studio::merge::{Merged, merge};

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Tables of one model and one kind, in any order; the lists of skipped files beside them are joined as well
    #[arg(value_name = "SHARD", required = true)]
    shards: Vec<PathBuf>,
    /// The table to write, in a folder that exists
    #[arg(short, long, value_name = "TABLE.parquet")]
    output: PathBuf,
}

pub(super) fn run(
    args: &MergeArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    terminal.event("start", json!({ "command": "merge", "shards": args.shards.len() }));
    let Merged { table, skipped, report } = merge(&args.shards, &args.output, &cancel)?;
    let missing: Vec<_> = table.missing.iter().map(ToString::to_string).collect();
    let names = missing.join(", ");
    if !missing.is_empty() {
        terminal.warn(format_args!("the table is not whole, these shards are missing: {names}"));
    }
    let (tracks, rows) = (count(table.n_tracks as u64, "track"), count(table.n_rows, "row"));
    let n_skipped = skipped.len();
    let skipped = match n_skipped {
        0 => String::new(),
        _ => format!(", {n_skipped} skipped (see {})", report.display()),
    };
    let line = format!("{tracks}, {rows}{skipped} → {}", args.output.display());
    let objection = match (missing.is_empty(), n_skipped) {
        (false, _) => Some(Failure::NotWhole { missing: names }),
        (true, 1..) => Some(Failure::Skipped { n_skipped, report }),
        (true, 0) => None,
    };
    if let Some(objection) = objection.filter(|_| global.strict) {
        terminal.summary(line);
        return Err(objection);
    }
    let fields = json!({
        "table": text(&args.output), "tracks": table.n_tracks, "rows": table.n_rows, "skipped": n_skipped,
        "missing_shards": missing,
    });
    terminal.done("merge", fields, line);
    Ok(())
}
