//! Learning from the window: what a folder will be read as, a training, the demonstration; on a worker.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::job::Worker;
use super::{Told, name_of};
use crate::audio::TailPolicy;
use crate::models::{BUILT_IN, Library};
use crate::runs::{DataSettings, HistoryRow, PrototypeSettings, RunFolder};
use crate::studio::data::{self, CheckJob, DataReport};
use crate::studio::demo::{DemoEvent, DemoJob, DemoSet, Stage, demo};
use crate::studio::embed;
use crate::studio::models::choose;
use crate::studio::sonify_run::SonifyRunEvent;
use crate::studio::train::{
    DataFacts, Embeddings, Progress, TrainEvent, TrainJob, TrainSummary, resume, train,
};
use crate::tensor::Precision;
use crate::training;

/// What a crash may cost.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);

/// Something to learn.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gui) enum Lesson {
    /// Prototypes of labeled audio.
    Train {
        /// A folder or list.
        source: PathBuf,
        /// Name of the run; `None` for one made of the source's name.
        name: Option<String>,
        /// The model; `None` for the only one there is.
        model: Option<String>,
        /// Prototypes of a class.
        per_class: usize,
        /// The folder of runs.
        runs: PathBuf,
    },
    /// The rest of a run.
    Resume(PathBuf),
    /// The demonstration.
    Demo {
        /// Of which set.
        set: DemoSet,
        /// The folder of runs.
        runs: PathBuf,
    },
}

/// What labeled audio will be read as, and what it can be learned with.
#[derive(Debug)]
pub(in crate::gui) struct Checked {
    /// The report of `data check`.
    pub(in crate::gui) report: DataReport,
    /// Names of the models that are there; of one there is no choice.
    pub(in crate::gui) models: Vec<String>,
}

/// What a job that learns tells.
#[derive(Debug)]
pub(in crate::gui) enum News {
    /// Something is probably not as it was meant.
    Warning(String),
    /// This is what is learned from.
    Data(DataFacts),
    /// What was measured before, of a run that is gone on with.
    Before(Vec<HistoryRow>),
    /// Steps have been done.
    Progress(Progress),
    /// It is over, and the run is there.
    Done(PathBuf),
    /// Somebody stopped it; in words, what is left of it.
    Stopped(String),
    /// It failed, for this reason.
    Failed(String),
}

impl Lesson {
    /// In words.
    pub(in crate::gui) fn title(&self) -> String {
        match self {
            Self::Train { source, .. } => format!("train on {}", name_of(source)),
            Self::Resume(run) => format!("go on with {}", name_of(run)),
            Self::Demo { set, .. } => format!("demonstration, {set}"),
        }
    }
}

/// Says what labeled audio will be read as.
pub(super) fn check(source: PathBuf, library: Option<&Library>, worker: &Worker) {
    let mut tell = |n_done: usize, n: usize| {
        worker.progress(n_done as f32 / n.max(1) as f32, format!("file {n_done} of {n}"));
    };
    let report = data::check(&CheckJob::new(&source), &mut tell, &worker.job.cancel);
    let checked = report.map_err(|error| error.to_string()).and_then(|report| {
        let there = library.map(Library::list).transpose().map_err(|error| error.to_string())?;
        let mut models: Vec<_> = there.into_iter().flatten().map(|listed| listed.name).collect();
        if models.is_empty() {
            models.push(BUILT_IN.to_owned());
        }
        Ok(Box::new(Checked { report, models }))
    });
    worker.voice.tell(Told::Checked(source, checked));
}

/// Learns, and tells how it goes.
pub(super) fn learn(lesson: Lesson, library: &Library, worker: &Worker) {
    let done = match lesson {
        Lesson::Train { source, name, model, per_class, runs } => {
            trained(&source, name, model.as_deref(), per_class, runs, library, worker)
        }
        Lesson::Resume(run) => resumed(&run, worker),
        Lesson::Demo { set, runs } => demonstrated(set, runs, library, worker),
    };
    worker.voice.tell(Told::Learning(match done {
        Ok(run) => News::Done(run),
        Err(reason) if worker.job.cancel.is_cancelled() => News::Stopped(reason),
        Err(reason) => News::Failed(reason),
    }));
}

