//! The demonstration: a labeled set that is part of the program → a run with everything in it.
//!
//! ```text
//! program ─ unpack ─▶ folder of audio ─ train ─▶ run ─┬─ evaluate ─▶ figures beside simple models
//!                                                     ├─ sonify ───▶ sounds, heard again
//!                                                     └─ explain ──▶ a right prediction, a wrong one
//! ```
//!
//! Nothing here is done in another way than by the use case of that name; what a stopped demonstration left is gone on with.

mod error;
mod set;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::DemoError;
pub use set::{DemoSet, UnknownSet};

use super::evaluate::{EvaluateEvent, EvaluateJob, Evaluation, On, Prediction, evaluate};
use super::explain::{Asking, ExplainJob, Explanation, explain};
use super::listen::{ListenSettings, Listener};
use super::scoring::Level;
use super::sonify_run::{CANDIDATES, SonifiedRun, SonifyRunEvent, SonifyRunJob, sonify_run};
use super::train::{Embeddings, TrainEvent, TrainJob, TrainSummary, resume, train};
use super::trained::Trained;
use crate::audio::TailPolicy;
use crate::dataset::Split;
use crate::job::CancelToken;
use crate::models::{Library, ModelFolder};
use crate::runs::{DataSettings, PrototypeSettings, RunError, RunFolder, State};
use crate::tensor::Precision;
use crate::training::{self, Diversity, OneCycle};

/// Prototypes of a class.
const PER_CLASS: usize = 5;
/// Share of the class loss. With so few clips, prototypes that are moved themselves, without an adaptor, classify better and depend
/// less on the seed than those of the paper, and a term that keeps those of one class apart costs nothing: so 1000 other clips say.
pub const LAMBDA: f64 = 0.5;
/// Weight of that term.
pub const DIVERSITY: f64 = 1.0;
/// Highest learning rate.
pub const RATE: f64 = 0.003;
/// Steps.
pub const STEPS: NonZeroUsize = NonZeroUsize::new(3000).unwrap();
/// Sounds of a prototype; `sonify` makes more.
pub const TAKES: NonZeroUsize = NonZeroUsize::MIN;
/// Sounds computed together.
const BATCH: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// What a crash may cost.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);
/// Training segments to name beside an explained one.
const NEAREST: usize = 3;

/// What to demonstrate, and where.
#[derive(Debug, Clone)]
pub struct DemoJob {
    /// The set.
    pub set: DemoSet,
    /// The folder of runs.
    pub runs: PathBuf,
    /// Where sets are unpacked, and tables of z kept.
    pub library: Library,
    /// Arithmetic.
    pub precision: Precision,
}

/// Something that the demonstration does, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Unpacks, embeds, learns.
    Train,
    /// Measures on the test split.
    Evaluate,
    /// Renders prototypes and hears them again.
    Sonify,
    /// Says why.
    Explain,
}

/// Which prediction is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// The most confident of those that are right.
    Right,
    /// The most confident of those that are wrong.
    Wrong,
    /// The least confident, where all are right.
    LeastSure,
}

