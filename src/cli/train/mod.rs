//! `train`: labeled audio → a run.

mod options;
mod preset;
mod watch;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use self::options::{PrototypeArgs, TrainingArgs};
use self::preset::Preset;
use self::watch::Watch;
use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::model::ModelArg;
use super::number::{not_negative, ordinal, within};
use super::quantity::count;
use super::source::{SourceArgs, Splits};
use super::terminal::{Terminal, text};
use crate::audio::TailPolicy;
use crate::dataset::{DatasetError, Fractions};
use crate::models::Library;
use crate::runs::{DataSettings, RunFolder, RunSettings, list_runs};
use crate::studio::train::{Embeddings, TrainError, TrainJob, TrainSummary, resume, train};
use crate::training;

/// Arguments of `train`.
#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// Labeled audio: a folder or list as `data check` reads it, or a table of `embed` with labels
    #[arg(value_name = "SRC", required_unless_present_any = ["resume", "config"])]
    source: Option<PathBuf>,
    /// Name of the run [default: the source's, numbered if that is taken]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where runs live
    #[arg(long, value_name = "DIR", default_value = "prototypes", env = "PECMAE_RUNS")]
    runs: PathBuf,
    #[command(flatten)]
    model: ModelArg,
    /// Take z from this table, not from the audio; SRC still says the labels, unless it is the table itself
    #[arg(long, value_name = "TABLE.parquet")]
    table: Option<PathBuf>,
    /// What becomes of a last, shorter segment: published, mask, drop or pad
    #[arg(long, value_name = "POLICY", default_value_t)]
    tail: TailPolicy,
    /// The paper's settings: pecmae-1, -3, -5, -10, -20, -40, or pecmae-na-5 without adaptor, for 150 000 steps
    #[arg(long, value_enum, value_name = "NAME")]
    preset: Option<Preset>,
    /// Start from the settings of a run.toml; options given here override them
    #[arg(long, value_name = "run.toml", conflicts_with = "resume")]
    config: Option<PathBuf>,
    #[command(flatten)]
    source_args: SourceArgs,
    #[command(flatten)]
    prototypes: PrototypeArgs,
    #[command(flatten)]
    training: TrainingArgs,
    /// Draws splits, initial prototypes, batches and dropout [default: 0]
    #[arg(long, value_name = "N", value_parser = within(0..=u64::MAX), allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Control: learn from shuffled labels, which must end at chance
    #[arg(long)]
    shuffle_labels: bool,
    /// Go on with this run, to the very numbers of an uninterrupted one
    #[arg(long, value_name = "RUN", conflicts_with_all = ["source", "name", "preset", "table", "seed", "shuffle_labels", "dry_run", "SourceArgs", "PrototypeArgs", "TrainingArgs"])]
    resume: Option<PathBuf>,
    /// With --resume: so many steps beyond its end
    #[arg(long, value_name = "N", requires = "resume", conflicts_with = "source", value_parser = ordinal, allow_negative_numbers = true)]
    add_steps: Option<usize>,
    /// Seconds between checkpoints: what a crash may cost
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = not_negative, allow_negative_numbers = true)]
    checkpoint_every: f64,
    /// Embed and check everything, but write no run
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(
    args: &TrainArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let mut watch = Watch::new(terminal);
    let done = match &args.resume {
        Some(run) => {
            let folder = RunFolder::open(&find(run, &args.runs)?)?;
            resume(
                folder,
                args.add_steps.and_then(NonZeroUsize::new),
                args.checkpoint_every(),
                &mut |event| watch.tell(event),
                &cancel,
            )
        }
        None => {
            let job = args.job(global, terminal)?;
            train(&job, &mut |event| watch.tell(event), &cancel)
        }
    };
    drop(watch);
    finish(&done?, global, terminal)
}

/// A run by its path, or by its name below the folder of runs; a folder that is no run hides none of that name.
pub(super) fn find(run: &Path, runs: &Path) -> Result<PathBuf, Failure> {
    let below = runs.join(run);
    if run.is_file() || RunFolder::open(run).is_ok() {
        return Ok(run.to_owned());
    }
    if RunFolder::open(&below).is_ok() {
        return Ok(below);
    }
    let there = list_runs(runs)?.into_iter().map(|found| found.folder.name()).collect();
    Err(Failure::UnknownRun { run: run.to_owned(), there, runs: runs.to_owned() })
}

