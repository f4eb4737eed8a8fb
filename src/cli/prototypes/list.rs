//! `prototypes list`: one line a prototype.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::quantity::count;
use super::super::terminal::{Terminal, text};
use super::super::trained::TrainedArg;
use super::{look, percent};
use crate::files::write_atomic;
use crate::studio::check_file;
use crate::studio::columns::columns;
use crate::studio::prototypes::{ClosestRow, PrototypeRow, PrototypesReport};

/// Arguments of `prototypes list`.
#[derive(Debug, Args)]
pub(in super::super) struct ListArgs {
    #[command(flatten)]
    run: TrainedArg,
    /// Also write the list, with all weights, to this file
    #[arg(long, value_name = "FILE.csv")]
    csv: Option<PathBuf>,
}

pub(super) fn run(args: &ListArgs, terminal: &Terminal) -> Result<(), Failure> {
    args.csv.as_deref().map_or(Ok(()), check_file)?;
    let report = look(&args.run, 1)?;
    if let Some(path) = &args.csv {
        let table = report.csv();
        let refused = |source| Failure::Write { source, path: path.clone() };
        write_atomic(path, table.as_bytes()).map_err(refused)?;
    }
    for row in &report.prototypes {
        terminal.event("result", json!(row));
    }
    table(&report).into_iter().for_each(|line| terminal.answer(line));
    let csv = args.csv.as_deref();
    terminal.event(
        "done",
        json!({
            "command": "prototypes list", "prototypes": report.prototypes.len(), "segments": report.n_segments,
            "validation_tracks": report.n_validation, "validation": report.validation, "csv": csv.map(text),
        }),
    );
    match csv {
        Some(path) => terminal.summary(format_args!("→ {}", path.display())),
        None => terminal.note(about(&report)),
    }
    Ok(())
}

fn table(report: &PrototypesReport) -> Vec<String> {
    let header =
        ["NAME", "WINS", "COVERS", "PURITY", "COST", "BLIND", "SIBLING", "", "STRANGER", "", ""];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(report.prototypes.iter().map(|row| {
        let [sibling, stranger] = [&row.sibling, &row.stranger].map(closest);
        let cost = |cost: Option<f64>| cost.map_or_else(String::new, |cost| format!("{cost:+.3}"));
        vec![
            row.name.clone(),
            percent(row.usage),
            percent(row.coverage),
            format!("{:.1}", row.purity),
            cost(row.cost_if_removed),
            cost(row.cost_if_blinded),
            sibling.0,
            sibling.1,
            stranger.0,
            stranger.1,
            state(row).to_owned(),
        ]
    }));
    columns(&rows, 1)
}

fn closest(row: &Option<ClosestRow>) -> (String, String) {
    let cells = |row: &ClosestRow| (row.prototype.clone(), format!("{:.4}", row.distance));
    row.as_ref().map_or_else(Default::default, cells)
}

/// What is amiss, if anything is.
pub(super) fn state(row: &PrototypeRow) -> &'static str {
    match (row.enabled, row.dead) {
        (false, _) => "off",
        (true, true) => "dead",
        (true, false) => "",
    }
}

fn about(report: &PrototypesReport) -> String {
    let segments = count(report.n_segments as u64, "training segment");
    let mut words = format!("wins and covers are shares of {segments}");
    if let Some(accuracy) = report.validation {
        let tracks = count(report.n_validation as u64, "validation track");
        words += &format!(
            "; cost is what the class-balanced accuracy of {tracks}, {:.3} with all, loses without it, blind what it loses if \
             it always says what is usual",
            accuracy.balanced
        );
    }
    words
}
