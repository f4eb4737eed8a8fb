//! Tells how a training goes.

use serde_json::json;

use super::super::embed;
use super::super::progress::Meter;
use super::super::quantity::count;
use super::super::terminal::Terminal;
use crate::studio::train::{DataFacts, Progress, TrainEvent};

/// One meter for the embedding, then one for the training.
pub(in crate::cli) struct Watch<'a> {
    terminal: &'a Terminal,
    stage: Stage<'a>,
}

enum Stage<'a> {
    Before,
    Embedding(embed::Watch<'a>),
    Training(Meter<'a>),
}

impl<'a> Watch<'a> {
    pub(in crate::cli) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, stage: Stage::Before }
    }

    pub(in crate::cli) fn tell(&mut self, event: TrainEvent) {
        match event {
            TrainEvent::Warning(warning) => self.terminal.warn(warning),
            TrainEvent::Embed(event) => {
                if !matches!(self.stage, Stage::Embedding(_)) {
                    self.stage = Stage::Embedding(embed::Watch::new(self.terminal));
                }
                if let Stage::Embedding(watch) = &mut self.stage {
                    watch.tell(event);
                }
            }
            TrainEvent::Data(facts) => {
                // The meter before ends first, or two bars would share the screen.
                self.stage = Stage::Before;
                self.show_data(&facts);
                self.stage = Stage::Training(self.terminal.meter("train"));
            }
            TrainEvent::Progress(progress) => self.show(&progress),
            TrainEvent::Saved { step } => {
                self.terminal.event("checkpoint", json!({ "command": "train", "step": step }));
            }
        }
    }

    fn show_data(&self, facts: &DataFacts) {
        let DataFacts { labels, n_tracks, n_segments, n_steps, n_epochs, n_skipped, .. } = facts;
        self.terminal.event(
            "start",
            json!({
                "command": "train", "labels": labels, "tracks": n_tracks, "segments": n_segments,
                "grouped_by": facts.grouped_by, "skipped": n_skipped, "steps": n_steps,
            }),
        );
        let [train, validation, test] = n_tracks;
        self.terminal.note(format_args!(
            "{} of {}; train {train}, validation {validation}, test {test}",
            count(n_segments.iter().sum::<usize>() as u64, "segment"),
            count(labels.len() as u64, "class"),
        ));
        self.terminal.note(format_args!(
            "{} ({n_epochs:.0} times each training segment)",
            count(*n_steps as u64, "step")
        ));
    }

    fn show(&mut self, progress: &Progress) {
        let Progress { step, n_steps, losses, evaluation, best, steps_per_second, remaining } =
            *progress;
        let Stage::Training(meter) = &mut self.stage else { return };
        let accuracy = evaluation.map(|found| found.balanced_accuracy);
        meter.update(
            step as f64 / n_steps.max(1) as f64,
            || {
                let mut words = format!("{step} of {n_steps}, loss {:.3}", losses.total);
                if let Some(accuracy) = accuracy {
                    words += &format!(", validation {accuracy:.3}");
                }
                words += &format!(", {steps_per_second:.0} steps/s");
                words
            },
            || {
                json!({
                    "step": step, "steps": n_steps, "loss": losses.total, "class_loss": losses.class,
                    "prototype_loss": losses.prototype, "diversity": losses.diversity,
                    "validation_balanced_accuracy": accuracy, "best_step": best.map(|(step, _)| step),
                    "steps_per_second": steps_per_second, "seconds_left": remaining.as_secs_f64(),
                })
            },
        );
    }
}
