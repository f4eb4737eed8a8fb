//! `prototypes report`: all prototypes together.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::quantity::count;
use super::super::terminal::{Terminal, text};
use super::super::trained::TrainedArg;
use super::percent;
use crate::evaluation::Accuracy;
use crate::files::write_atomic;
use crate::studio::check_file;
use crate::studio::columns::columns;
use crate::studio::prototypes::{self, ModelReport, PrototypesJob, PrototypesReport};

/// Points of the curve that are printed; `--json` and -o have them all.
const POINTS: usize = 10;

/// Arguments of `prototypes report`.
#[derive(Debug, Args)]
pub(in super::super) struct ReportArgs {
    #[command(flatten)]
    run: TrainedArg,
    /// Draws the random control
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write everything, every prototype included, to this file
    #[arg(short, long, value_name = "FILE.json")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &ReportArgs, terminal: &Terminal) -> Result<(), Failure> {
    args.output.as_deref().map_or(Ok(()), check_file)?;
    let job = PrototypesJob { n_nearest: 10, model: true, seed: args.seed };
    let report = prototypes::report(&args.run.open()?, &job)?;
    let everything = json!(report);
    if let Some(path) = &args.output {
        let refused = |source| Failure::Write { source, path: path.clone() };
        write_atomic(path, format!("{everything:#}\n").as_bytes()).map_err(refused)?;
    }
    terminal.event("result", everything);
    if let Some(model) = &report.model {
        words(&report, model).into_iter().for_each(|line| terminal.answer(line));
    }
    let output = args.output.as_deref();
    terminal.event(
        "done",
        json!({
            "command": "prototypes report", "prototypes": report.prototypes.len(), "output": output.map(text),
        }),
    );
    if let Some(path) = output {
        terminal.summary(format_args!("everything → {}", path.display()));
    }
    Ok(())
}

fn words(report: &PrototypesReport, model: &ModelReport) -> Vec<String> {
    let mut lines = vec!["prototypes in use".to_owned()];
    let in_use = model.effective.iter().map(|row| {
        let of = format!("of {}", row.n_prototypes);
        vec![format!("  {}", row.class), format!("{:.1}", row.effective), of]
    });
    lines.extend(columns(&in_use.collect::<Vec<_>>(), 1));
    let distance = |d: Option<f64>| d.map_or("none".to_owned(), |d| format!("{d:.4}"));
    lines.push(format!(
        "mean distance   within classes {}, between {}",
        distance(model.within_class_distance),
        distance(model.between_class_distance)
    ));
    lines.push(format!("evidence        {} negative", percent(model.negative_evidence)));
    let Some(whole) = report.validation else {
        lines.push("no validation split, so no pruning curve and no controls".to_owned());
        return lines;
    };
    let tracks = count(report.n_validation as u64, "validation track");
    let header = [format!("accuracy on {tracks}"), "balanced".to_owned(), "plain".to_owned()];
    let row = |name: &str, accuracy: &Accuracy| {
        vec![name.to_owned(), format!("{:.3}", accuracy.balanced), format!("{:.3}", accuracy.plain)]
    };
    let mut rows = vec![header.to_vec(), row("  as it is", &whole)];
    for control in &model.controls {
        let name = match control.control {
            "snapped" => "  prototypes snapped to training segments",
            "permuted" => "  prototypes permuted between classes",
            _ => "  random vectors for prototypes",
        };
        rows.push(row(name, &control.accuracy));
    }
    lines.push(String::new());
    lines.extend(columns(&rows, 1));
    lines.push(String::new());
    lines.extend(curves(model));
    lines
}

/// Both curves, beside each other.
fn curves(model: &ModelReport) -> Vec<String> {
    let words = ["prototypes kept", "balanced", "plain", "folded: balanced", "plain"];
    let mut rows = vec![words.map(str::to_owned).to_vec()];
    let points = model.pruning.iter().zip(&model.folding).enumerate();
    let (step, last) = (points.len().div_ceil(POINTS).max(1), points.len().saturating_sub(1));
    for (_, (pruned, folded)) in points.filter(|(i, _)| i % step == 0 || *i == last) {
        let mut cells = vec![format!("  {}", pruned.n_kept)];
        for accuracy in [pruned.accuracy, folded.accuracy] {
            cells.extend([accuracy.balanced, accuracy.plain].map(|value| format!("{value:.3}")));
        }
        rows.push(cells);
    }
    let mut lines = columns(&rows, 1);
    lines.push("  (folded: those that are gone leave their usual part in the biases)".to_owned());
    lines
}
