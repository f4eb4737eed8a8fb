//! `prototypes nearest`: the training segments nearest to one prototype.

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::number::ordinal;
use super::super::quantity::clock;
use super::super::terminal::Terminal;
use super::super::trained::TrainedArg;
use super::look;
use crate::studio::columns::columns;
use crate::studio::prototypes::PrototypeRow;

/// Arguments of `prototypes nearest`.
#[derive(Debug, Args)]
pub(in super::super) struct NearestArgs {
    #[command(flatten)]
    run: TrainedArg,
    /// The prototype, as in jazz/2
    #[arg(value_name = "NAME")]
    name: String,
    /// Segments to name
    #[arg(short = 'k', long, value_name = "K", default_value_t = 10, value_parser = ordinal, allow_negative_numbers = true)]
    count: usize,
}

pub(super) fn run(args: &NearestArgs, terminal: &Terminal) -> Result<(), Failure> {
    let report = look(&args.run, args.count)?;
    let row = report.find(&args.name)?;
    for near in &row.nearest {
        terminal.event("result", json!(near));
    }
    lines(row).into_iter().for_each(|line| terminal.answer(line));
    terminal.event("done", json!({ "command": "prototypes nearest", "prototype": row.name }));
    Ok(())
}

/// One line a segment; those of other classes are marked.
pub(super) fn lines(row: &PrototypeRow) -> Vec<String> {
    let cells = row.nearest.iter().map(|near| {
        vec![
            format!("  {:.4}", near.distance),
            near.labels.join(", "),
            if near.labels.contains(&row.label) { "" } else { "(!)" }.to_owned(),
            format!("{}–{}", clock(near.start_s), clock(near.end_s)),
            near.track.clone(),
        ]
    });
    columns(&cells.collect::<Vec<_>>(), 5)
}
