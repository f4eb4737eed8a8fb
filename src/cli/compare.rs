//! `compare`: runs side by side.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::args::Global;
use super::evaluate::{LevelArg, split};
use super::exit::Failure;
use super::run_arg::RunsArg;
use super::terminal::Terminal;
use crate::dataset::Split;
use crate::evaluation::{Comparison, Difference, Interval, Report};
use crate::studio::columns::columns;
use crate::studio::compare::{ComparedRun, ComparedRuns, Pair, compare_runs};

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Runs, by name or folder; the first is compared with each other one
    #[arg(value_name = "RUN", required = true, num_args = 2..)]
    run: Vec<PathBuf>,
    #[command(flatten)]
    runs: RunsArg,
    /// Which tracks: train, validation or test
    #[arg(long, value_name = "SPLIT", default_value = "test", value_parser = split())]
    split: Split,
    /// What is counted: tracks, the mean of their segments, or segments
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = LevelArg::Track)]
    level: LevelArg,
}

pub(super) fn run(args: &CompareArgs, global: &Global, terminal: &Terminal) -> Result<(), Failure> {
    global.start_threads()?;
    let folders = args.run.iter().map(|run| args.runs.open(run));
    let folders = folders.collect::<Result<Vec<_>, _>>()?;
    let found = compare_runs(&folders, args.split, args.level.level())?;
    let ComparedRuns { runs, pairs } = &found;
    runs.iter().for_each(|run| terminal.event("result", json!(run)));
    table(runs).into_iter().for_each(|line| terminal.answer(line));
    for pair in pairs {
        terminal.event("pair", json!(pair));
        tell(pair, args, terminal);
    }
    let fields = json!({ "runs": runs.len(), "split": args.split });
    terminal.done_silently("compare", fields);
    Ok(())
}

fn table(runs: &[ComparedRun]) -> Vec<String> {
    let head = [
        "RUN",
        "BALANCED",
        "95 % INTERVAL",
        "ACCURACY",
        "MACRO F1",
        "ROC-AUC",
        "95 % INTERVAL",
        "N",
        "PROTOTYPES",
        "PARAMETERS",
        "EDITS",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(runs.iter().map(|run| {
        let Report { summary, intervals, n, .. } = &run.report;
        let words = |interval: Option<Interval>| {
            let between = |i: Interval| format!("{:.3} to {:.3}", i.lower, i.upper);
            interval.map_or_else(|| "too few".to_owned(), between)
        };
        let interval = intervals.as_ref();
        vec![
            run.name.clone(),
            format!("{:.3}", summary.balanced_accuracy),
            words(interval.map(|found| found.balanced_accuracy)),
            format!("{:.3}", summary.accuracy),
            format!("{:.3}", summary.macro_f1),
            summary.roc_auc.map_or_else(|| "–".to_owned(), |auc| format!("{auc:.3}")),
            words(interval.and_then(|found| found.roc_auc)),
            n.to_string(),
            run.n_prototypes.to_string(),
            run.n_parameters.to_string(),
            run.n_edits.to_string(),
        ]
    }));
    columns(&rows, 1)
}

fn tell(pair: &Pair, args: &CompareArgs, terminal: &Terminal) {
    let Pair { first, second, comparison, reason } = pair;
    terminal.answer("");
    if let Some(reason) = reason {
        terminal.answer(format_args!("{second} and {first} cannot be compared: {reason}"));
    }
    let Some(found) = comparison else { return };
    let Comparison {
        n,
        n_units,
        accuracy,
        mean_recall,
        roc_auc,
        only_first_right,
        only_second_right,
        ..
    } = found;
    let noun = match args.level {
        LevelArg::Track => "tracks",
        LevelArg::Segment => "segments",
    };
    let units = if n_units < n { format!(" in {n_units} groups") } else { String::new() };
    terminal.answer(format_args!("{second} less {first}, on the same {n} {noun}{units}"));
    let figures = [
        ("class-balanced accuracy", Some(mean_recall)),
        ("accuracy", Some(accuracy)),
        ("ROC-AUC", roc_auc.as_ref()),
    ];
    for (name, figure) in figures.into_iter().filter_map(|(name, figure)| Some((name, figure?))) {
        terminal.answer(format_args!("  {name:<23}  {}", difference(figure)));
    }
    terminal.answer(format_args!(
        "  right alone              {second} {only_second_right}, {first} {only_first_right}; McNemar p = {:.3}",
        found.mcnemar_p
    ));
}

/// `+0.010 (95 % interval −0.020 to +0.040, may be chance)`
fn difference(figure: &Difference) -> String {
    let interval = figure.interval.map(|Interval { lower, upper }| {
        let verdict = if lower > 0.0 || upper < 0.0 { "" } else { ", may be chance" };
        format!(" (95 % interval {lower:+.3} to {upper:+.3}{verdict})")
    });
    let interval = interval.unwrap_or_else(|| " (too few for an interval)".to_owned());
    format!("{:+.3}{interval}", figure.difference)
}
