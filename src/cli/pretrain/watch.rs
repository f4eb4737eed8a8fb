//! Tells how a pretraining goes.

use serde_json::json;

use super::super::progress::Meter;
use super::super::quantity::{count, duration};
use super::super::terminal::Terminal;
use crate::pretraining::Measured;
use crate::studio::pretrain::PretrainEvent;

/// One meter a part of the work.
pub(super) struct Watch<'a> {
    terminal: &'a Terminal,
    part: Part,
    meter: Option<Meter<'a>>,
    held_out: Option<f64>,
}

/// What a meter is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    Decoding,
    Latents,
    Steps,
}

impl<'a> Watch<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, part: Part::Nothing, meter: None, held_out: None }
    }

    pub(super) fn tell(&mut self, event: PretrainEvent) {
        match event {
            PretrainEvent::Warning(warning) => self.terminal.warn(warning),
            PretrainEvent::Decoded { n_done, n_files } => self.update(
                Part::Decoding,
                n_done as f64 / n_files.max(1) as f64,
                || format!("{n_done} of {n_files} files"),
                || json!({ "files_done": n_done, "files": n_files }),
            ),
            PretrainEvent::Pool { n_tracks, seconds, n_skipped } => {
                self.close();
                self.terminal.event(
                    "pool",
                    json!({ "tracks": n_tracks, "seconds": seconds, "skipped": n_skipped }),
                );
                let [learned, held_out] = n_tracks;
                self.terminal.note(format_args!(
                    "{} of music to learn from ({}), {} held out ({held_out})",
                    duration(seconds[0]),
                    count(learned as u64, "track"),
                    duration(seconds[1]),
                ));
            }
            PretrainEvent::Latents { n_done, n_crops } => self.update(
                Part::Latents,
                n_done as f64 / n_crops.max(1) as f64,
                || format!("{n_done} of {n_crops} crops"),
                || json!({ "crops_done": n_done, "crops": n_crops }),
            ),
            PretrainEvent::Begun { n_values, step, n_steps } => {
                self.close();
                self.terminal.event(
                    "start",
                    json!({ "command": "pretrain", "parameters": n_values, "step": step, "steps": n_steps }),
                );
                let on = if step > 0 { format!(", going on after {step}") } else { String::new() };
                self.terminal
                    .note(format_args!("{n_values} parameters, {}{on}", count(n_steps, "step")));
            }
            PretrainEvent::Step { step, n_steps, loss, steps_per_second } => {
                let held_out = self.held_out;
                self.update(
                    Part::Steps,
                    step as f64 / n_steps.max(1) as f64,
                    || {
                        let held_out =
                            held_out.map(|loss| format!(", held out {loss:.4}")).unwrap_or_default();
                        format!("{step} of {n_steps}, loss {loss:.4}{held_out}, {steps_per_second:.2} steps/s")
                    },
                    || {
                        json!({
                            "step": step, "steps": n_steps, "loss": loss,
                            "steps_per_second": steps_per_second, "held_out_loss": held_out,
                        })
                    },
                );
            }
            PretrainEvent::Measured(measured) => {
                self.held_out = Some(measured.held_out_loss);
                let Measured { step, training_loss, held_out_loss, figures, seconds } = measured;
                self.terminal.event(
                    "measured",
                    json!({
                        "step": step, "training_loss": training_loss, "held_out_loss": held_out_loss,
                        "figures": figures, "seconds": seconds,
                    }),
                );
            }
            PretrainEvent::Saved { step } => {
                self.terminal.event("checkpoint", json!({ "command": "pretrain", "step": step }));
            }
            PretrainEvent::Codebooks { residuals } => {
                self.close();
                let left = residuals.last().copied().unwrap_or(1.0);
                self.terminal.event("codebooks", json!({ "residuals": residuals }));
                self.terminal.note(format_args!(
                    "{} leave {:.0} % of the latents' variance",
                    count(residuals.len() as u64, "codebook"),
                    100.0 * left
                ));
            }
        }
    }

    fn close(&mut self) {
        self.part = Part::Nothing;
        self.meter = None;
    }

    fn update(
        &mut self,
        part: Part,
        fraction: f64,
        words: impl FnOnce() -> String,
        fields: impl FnOnce() -> serde_json::Value,
    ) {
        if self.part != part {
            // The meter before ends first, or two bars would share the screen.
            self.meter = None;
            self.part = part;
            self.meter = Some(self.terminal.meter(match part {
                Part::Nothing | Part::Steps => "pretrain",
                Part::Decoding => "decode",
                Part::Latents => "latents",
            }));
        }
        if let Some(meter) = &mut self.meter {
            meter.update(fraction, words, fields);
        }
    }
}
