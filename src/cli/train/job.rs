//! What decides a training, apart from its name and its number of prototypes: shared by `train` and `sweep`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::super::args::Global;
use super::super::exit::Failure;
use super::super::model::ModelArg;
use super::super::number::{not_negative, within};
use super::super::source::{SourceArgs, Splits};
use super::super::terminal::Terminal;
use super::options::{PrototypeArgs, TrainingArgs};
use super::preset::Preset;
use crate::audio::TailPolicy;
use crate::dataset::DatasetError;
use crate::models::Library;
use crate::runs::{DataSettings, PrototypeSettings, RunSettings};
use crate::studio::train::{Embeddings, TrainError, TrainJob};
use crate::training;

/// What decides a training.
#[derive(Debug, Args)]
pub(in crate::cli) struct JobArgs {
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
    #[arg(long, value_name = "run.toml")]
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
    /// Seconds between checkpoints: what a crash may cost
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = not_negative, allow_negative_numbers = true)]
    checkpoint_every: f64,
}

impl JobArgs {
    /// A job for a source, or for that of `--config`; its number of prototypes may still change.
    pub(in crate::cli) fn job(
        &self,
        source: Option<&Path>,
        name: Option<&str>,
        runs: &Path,
        global: &Global,
        terminal: &Terminal,
    ) -> Result<TrainJob, Failure> {
        let config = self.config.as_deref().map(RunSettings::read).transpose()?;
        let steps = self.training.steps;
        let configured = config.as_ref().filter(|_| steps.is_none());
        let eval_every = configured.map(|config| config.training.eval_every);
        let eval_every = self.training.eval_every.or(eval_every);
        let mut n_steps = steps.or(config.as_ref().map(|config| config.training.steps));
        let (mut data, mut prototypes, mut training) = match config {
            Some(RunSettings { data, prototypes, training, .. }) => (data, prototypes, training),
            None => (
                DataSettings::new(source.unwrap_or(Path::new(""))),
                PrototypeSettings::default(),
                training::Settings::default(),
            ),
        };
        if let Some(preset) = self.preset {
            preset.apply(&mut prototypes, &mut training);
            n_steps = n_steps.or(Some(training.steps));
        }
        self.apply(source, &mut data);
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
            runs: runs.to_owned(),
            name: name.map(str::to_owned),
            checkpoint_every: self.checkpoint_every(),
            dry_run: false,
        })
    }

    pub(super) fn checkpoint_every(&self) -> Duration {
        Duration::try_from_secs_f64(self.checkpoint_every).unwrap_or(Duration::MAX)
    }

    fn apply(&self, source: Option<&Path>, data: &mut DataSettings) {
        let SourceArgs { layout, audio, group_by, splits } = &self.source_args;
        // As a whole path, so that run.toml means the same from anywhere.
        if let Some(source) = source {
            data.source = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
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
