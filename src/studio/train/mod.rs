//! A folder of labeled audio → a run: a classifier that explains itself, and everything that made it.
//!
//! ```text
//! source ─ dataset ─ splits ──┐
//!                             ├─ join ─▶ examples ─▶ k-means ─▶ Trainer ─▶ classifier ─▶ run folder
//! source ─ embed ─ table ─────┘                                  │  ▲
//!                                                            checkpoint (resume)
//! ```

mod control;
mod drive;
mod error;
mod event;
mod prepare;
mod source;
mod start;
mod steps;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

pub use error::TrainError;
pub use event::{DataFacts, Progress, TrainEvent, TrainSummary};
pub use source::Embeddings;
pub use steps::{eval_every_for, steps_for};

use self::drive::Drive;
use self::prepare::Prepared;
pub(in crate::studio) use self::source::Source;
use crate::job::CancelToken;
use crate::runs::{
    DataSettings, EmbeddingSettings, PrototypeSettings, RunFolder, RunSettings, State,
};
use crate::training::{self, Trainer};

/// What to learn, and where to put it.
#[derive(Debug, Clone)]
pub struct TrainJob {
    /// What to learn from.
    pub data: DataSettings,
    /// Where the z come from.
    pub embeddings: Embeddings,
    /// Where prototypes start.
    pub prototypes: PrototypeSettings,
    /// How they move; its `steps` and `eval_every` do not count.
    pub training: training::Settings,
    /// Steps; `None` to take them from the size of the data.
    pub n_steps: Option<NonZeroUsize>,
    /// Steps from one evaluation to the next; `None` for fifty evaluations.
    pub eval_every: Option<NonZeroUsize>,
    /// The folder of runs.
    pub runs: PathBuf,
    /// Name of the run; `None` for one made of the source's name.
    pub name: Option<String>,
    /// Time between checkpoints: what a crash may cost.
    pub checkpoint_every: Duration,
    /// Only says what would be done.
    pub dry_run: bool,
}

/// Learns prototypes.
///
/// # Errors
/// The source is no data set; embedding fails; a class has too few segments; the settings do not fit the data; the run exists;
/// the disk fails; or the job is cancelled, which leaves a checkpoint once training has begun.
pub fn train(
    job: &TrainJob,
    on_event: &mut dyn FnMut(TrainEvent),
    cancel: &CancelToken,
) -> Result<TrainSummary, TrainError> {
    let source = Source::read(&job.data)?;
    let base = source.base_name();
    // What can be known before hours of embedding is said before.
    job.prototypes.check()?;
    RunFolder::check_free(&job.runs, job.name.as_deref())?;
    source.warnings().for_each(|warning| on_event(TrainEvent::Warning(warning)));
    let joined = source.embed_and_join(&job.embeddings, on_event, cancel)?;
    let mut training = job.training.clone();
    let prepared = Prepared::new(joined.examples, &job.data, &training)?;
    let n_train = prepared.data.train().labels.len();
    training.steps = job.n_steps.map_or(steps_for(n_train, training.batch), NonZeroUsize::get);
    training.eval_every = job.eval_every.map_or(eval_every_for(training.steps), NonZeroUsize::get);
    prepared.absent_splits().for_each(|warning| on_event(TrainEvent::Warning(warning)));
    on_event(TrainEvent::Data(prepared.facts(&training, &joined.skipped)));
    let start = start::start(&prepared, &job.prototypes)?;
    let trainer = Trainer::new(training.clone(), prepared.data.clone(), &start)?;
    if job.dry_run {
        return Ok(TrainSummary::dry(&prepared, &trainer, joined.skipped.len()));
    }

    let folder = RunFolder::create(&job.runs, job.name.as_deref(), &base)?;
    let examples = &prepared.examples;
    let settings = RunSettings {
        schema: RunSettings::SCHEMA,
        data: job.data.clone(),
        embedding: EmbeddingSettings {
            model: examples.model.clone(),
            model_fingerprint: examples.embeddings.model_fingerprint.clone(),
            precision: examples.embeddings.precision.clone(),
            tail: examples.embeddings.tail.clone(),
        },
        prototypes: job.prototypes.clone(),
        training,
    };
    let path = folder.path().to_owned();
    let begin = || {
        folder.write_data(&prepared.examples, &joined.skipped, &joined.table)?;
        let mut drive = Drive::new(folder, prepared, trainer, joined.skipped.len());
        drive.write_status(State::Running)?;
        // The settings come last: a folder without them is no run, so that one that died here is not taken for one.
        settings.write(&drive.folder.settings_path())?;
        Ok::<_, TrainError>(drive)
    };
    // What has not become a run must not keep its name from the next.
    let drive = begin().inspect_err(|_| drop(std::fs::remove_dir_all(&path)))?;
    drive.run(job.checkpoint_every, on_event, cancel)
}

/// Goes on with a run: to its end, or `n_more` steps beyond it.
///
/// # Errors
/// The run is damaged or finished, the disk fails, or the job is cancelled, which leaves a checkpoint.
pub fn resume(
    folder: RunFolder,
    n_more: Option<NonZeroUsize>,
    checkpoint_every: Duration,
    on_event: &mut dyn FnMut(TrainEvent),
    cancel: &CancelToken,
) -> Result<TrainSummary, TrainError> {
    let settings = folder.settings()?;
    let skipped = folder.skipped()?;
    let prepared = Prepared::new(folder.examples()?, &settings.data, &settings.training)?;
    on_event(TrainEvent::Data(prepared.facts(&settings.training, &skipped)));
    let checkpoint = folder.checkpoint_path();
    let data = prepared.data.clone();
    let mut trainer = match checkpoint.exists() {
        true => Trainer::resume(&checkpoint, settings.training, data)?,
        false => {
            let start = start::start(&prepared, &settings.prototypes)?;
            Trainer::new(settings.training, data, &start)?
        }
    };
    if let Some(n_more) = n_more {
        trainer.extend(n_more.get());
    }
    // A run that died between its last checkpoint and its model only has to write the model.
    let complete = folder.status().is_ok_and(|status| {
        matches!(status.state, State::Finished | State::StoppedEarly)
            && folder.model_path().exists()
    });
    if complete && trainer.status() != training::Status::Running {
        return Err(TrainError::NothingLeft {
            n_steps: trainer.steps_done(),
            path: folder.path().to_owned(),
        });
    }
    Drive::new(folder, prepared, trainer, skipped.len()).run(checkpoint_every, on_event, cancel)
}
