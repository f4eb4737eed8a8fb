//! The same training with several numbers of prototypes: the paper's table, with the ceiling beside it.
//!
//! Every cell is a run of its own, `NAME-kK` or `NAME-kK-foldF`. Finished ones are kept and interrupted ones go on, so that the
//! same sweep, called again, ends where it would have ended.

mod error;
mod table;

use std::num::NonZeroUsize;
use std::path::PathBuf;

pub use error::SweepError;
pub use table::{Ceiling, Cell, Figure, SweepTable};

use crate::classifier::Normalization;
use crate::dataset::Split;
use crate::examples::Examples;
use crate::job::CancelToken;
use crate::runs::{Fold, RunFolder, RunSettings, State, Status};
use crate::studio::evaluate::ceiling;
use crate::studio::scoring::{Level, Scored};
use crate::studio::train::{
    Embeddings, Source, TrainError, TrainEvent, TrainJob, eval_every_for, resume, train,
};

/// What to try.
#[derive(Debug)]
pub struct SweepJob {
    /// The training; its name, if it has one, is the sweep's, and its number of prototypes does not count.
    pub base: TrainJob,
    /// Numbers of prototypes a class.
    pub per_class: Vec<usize>,
    /// Cross-validates in so many folds; `None` takes the splits of a single run.
    pub folds: Option<NonZeroUsize>,
}

/// What a sweep tells while it goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum SweepEvent {
    /// A run is up.
    Run {
        /// Its name.
        name: String,
        /// Its number, from 1, …
        number: usize,
        /// … of how many.
        n_runs: usize,
        /// Whether it was finished before.
        is_kept: bool,
    },
    /// Of the run at hand.
    Train(TrainEvent),
    /// A run cannot be.
    Impossible {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The simple models are being measured.
    Baselines,
}