fn trained(
    source: &Path,
    name: Option<String>,
    model: Option<&str>,
    per_class: usize,
    runs: PathBuf,
    library: &Library,
    worker: &Worker,
) -> Result<PathBuf, String> {
    let model = choose(library, model).map_err(|error| error.to_string())?.model;
    let source = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    let job = TrainJob {
        data: DataSettings::new(&source),
        embeddings: Embeddings::Model {
            model: Box::new(model),
            precision: Precision::F32,
            tail: TailPolicy::default(),
            cache: library.tables(),
        },
        prototypes: PrototypeSettings { per_class, ..PrototypeSettings::default() },
        training: training::Settings::default(),
        n_steps: None,
        eval_every: None,
        runs,
        name,
        checkpoint_every: CHECKPOINT_EVERY,
        dry_run: false,
    };
    let summary = train(&job, &mut |event| tell(event, Shares::OF_ALL, worker), &worker.job.cancel);
    run_of(summary.map_err(|error| error.to_string())?)
}

fn resumed(run: &Path, worker: &Worker) -> Result<PathBuf, String> {
    let folder = RunFolder::open(run).map_err(|error| error.to_string())?;
    let before = folder.history().map_err(|error| error.to_string())?;
    worker.voice.tell(Told::Learning(News::Before(before)));
    let mut tell = |event| tell(event, Shares::OF_ALL, worker);
    let summary = resume(folder, None, CHECKPOINT_EVERY, &mut tell, &worker.job.cancel);
    run_of(summary.map_err(|error| error.to_string())?)
}

/// Only a dry run has none, and nothing here is dry.
fn run_of(summary: TrainSummary) -> Result<PathBuf, String> {
    summary.path.ok_or_else(|| "nothing was written".to_owned())
}

fn demonstrated(
    set: DemoSet,
    runs: PathBuf,
    library: &Library,
    worker: &Worker,
) -> Result<PathBuf, String> {
    let job = DemoJob { set, runs, library: library.clone(), precision: Precision::F32 };
    let mut on_event = |event: DemoEvent<'_>| match event {
        DemoEvent::Train(event) => tell(event, Shares::OF_DEMO, worker),
        DemoEvent::Begin(Stage::Evaluate, _) => worker.progress(0.4, "measure".to_owned()),
        DemoEvent::Sonify(SonifyRunEvent::Render(progress)) => {
            let words = format!("sound {} of {}", progress.n_done, progress.n_items);
            worker.progress(0.4 + 0.5 * progress.fraction() as f32, words);
        }
        DemoEvent::Sonify(SonifyRunEvent::Check { n_done, n_items }) => {
            let share = n_done as f32 / n_items.max(1) as f32;
            worker.progress(0.9 + 0.1 * share, format!("hear sound {n_done} of {n_items}"));
        }
        _ => {}
    };
    let done = demo(&job, &mut on_event, &worker.job.cancel);
    Ok(done.map_err(|error| error.to_string())?.run.path().to_owned())
}

/// From where to where a training fills the bar of its job.
#[derive(Clone, Copy)]
struct Shares {
    listening: (f32, f32),
    steps: (f32, f32),
}

impl Shares {
    /// The bar says the same as the words beside it, which are of one thing after the other.
    const OF_ALL: Self = Self { listening: (0.0, 1.0), steps: (0.0, 1.0) };
    /// Sounds follow.
    const OF_DEMO: Self = Self { listening: (0.0, 0.2), steps: (0.2, 0.4) };
}

/// Tells of a training.
fn tell(event: TrainEvent, shares: Shares, worker: &Worker) {
    let filled = |(from, to): (f32, f32), done: f32| from + (to - from) * done;
    match event {
        TrainEvent::Warning(warning) => {
            worker.voice.tell(Told::Learning(News::Warning(warning)));
        }
        TrainEvent::Embed(embed::Event::Progress(progress)) => {
            let words =
                format!("listen to file {} of {}", progress.n_tracks_done, progress.n_tracks);
            worker.progress(filled(shares.listening, progress.fraction() as f32), words);
        }
        TrainEvent::Data(facts) => worker.voice.tell(Told::Learning(News::Data(facts))),
        TrainEvent::Progress(progress) => {
            let done = progress.step as f32 / progress.n_steps.max(1) as f32;
            let words = format!(
                "step {} of {}, {:.0} s left",
                progress.step,
                progress.n_steps,
                progress.remaining.as_secs_f64()
            );
            worker.progress(filled(shares.steps, done), words);
            worker.voice.tell(Told::Learning(News::Progress(progress)));
        }
        TrainEvent::Embed(_) | TrainEvent::Saved { .. } => {}
    }
}
