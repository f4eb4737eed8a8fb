//! The loop that all stages share: steps, measurements, checkpoints.

use std::time::{Duration, Instant};

use super::work::Work;
use super::{Pace, PretrainError, PretrainEvent};
use crate::job::CancelToken;
use crate::pretraining::Trainer;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Takes all steps that are left. Whatever stops it, a checkpoint is left.
pub(super) fn drive(
    trainer: &mut impl Trainer,
    (work, stage): (&Work, &str),
    pace: &Pace,
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<(), PretrainError> {
    let checkpoint = work.checkpoint(stage);
    let seconds_before = trainer.history().last().map_or(0.0, |measured| measured.seconds);
    let (began, first_step) = (Instant::now(), trainer.n_steps());
    let (mut saved, mut told) = (Instant::now(), None::<Instant>);
    let n_steps = trainer.n_steps_wanted();
    on_event(PretrainEvent::Begun {
        n_values: trainer.n_values(),
        step: trainer.n_steps(),
        n_steps,
    });
    while trainer.n_steps() < n_steps {
        if cancel.is_cancelled() {
            trainer.save(&checkpoint)?;
            return Err(PretrainError::Cancelled { step: trainer.n_steps() });
        }
        let loss = trainer.step()?;
        let step = trainer.n_steps();
        if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) || step == n_steps {
            told = Some(Instant::now());
            let steps_per_second = (step - first_step) as f64 / began.elapsed().as_secs_f64();
            on_event(PretrainEvent::Step { step, n_steps, loss, steps_per_second });
        }
        let is_measured = step.is_multiple_of(pace.measure_every) || step == n_steps;
        if is_measured {
            let seconds = seconds_before + began.elapsed().as_secs_f64();
            let measured = trainer.measure(seconds)?;
            work.write_history(stage, trainer.history())?;
            on_event(PretrainEvent::Measured(measured));
        }
        if step == n_steps || saved.elapsed() >= pace.checkpoint_every {
            trainer.save(&checkpoint)?;
            saved = Instant::now();
            on_event(PretrainEvent::Saved { step });
        }
    }
    Ok(())
}
