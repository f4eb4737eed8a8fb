//! `runs list`: the runs below a folder.

use serde_json::json;

use super::super::exit::Failure;
use super::super::run_arg::RunsArg;
use super::super::terminal::{Terminal, text};
use crate::runs::{RunSummary, Status, list_runs};
use crate::studio::columns::columns;

pub(super) fn run(args: &RunsArg, terminal: &Terminal) -> Result<(), Failure> {
    let runs = list_runs(&args.runs)?;
    let mut rows = Vec::new();
    for RunSummary { folder, status, .. } in &runs {
        let (name, path) = (folder.name(), folder.path());
        let Status {
            state, step, n_steps, labels, n_prototypes, validation_accuracy, model, ..
        } = match status {
            Ok(status) => status,
            Err(error) => {
                terminal.warn(error);
                continue;
            }
        };
        terminal.event(
            "result",
            json!({ "name": name, "path": text(path), "status": status.as_ref().ok() }),
        );
        let n_edits = folder.edit_log().map_or(0, |log| log.in_force().len());
        rows.push(vec![
            name,
            state.to_string(),
            model.clone(),
            labels.len().to_string(),
            n_prototypes.to_string(),
            format!("{step}/{n_steps}"),
            validation_accuracy.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.3}")),
            n_edits.to_string(),
        ]);
    }
    if runs.is_empty() {
        terminal.note(format_args!(
            "no run is there; `pecmae train SRC` makes one: {}",
            args.runs.display()
        ));
    }
    if !rows.is_empty() {
        let head =
            ["NAME", "STATE", "MODEL", "CLASSES", "PROTOTYPES", "STEP", "VALIDATION", "EDITS"];
        rows.insert(0, head.map(str::to_owned).to_vec());
        columns(&rows, 3).into_iter().for_each(|line| terminal.answer(line));
    }
    terminal.done_silently("runs list", json!({ "runs": runs.len() }));
    Ok(())
}