impl TrainArgs {
    fn job(&self, global: &Global, terminal: &Terminal) -> Result<TrainJob, Failure> {
        let config = self.config.as_deref().map(RunSettings::read).transpose()?;
        let steps = self.training.steps;
        let configured = config.as_ref().filter(|_| steps.is_none());
        let eval_every = configured.map(|config| config.training.eval_every);
        let eval_every = self.training.eval_every.or(eval_every);
        let mut n_steps = steps.or(config.as_ref().map(|config| config.training.steps));
        let (mut data, mut prototypes, mut training) = match config {
            Some(RunSettings { data, prototypes, training, .. }) => (data, prototypes, training),
            None => (
                data_settings(self.source.clone().unwrap_or_default()),
                PrototypeArgs::defaults(),
                training::Settings::default(),
            ),
        };
        if let Some(preset) = self.preset {
            preset.apply(&mut prototypes, &mut training);
            n_steps = n_steps.or(Some(training.steps));
        }
        self.apply(&mut data);
        self.prototypes.apply(&mut prototypes);
        self.training.apply(&mut training);
        if let Some(seed) = self.seed {
            (data.seed, prototypes.seed, training.seed) = (seed, seed, seed);
        }
        if !data.source.exists() {
            let path = data.source;
            return Err(TrainError::from(DatasetError::Missing { path }).into());
        }
        let is_table = data.source.extension().is_some_and(|extension| extension == "parquet");
        let embeddings = match &self.table {
            Some(table) => Embeddings::Table(table.clone()),
            None if is_table => Embeddings::Table(data.source.clone()),
            None => Embeddings::Model {
                model: Box::new(self.model.open(global, terminal)?),
                precision: global.precision,
                tail: self.tail,
                cache: Library::of_user()?.tables(),
            },
        };
        Ok(TrainJob {
            data,
            embeddings,
            prototypes,
            training,
            n_steps: n_steps.and_then(NonZeroUsize::new),
            eval_every: eval_every.and_then(NonZeroUsize::new),
            runs: self.runs.clone(),
            name: self.name.clone(),
            checkpoint_every: self.checkpoint_every(),
            dry_run: self.dry_run,
        })
    }

    fn checkpoint_every(&self) -> Duration {
        Duration::try_from_secs_f64(self.checkpoint_every).unwrap_or(Duration::MAX)
    }

    fn apply(&self, data: &mut DataSettings) {
        let SourceArgs { layout, audio, group_by, splits } = &self.source_args;
        // As a whole path, so that run.toml means the same from anywhere.
        if let Some(source) = &self.source {
            data.source = std::path::absolute(source).unwrap_or_else(|_| source.clone());
        }
        data.layout = layout.or(data.layout);
        data.audio = audio.clone().or(data.audio.take());
        data.group_by = group_by.clone().or(data.group_by.take());
        if let Some(splits) = splits {
            data.redraw_splits = *splits == Splits::Draw;
            data.gtzan_filtered = *splits == Splits::GtzanFiltered;
        }
        data.shuffle_labels |= self.shuffle_labels;
    }
}

fn data_settings(source: PathBuf) -> DataSettings {
    DataSettings {
        source,
        layout: None,
        audio: None,
        group_by: None,
        gtzan_filtered: false,
        redraw_splits: false,
        fractions: Fractions::default(),
        seed: 0,
        shuffle_labels: false,
    }
}

fn finish(summary: &TrainSummary, global: &Global, terminal: &Terminal) -> Result<(), Failure> {
    let accuracy = summary.validation.as_ref().map(|found| found.balanced_accuracy);
    if let Some((a, b, distance)) = summary.twins.iter().min_by(|x, y| x.2.total_cmp(&y.2)) {
        let pairs = count(summary.twins.len() as u64, "pair");
        terminal.note(format_args!(
            "{pairs} of prototypes of one class have become nearly the same, {a} and {b} most (distance {distance:.1e}); \
             --diversity keeps them apart, fewer --prototypes-per-class may do"
        ));
    }
    let fields = json!({
        "run": summary.path.as_deref().map(text), "state": summary.state, "step": summary.step,
        "best_step": summary.best_step, "validation": summary.validation, "labels": summary.labels,
        "prototypes": summary.n_prototypes, "twins": summary.twins, "skipped": summary.n_skipped,
    });
    let n_prototypes = count(summary.n_prototypes as u64, "prototype");
    let n_classes = summary.labels.len();
    let Some(path) = &summary.path else {
        let line =
            format!("nothing was written: {n_prototypes} of {n_classes} classes would be trained");
        terminal.done("train", fields, line);
        return Ok(());
    };
    let mut line = format!("{}: {n_prototypes} of {n_classes} classes", summary.state);
    match (accuracy, summary.best_step) {
        (Some(accuracy), Some(step)) => {
            line += &format!(
                ", class-balanced accuracy on validation {accuracy:.3} (kept: step {step} of {})",
                summary.step
            );
        }
        _ => line += ", no validation split to measure it on; the last step is kept",
    }
    let skipped = RunFolder::open(path).map(|folder| folder.skipped_path()).unwrap_or_default();
    if summary.n_skipped > 0 {
        line += &format!(", {} skipped (see {})", summary.n_skipped, skipped.display());
    }
    if summary.n_test > 0 {
        terminal.note(format_args!("test it with `pecmae evaluate {}`", path.display()));
    }
    if let (n_skipped @ 1.., true) = (summary.n_skipped, global.strict) {
        terminal.note(format_args!("{line} → {}", path.display()));
        return Err(Failure::Skipped { n_skipped, report: skipped });
    }
    terminal.done("train", fields, format_args!("{line} → {}", path.display()));
    Ok(())
}