/// What a demonstration tells while it goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum DemoEvent<'a> {
    /// A stage begins; with the folder of audio.
    Begin(Stage, &'a Path),
    /// Of the training.
    Train(TrainEvent),
    /// The training is over; `None` if it had been before.
    Trained(Option<&'a TrainSummary>),
    /// Of the evaluation.
    Evaluate(EvaluateEvent),
    /// The evaluation is over.
    Evaluated(&'a Evaluation),
    /// Of the rendering.
    Sonify(SonifyRunEvent),
    /// The rendering is over.
    Sonified(&'a SonifiedRun),
    /// A prediction and why it was made; with its true labels.
    Explained(Case, &'a [String], &'a Explanation),
}

/// What a demonstration left behind.
#[derive(Debug)]
pub struct Demo {
    /// The run.
    pub run: RunFolder,
    /// The folder of audio.
    pub audio: PathBuf,
    /// What was measured.
    pub evaluation: Evaluation,
    /// What was rendered.
    pub sounds: SonifiedRun,
    /// The file of the last explanation.
    pub explained: Option<PathBuf>,
}

/// How prototypes are learned.
fn settings() -> training::Settings {
    let usual = training::Settings::default();
    training::Settings {
        lambda: LAMBDA,
        diversity: Diversity { weight: DIVERSITY, ..usual.diversity },
        adaptor: None,
        schedule: OneCycle { max_lr: RATE, ..usual.schedule },
        ..usual
    }
}

impl DemoJob {
    /// Name of the run.
    pub fn run_name(&self) -> String {
        format!("demo-{}", self.set)
    }

    fn train_job(&self, model: &ModelFolder, audio: &Path) -> TrainJob {
        TrainJob {
            data: DataSettings::new(audio),
            embeddings: Embeddings::Model {
                model: Box::new(model.clone()),
                precision: self.precision,
                tail: TailPolicy::default(),
                cache: self.library.tables(),
            },
            prototypes: PrototypeSettings { per_class: PER_CLASS, ..PrototypeSettings::default() },
            training: settings(),
            n_steps: Some(STEPS),
            eval_every: None,
            runs: self.runs.clone(),
            name: Some(self.run_name()),
            checkpoint_every: CHECKPOINT_EVERY,
            dry_run: false,
        }
    }
}

/// Trains, measures, renders and explains; the run stays.
///
/// # Errors
/// The disk fails, a foreign run has the name, or the job is cancelled; the next demonstration then goes on from there.
pub fn demo(
    job: &DemoJob,
    on_event: &mut dyn FnMut(DemoEvent<'_>),
    cancel: &CancelToken,
) -> Result<Demo, DemoError> {
    let model = ModelFolder::built_in()?;
    let audio = job.set.unpack(&job.library.demo());
    let audio = audio.map_err(|(path, source)| DemoError::Unpack { source, path })?;
    let audio = std::path::absolute(&audio).unwrap_or(audio);

    on_event(DemoEvent::Begin(Stage::Train, &audio));
    let (run, summary) = trained_run(job, &model, &audio, on_event, cancel)?;
    on_event(DemoEvent::Trained(summary.as_ref()));

    on_event(DemoEvent::Begin(Stage::Evaluate, &audio));
    let measure = EvaluateJob { on: On::Split(Split::Test), level: Level::Track, baselines: true };
    let mut tell = |event| on_event(DemoEvent::Evaluate(event));
    let evaluation = evaluate(&run, &measure, &mut tell, cancel)?;
    on_event(DemoEvent::Evaluated(&evaluation));

    on_event(DemoEvent::Begin(Stage::Sonify, &audio));
    let render = SonifyRunJob {
        only: Vec::new(),
        n_takes: TAKES,
        seed: 0,
        sampler: model.sampler(),
        n_candidates: CANDIDATES,
        n_batch: BATCH,
        check: true,
    };
    let mut tell = |event| on_event(DemoEvent::Sonify(event));
    let sounds = sonify_run(&run, &render, &model, job.precision, &mut tell, cancel)?;
    on_event(DemoEvent::Sonified(&sounds));

    on_event(DemoEvent::Begin(Stage::Explain, &audio));
    let explained = explain_two(&run, &job.library, &evaluation.predictions, on_event, cancel)?;
    Ok(Demo { run, audio, evaluation, sounds, explained })
}

/// The demonstration's run: trained, gone on with, or there already.
fn trained_run(
    job: &DemoJob,
    model: &ModelFolder,
    audio: &Path,
    on_event: &mut dyn FnMut(DemoEvent<'_>),
    cancel: &CancelToken,
) -> Result<(RunFolder, Option<TrainSummary>), DemoError> {
    let path = job.runs.join(job.run_name());
    let mut tell = |event| on_event(DemoEvent::Train(event));
    let run = match RunFolder::open(&path) {
        Ok(run) => run,
        Err(RunError::NoFolder { .. }) => {
            let summary = train(&job.train_job(model, audio), &mut tell, cancel)?;
            return Ok((RunFolder::open(&path)?, Some(summary)));
        }
        Err(error) => return Err(error.into()),
    };
    let settings = run.settings()?;
    let foreign = |what| DemoError::Foreign { what, path: path.clone() };
    if settings.data.source != audio {
        return Err(foreign("audio"));
    }
    if settings.embedding.model_fingerprint != model.fingerprint().to_string() {
        return Err(foreign("weights"));
    }
    match run.status()?.state {
        State::Finished | State::StoppedEarly => Ok((run, None)),
        State::Running | State::Interrupted => {
            let summary = resume(run, None, CHECKPOINT_EVERY, &mut tell, cancel)?;
            Ok((RunFolder::open(&path)?, Some(summary)))
        }
    }
}

/// Explains a right prediction and a wrong one; returns the file of the second.
fn explain_two(
    run: &RunFolder,
    library: &Library,
    predictions: &[Prediction],
    on_event: &mut dyn FnMut(DemoEvent<'_>),
    cancel: &CancelToken,
) -> Result<Option<PathBuf>, DemoError> {
    let trained = Trained::open(run.path())?;
    let known_as = trained.model.as_deref();
    let listener =
        Listener::open(library, &trained.classifier, known_as, &ListenSettings::default())?;
    let training = trained.training(0)?;
    let mut last = None;
    for (case, prediction) in cases(predictions) {
        let job = ExplainJob {
            path: PathBuf::from(&prediction.path),
            asking: Asking {
                // Rather than what it is, or than the runner-up.
                against: prediction.truth.first().filter(|_| case == Case::Wrong).cloned(),
                n_nearest: NEAREST,
                ..Asking::default()
            },
        };
        let found = explain(&job, &trained, training.as_ref(), &listener, &mut |_, _| {}, cancel)?;
        on_event(DemoEvent::Explained(case, &prediction.truth, &found));
        last = Some(job.path);
    }
    Ok(last)
}

fn cases(predictions: &[Prediction]) -> Vec<(Case, &Prediction)> {
    let surest = |is_correct: bool| {
        let found = predictions.iter().filter(|item| item.is_correct() == is_correct);
        found.max_by(|a, b| a.confidence.total_cmp(&b.confidence))
    };
    let least_sure = || predictions.iter().min_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let right = surest(true).map(|item| (Case::Right, item));
    let other = match surest(false) {
        Some(item) => Some((Case::Wrong, item)),
        None => least_sure().map(|item| (Case::LeastSure, item)),
    };
    right.into_iter().chain(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(id: &str, truth: &str, given: &str, confidence: f64) -> Prediction {
        Prediction {
            id: id.to_owned(),
            path: id.to_owned(),
            seconds: None,
            truth: vec![truth.to_owned()],
            given: vec![given.to_owned()],
            confidence,
            probabilities: Vec::new(),
        }
    }

    fn chosen(predictions: &[Prediction]) -> Vec<(Case, &str)> {
        cases(predictions).into_iter().map(|(case, item)| (case, item.id.as_str())).collect()
    }

    #[test]
    fn the_surest_right_and_the_surest_wrong_are_explained() {
        let mut all = vec![
            prediction("a", "x", "x", 0.6),
            prediction("b", "x", "x", 0.9),
            prediction("c", "x", "y", 0.5),
            prediction("d", "x", "y", 0.7),
        ];
        assert_eq!(chosen(&all), [(Case::Right, "b"), (Case::Wrong, "d")]);
        all.truncate(2);
        assert_eq!(chosen(&all), [(Case::Right, "b"), (Case::LeastSure, "a")]);
        assert_eq!(chosen(&[]), []);
    }
}
