//! `prototypes show`: everything about one prototype.

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::quantity::count;
use super::super::terminal::Terminal;
use super::super::trained::TrainedArg;
use super::list::state;
use super::{look, nearest, percent};
use crate::studio::prototypes::{ClosestRow, PrototypeRow, PrototypesReport};

/// Arguments of `prototypes show`.
#[derive(Debug, Args)]
pub(in super::super) struct ShowArgs {
    #[command(flatten)]
    run: TrainedArg,
    /// The prototype, as in jazz/2
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(args: &ShowArgs, terminal: &Terminal) -> Result<(), Failure> {
    let report = look(&args.run, 5)?;
    let row = report.find(&args.name)?;
    terminal.event("result", json!(row));
    let line = |key: &str, words: String| terminal.answer(format_args!("{key:<9} {words}"));
    let state = match state(row) {
        "" => String::new(),
        state => format!(", {state}"),
    };
    terminal.answer(format_args!("{}   class {}{state}", row.name, row.label));
    let segments = count(report.n_segments as u64, "training segment");
    line("wins", format!("{} of {segments}", percent(row.usage)));
    line("covers", format!("{} of those of {}", percent(row.coverage), row.label));
    line("purity", format!("{:.1} of the ten nearest are {}", row.purity, row.label));
    line("cost", cost(&report, row));
    let closest = |row: &ClosestRow| format!("{} at {:.4}", row.prototype, row.distance);
    line("sibling", row.sibling.as_ref().map_or("none".to_owned(), closest));
    line("stranger", row.stranger.as_ref().map_or("none".to_owned(), closest));
    let weights =
        row.weights.iter().map(|weight| format!("{} {:+.2}", weight.class, weight.weight));
    line("weights", weights.collect::<Vec<_>>().join("   "));
    line("usual", format!("similarity {:.3}", row.usual));
    terminal.answer("nearest in training");
    nearest::lines(row).into_iter().for_each(|line| terminal.answer(line));
    terminal.event("done", json!({ "command": "prototypes show", "prototype": row.name }));
    Ok(())
}

fn cost(report: &PrototypesReport, row: &PrototypeRow) -> String {
    match (row.cost_if_removed, row.cost_if_blinded, report.validation) {
        (Some(removed), Some(blinded), Some(accuracy)) => {
            let tracks = count(report.n_validation as u64, "validation track");
            format!(
                "{removed:+.3} if removed, {blinded:+.3} if blinded, of a class-balanced accuracy of {:.3} on {tracks}",
                accuracy.balanced
            )
        }
        _ => "not known without a validation split".to_owned(),
    }
}
