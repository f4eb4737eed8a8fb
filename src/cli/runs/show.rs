//! `runs show`: what there is to know about a run.

use serde_json::json;

use super::super::exit::Failure;
use super::super::quantity::count;
use super::super::run_arg::RunArg;
use super::super::terminal::{Terminal, text};
use crate::dataset::Split;
use crate::runs::{RunFolder, RunSettings, Status};
use crate::training::ClassLoss;

pub(super) fn run(args: &RunArg, terminal: &Terminal) -> Result<(), Failure> {
    let run = args.open()?;
    let (settings, status) = (run.settings()?, run.status()?);
    let n_edits = run.edit_log()?.in_force().len();
    terminal.event(
        "result",
        json!({
            "name": run.name(), "path": text(run.path()), "settings": settings, "status": status, "edits_in_force": n_edits,
            "evaluations": evaluations(&run), "sounds": run.sounds_path().exists(),
        }),
    );
    let line = |key: &str, words: String| terminal.answer(format_args!("{key:<11} {words}"));
    let Status { state, step, n_steps, best_step, validation_accuracy, labels, .. } = &status;
    line("run", format!("{} ({})", run.name(), run.path().display()));
    let best = best_step.map_or_else(String::new, |best| format!(", kept: step {best}"));
    line("state", format!("{state}, step {step} of {n_steps}{best}"));
    if let Some(accuracy) = validation_accuracy {
        line("validation", format!("class-balanced accuracy {accuracy:.3}"));
    }
    line("source", settings.data.source.display().to_string());
    line("classes", format!("{}: {}", labels.len(), labels.join(", ")));
    for (split, (n_tracks, n_segments)) in
        Split::ALL.iter().zip(status.n_tracks.iter().zip(&status.n_segments))
    {
        let segments = count(*n_segments as u64, "segment");
        line(&split.to_string(), format!("{} in {segments}", count(*n_tracks as u64, "track")));
    }
    line("groups", format!("grouped by: {}", status.grouped_by.as_deref().unwrap_or("none (!)")));
    if status.n_skipped > 0 {
        line("skipped", format!("{} (see {})", status.n_skipped, run.skipped_path().display()));
    }
    let RunSettings { embedding, prototypes, training, .. } = &settings;
    let fingerprint: String = embedding.model_fingerprint.chars().take(12).collect();
    line(
        "model",
        format!(
            "{} ({fingerprint}), {}, tail {}",
            embedding.model, embedding.precision, embedding.tail
        ),
    );
    let adaptor = if training.adaptor.is_some() { "with adaptor" } else { "without adaptor" };
    line(
        "prototypes",
        format!("{} a class, {} in all, {adaptor}", prototypes.per_class, status.n_prototypes),
    );
    let loss = match training.class_loss {
        ClassLoss::CrossEntropy { temperature } => format!("softmax at temperature {temperature}"),
        ClassLoss::BinaryCrossEntropy => "binary, several labels a track".to_owned(),
    };
    line("loss", format!("{loss}, λ {}", training.lambda));
    line("edits", count(n_edits as u64, "edit") + " in force");
    for name in evaluations(&run) {
        line("evaluated", run.evaluations_path().join(name).display().to_string());
    }
    if run.sounds_path().exists() {
        line("sounds", run.sounds_path().display().to_string());
    }
    line("made by", format!("pecmae {}", status.tool_version));
    terminal.done_silently("runs show", json!({ "name": run.name() }));
    Ok(())
}

/// What the run was measured on.
fn evaluations(run: &RunFolder) -> Vec<String> {
    let entries = std::fs::read_dir(run.evaluations_path()).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
