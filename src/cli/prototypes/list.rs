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
        None => {
            terminal.note("");
            legend(&report).into_iter().for_each(|line| terminal.note(line));
        }
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

/// What the columns say.
fn legend(report: &PrototypesReport) -> Vec<String> {
    let segments = count(report.n_segments as u64, "training segment");
    let mut rows = vec![
        (
            "WINS",
            format!("share of {segments} that are more similar to it than to any other prototype"),
        ),
        ("COVERS", "the same share, of the segments of its own class".to_owned()),
        (
            "PURITY",
            "share of its own class among the ten training segments nearest to it".to_owned(),
        ),
    ];
    if let Some(accuracy) = report.validation {
        let tracks = count(report.n_validation as u64, "validation track");
        let balanced = accuracy.balanced;
        let cost = format!(
            "class-balanced accuracy that is lost without it, of {balanced:.3} on {tracks} with all; below 0 it rises"
        );
        rows.push(("COST", cost));
        let blind = "the same if it stays and its similarity is always the usual one";
        rows.push(("BLIND", blind.to_owned()));
    }
    rows.push(("SIBLING", "the nearest other prototype of its class, and its distance".to_owned()));
    rows.push(("STRANGER", "the nearest prototype of another class, and its distance".to_owned()));
    let of_state = |wanted| report.prototypes.iter().any(|row| state(row) == wanted);
    if of_state("dead") {
        rows.push(("dead", "wins no segment of its own class".to_owned()));
    }
    if of_state("off") {
        rows.push(("off", "disabled by an edit".to_owned()));
    }
    let rows = rows.into_iter().map(|(name, words)| vec![name.to_owned(), words]);
    columns(&rows.collect::<Vec<_>>(), 2)
}