/// Trains what is missing, measures everything, and writes `NAME-sweep/` beside the runs.
///
/// # Errors
/// A run of that name was made with other settings, training fails for another reason than classes that are too small, a file
/// cannot be written, or the job is cancelled, which leaves a checkpoint.
pub fn sweep(
    job: &SweepJob,
    on_event: &mut dyn FnMut(SweepEvent),
    cancel: &CancelToken,
) -> Result<SweepTable, SweepError> {
    let base = match &job.base.name {
        Some(name) => name.clone(),
        None => Source::read_unsplit(&job.base.data)?.base_name(),
    };
    let folds: Vec<Option<Fold>> = match job.folds {
        None => vec![None],
        Some(of) => (0..of.get()).map(|test| Some(Fold { of: of.get(), test })).collect(),
    };
    let n_runs = job.per_class.len() * folds.len();
    let mut table = SweepTable::new(&base, job.base.runs.join(format!("{base}-sweep")));
    let mut number = 0;
    for fold in folds {
        let mut measured = false;
        for &per_class in &job.per_class {
            number += 1;
            let cell = one(&base, per_class, fold);
            let mut train_job = job.base.clone();
            train_job.name = Some(cell.clone());
            train_job.prototypes.per_class = per_class;
            train_job.data.fold = fold;
            let run = match train_or_keep(&train_job, (number, n_runs), on_event, cancel) {
                Ok(run) => run,
                // Too few segments for this K; fewer prototypes may still do.
                Err(SweepError::Train(error)) if matches!(*error, TrainError::Init(_)) => {
                    let reason = error.to_string();
                    let impossible = reason.clone();
                    on_event(SweepEvent::Impossible { name: cell.clone(), reason });
                    table.cells.push(Cell::impossible(cell, per_class, fold, impossible));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let examples = run.examples()?;
            let trained = run.trained_classifier()?;
            if !measured {
                on_event(SweepEvent::Baselines);
                table.ceilings.extend(ceilings(&examples, trained.normalization(), fold)?);
                table.grouped_by.clone_from(&examples.grouped_by);
                measured = true;
            }
            let figure = |split| -> Result<Option<Figure>, SweepError> {
                let part = examples.part(split);
                if part.rows.is_empty() {
                    return Ok(None);
                }
                let scored = Scored::of(&trained, &examples, &part, Level::Track)?;
                Ok(Some(Figure::of(&scored.report(&trained)?)))
            };
            let status = run.status()?;
            table.cells.push(Cell {
                run: cell,
                per_class,
                fold,
                n_prototypes: trained.n_prototypes(),
                n_parameters: trained.n_parameters(),
                steps: status.step,
                best_step: status.best_step,
                validation: figure(Split::Validation)?,
                test: figure(Split::Test)?,
                impossible: None,
            });
            // After each run, so that a sweep that is stopped leaves what it knows.
            table.write()?;
        }
    }
    table.write()?;
    Ok(table)
}

/// The run of a cell.
fn one(base: &str, per_class: usize, fold: Option<Fold>) -> String {
    match fold {
        None => format!("{base}-k{per_class}"),
        Some(Fold { test, .. }) => format!("{base}-k{per_class}-fold{test}"),
    }
}

fn train_or_keep(
    job: &TrainJob,
    (number, n_runs): (usize, usize),
    on_event: &mut dyn FnMut(SweepEvent),
    cancel: &CancelToken,
) -> Result<RunFolder, SweepError> {
    let name = job.name.clone().unwrap_or_default();
    let path = job.runs.join(&name);
    let run = RunFolder::open(&path).ok();
    let is_kept = match &run {
        Some(run) => {
            check_settings(run, job)?;
            is_finished(run)
        }
        None => false,
    };
    on_event(SweepEvent::Run { name, number, n_runs, is_kept });
    let mut tell = |event| on_event(SweepEvent::Train(event));
    match run {
        Some(run) if is_kept => return Ok(run),
        Some(run) => resume(run, None, job.checkpoint_every, &mut tell, cancel)?,
        None => train(job, &mut tell, cancel)?,
    };
    Ok(RunFolder::open(&path)?)
}

fn is_finished(run: &RunFolder) -> bool {
    let ended = |Status { state, .. }| matches!(state, State::Finished | State::StoppedEarly);
    run.status().is_ok_and(ended) && run.model_path().exists()
}

/// Refuses a run that another training made.
fn check_settings(run: &RunFolder, job: &TrainJob) -> Result<(), SweepError> {
    let found: RunSettings = run.settings()?;
    let mut training = job.training.clone();
    // Where nobody chose the steps, they follow from the data, and evaluations from them.
    training.steps = job.n_steps.map_or(found.training.steps, NonZeroUsize::get);
    training.eval_every = job.eval_every.map_or(eval_every_for(training.steps), NonZeroUsize::get);
    let model = match &job.embeddings {
        Embeddings::Table(_) => None,
        Embeddings::Model { model, precision, tail, .. } => {
            Some([model.fingerprint().to_string(), precision.to_string(), tail.to_string()])
        }
    };
    let found_model = [
        found.embedding.model_fingerprint.clone(),
        found.embedding.precision.clone(),
        found.embedding.tail.clone(),
    ];
    let differing = [
        ("data", found.data != job.data),
        ("prototypes", found.prototypes != job.prototypes),
        ("training", found.training != training),
        ("embedding", model.is_some_and(|model| model != found_model)),
    ];
    let differing: Vec<_> =
        differing.iter().filter(|(_, differs)| *differs).map(|(section, _)| *section).collect();
    match differing.is_empty() {
        true => Ok(()),
        false => Err(SweepError::OtherSettings {
            sections: differing.join(", "),
            path: run.settings_path(),
        }),
    }
}

/// What the probe reaches on the same splits.
fn ceilings(
    examples: &Examples,
    normalization: Normalization,
    fold: Option<Fold>,
) -> Result<Option<Ceiling>, SweepError> {
    let on = |split| -> Result<Option<(String, Figure)>, SweepError> {
        let found = ceiling(examples, normalization, split)?;
        Ok(found.map(|found| (found.name, Figure::of(&found.report))))
    };
    let (validation, test) = (on(Split::Validation)?, on(Split::Test)?);
    let name = validation.as_ref().or(test.as_ref()).map(|(name, _)| name.clone());
    Ok(name.map(|name| Ceiling {
        name,
        fold,
        validation: validation.map(|(_, figure)| figure),
        test: test.map(|(_, figure)| figure),
    }))
}

impl SweepTable {
    fn new(name: &str, folder: PathBuf) -> Self {
        let (cells, ceilings) = (Vec::new(), Vec::new());
        Self { name: name.to_owned(), grouped_by: None, cells, ceilings, folder }
    }
}
