//! `sweep`: the same training with several numbers of prototypes.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::number;
use super::run_arg::RunsArg;
use super::terminal::{Terminal, text};
use super::train::{JobArgs, Watch};
use crate::studio::sweep::{SweepEvent, SweepJob, SweepTable, sweep};
use crate::studio::train::TrainEvent;

/// Arguments of `sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    /// Labeled audio: a folder or list as `data check` reads it, or a table of `embed` with labels
    #[arg(value_name = "SRC", required_unless_present = "config")]
    source: Option<PathBuf>,
    /// Name of the sweep; its runs are called NAME-k1, NAME-k3, … [default: the source's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    runs: RunsArg,
    /// Prototypes of each class, one run each
    #[arg(
        short = 'k',
        long,
        value_name = "K,K,…",
        value_delimiter = ',',
        default_value = "1,3,5,10,20,40"
    )]
    #[arg(value_parser = number::ordinal, allow_negative_numbers = true, help_heading = "Prototypes")]
    prototypes_per_class: Vec<usize>,
    /// Cross-validate: so many folds in place of splits, one run each
    #[arg(long, value_name = "N", value_parser = number::within(2..=1000_usize), allow_negative_numbers = true)]
    folds: Option<usize>,
    #[command(flatten)]
    job: JobArgs,
}

pub(super) fn run(
    args: &SweepArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let (source, name) = (args.source.as_deref(), args.name.as_deref());
    let base = args.job.job(source, name, &args.runs.runs, global, terminal)?;
    let mut per_class = args.prototypes_per_class.clone();
    per_class.sort_unstable();
    per_class.dedup();
    let job = SweepJob { base, per_class, folds: args.folds.and_then(NonZeroUsize::new) };
    terminal.event(
        "start",
        json!({ "command": "sweep", "per_class": job.per_class, "folds": args.folds }),
    );
    let (mut watch, mut told) = (None, BTreeSet::new());
    let mut tell = |event| match event {
        SweepEvent::Run { name, number, n_runs, is_kept } => {
            // The meter of the run before ends first.
            watch = None;
            terminal.event(
                "run",
                json!({ "run": name, "number": number, "runs": n_runs, "kept": is_kept }),
            );
            let kept = if is_kept { " (finished before)" } else { "" };
            terminal.note(format_args!("run {number} of {n_runs}: {name}{kept}"));
        }
        // The runs share their data, so each would say the same.
        SweepEvent::Train(TrainEvent::Warning(warning)) if !told.insert(warning.clone()) => {}
        SweepEvent::Train(event) => {
            watch.get_or_insert_with(|| Watch::new(terminal)).tell(event);
        }
        SweepEvent::Impossible { name, reason } => {
            watch = None;
            terminal.warn(format_args!("no run {name}: {reason}"));
        }
        SweepEvent::Baselines => {
            watch = None;
            terminal.note("measuring the ceiling");
        }
    };
    let done = sweep(&job, &mut tell, &cancel);
    drop(watch);
    let table: SweepTable = done?;
    terminal.event("result", serde_json::to_value(&table).unwrap_or(Value::Null));
    terminal.answer(table.text());
    let n_impossible = table.cells.iter().filter(|cell| cell.impossible.is_some()).count();
    let fields = json!({
        "runs": table.cells.len(), "impossible": n_impossible, "folder": text(&table.folder),
    });
    let csv = table.folder.join("table.csv");
    let line = format!("{} runs → {}", table.cells.len() - n_impossible, csv.display());
    let failure = match n_impossible {
        n_findings @ 1.. if global.strict => Some(Failure::Findings { n_findings }),
        _ => None,
    };
    terminal.end("sweep", fields, line, failure)
}
