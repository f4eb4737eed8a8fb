//! The loop: steps, checkpoints, the end.

use std::time::{Duration, Instant};

use super::TrainError;
use super::event::{Progress, TrainEvent, TrainSummary};
use super::prepare::Prepared;
use crate::classifier::{Classifier, Objective};
use crate::dataset::Split;
use crate::evaluation::best_f1_thresholds;
use crate::job::CancelToken;
use crate::runs::{HistoryRow, RunFolder, State, Status};
use crate::studio::scoring::{Level, Scored};
use crate::training::{self, Evaluation, Identity, Losses, Trainer};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Prototypes of one class that are nearer than this have become one.
const TWIN_DISTANCE: f32 = 1e-3;

/// A run under way.
pub(super) struct Drive {
    pub(super) folder: RunFolder,
    prepared: Prepared,
    trainer: Trainer,
    n_skipped: usize,
}

impl Drive {
    pub(super) fn new(
        folder: RunFolder,
        prepared: Prepared,
        trainer: Trainer,
        n_skipped: usize,
    ) -> Self {
        Self { folder, prepared, trainer, n_skipped }
    }

    /// Takes all steps that are left, and keeps the classifier.
    pub(super) fn run(
        self,
        checkpoint_every: Duration,
        on_event: &mut dyn FnMut(TrainEvent),
        cancel: &CancelToken,
    ) -> Result<TrainSummary, TrainError> {
        let path = self.folder.path().to_owned();
        self.finish_all(checkpoint_every, on_event, cancel).map_err(|error| error.of_run(&path))
    }

    fn finish_all(
        mut self,
        checkpoint_every: Duration,
        on_event: &mut dyn FnMut(TrainEvent),
        cancel: &CancelToken,
    ) -> Result<TrainSummary, TrainError> {
        self.write_status(State::Running)?;
        let (began, first_step) = (Instant::now(), self.trainer.steps_done());
        let (mut saved, mut told) = (Instant::now(), None::<Instant>);
        let mut last = (Losses::default(), None::<Evaluation>);
        while self.trainer.status() == training::Status::Running {
            if cancel.is_cancelled() {
                self.save(on_event)?;
                self.write_status(State::Interrupted)?;
                return Err(TrainError::Cancelled {
                    step: self.trainer.steps_done(),
                    n_steps: self.trainer.n_steps(),
                    path: self.folder.path().to_owned(),
                });
            }
            let report = self.trainer.step()?;
            last = (report.losses, report.evaluation.or(last.1));
            let is_over = self.trainer.status() != training::Status::Running;
            if is_over || told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                told = Some(Instant::now());
                let n_new = self.trainer.steps_done() - first_step;
                on_event(TrainEvent::Progress(self.progress(last, n_new, began.elapsed())));
            }
            if saved.elapsed() >= checkpoint_every {
                self.save(on_event)?;
                saved = Instant::now();
            }
        }
        self.save(on_event)?;
        let classifier = self.classifier()?;
        self.folder.write_classifier(&classifier)?;
        self.finish(&classifier)
    }

    fn progress(
        &self,
        (losses, evaluation): (Losses, Option<Evaluation>),
        n_new: usize,
        elapsed: Duration,
    ) -> Progress {
        let (step, n_steps) = (self.trainer.steps_done(), self.trainer.n_steps());
        let steps_per_second = n_new as f64 / elapsed.as_secs_f64().max(1e-9);
        let left = n_steps.saturating_sub(step) as f64;
        Progress {
            step,
            n_steps,
            losses,
            evaluation,
            best: self.trainer.best(),
            steps_per_second,
            remaining: Duration::from_secs_f64(left / steps_per_second.max(1e-6)),
        }
    }

    fn save(&self, on_event: &mut dyn FnMut(TrainEvent)) -> Result<(), TrainError> {
        self.trainer.checkpoint(&self.folder.checkpoint_path())?;
        let rows: Vec<_> = self.trainer.history().points().iter().map(HistoryRow::from).collect();
        self.folder.write_history(&rows)?;
        on_event(TrainEvent::Saved { step: self.trainer.steps_done() });
        Ok(())
    }

    /// The classifier of the lowest validation loss; where several labels are possible, with the thresholds that suit the
    /// validation tracks best.
    fn classifier(&self) -> Result<Classifier, TrainError> {
        let examples = &self.prepared.examples;
        let classifier = self.trainer.classifier(Identity {
            labels: examples.labels.clone(),
            normalization: self.prepared.normalization,
            embeddings: examples.embeddings.clone(),
        })?;
        let validation = examples.part(Split::Validation);
        if !matches!(classifier.objective(), Objective::Sigmoid { .. })
            || validation.rows.is_empty()
        {
            return Ok(classifier);
        }
        let scored = Scored::of(&classifier, examples, &validation, Level::Track)?;
        let found = best_f1_thresholds(scored.probabilities.view(), &scored.truth)?;
        let mut parts = classifier.parts().clone();
        let thresholds = found.into_iter().map(|threshold| threshold as f32).collect();
        parts.objective = Objective::Sigmoid { thresholds };
        Ok(Classifier::new(parts)?)
    }

    fn finish(&self, classifier: &Classifier) -> Result<TrainSummary, TrainError> {
        let state = match self.trainer.status() {
            training::Status::StoppedEarly => State::StoppedEarly,
            training::Status::Finished | training::Status::Running => State::Finished,
        };
        let examples = &self.prepared.examples;
        let part = examples.part(Split::Validation);
        let validation = match part.rows.is_empty() {
            true => None,
            false => {
                let scored = Scored::of(classifier, examples, &part, Level::Track)?;
                Some(scored.report(classifier)?.summary)
            }
        };
        let accuracy = validation.as_ref().map(|summary| summary.balanced_accuracy);
        self.write_status_with(state, accuracy)?;
        Ok(TrainSummary {
            path: Some(self.folder.path().to_owned()),
            state,
            step: self.trainer.steps_done(),
            best_step: self.trainer.best().map(|(step, _)| step),
            validation,
            labels: examples.labels.clone(),
            n_prototypes: classifier.n_prototypes(),
            twins: classifier.twins(TWIN_DISTANCE),
            n_skipped: self.n_skipped,
            n_test: examples.n_tracks_of(Split::Test),
        })
    }

    pub(super) fn write_status(&mut self, state: State) -> Result<(), TrainError> {
        self.write_status_with(state, None)
    }

    fn write_status_with(&self, state: State, accuracy: Option<f64>) -> Result<(), TrainError> {
        let examples = &self.prepared.examples;
        self.folder.write_status(&Status {
            schema: Status::SCHEMA,
            state,
            step: self.trainer.steps_done(),
            n_steps: self.trainer.n_steps(),
            best_step: self.trainer.best().map(|(step, _)| step),
            validation_accuracy: accuracy,
            labels: examples.labels.clone(),
            grouped_by: examples.grouped_by.clone(),
            n_prototypes: self.trainer.n_prototypes(),
            n_tracks: Split::ALL.map(|split| examples.n_tracks_of(split)),
            n_segments: Split::ALL.map(|split| examples.rows_of(split).len()),
            n_skipped: self.n_skipped,
            model: examples.model.clone(),
            model_fingerprint: examples.embeddings.model_fingerprint.clone(),
            embeddings_fingerprint: examples.embeddings.fingerprint().to_string(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        })?;
        Ok(())
    }
}
