//! Which classifier a verb asks, and the model that hears for it.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::exit::Failure;
use super::model::say_if_built_in;
use super::run_arg::{RunModelArg, RunsArg};
use super::terminal::Terminal;
use super::train::find;
use crate::models::Library;
use crate::studio::listen::{ListenSettings, Listener};
use crate::studio::trained::{Trained, Training};
use crate::tensor::Precision;

/// A trained classifier.
#[derive(Debug, Args)]
pub(super) struct TrainedArg {
    /// A run, by its name or its folder, or a model.safetensors by itself
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    runs: RunsArg,
}

impl TrainedArg {
    pub(super) fn open(&self) -> Result<Trained, Failure> {
        Ok(Trained::open(&find(&self.run, &self.runs.runs)?)?)
    }
}

/// The ears of a classifier.
pub(super) fn listener(
    trained: &Trained,
    model: &RunModelArg,
    global: &Global,
    terminal: &Terminal,
) -> Result<Listener, Failure> {
    // The default stands for whatever the classifier was trained with.
    let precision = Some(global.precision).filter(|asked| *asked != Precision::default());
    let settings = ListenSettings { model: model.model.clone(), precision };
    let (classifier, known_as) = (&trained.classifier, trained.model.as_deref());
    let listener = Listener::open(&Library::of_user()?, classifier, known_as, &settings)?;
    say_if_built_in(listener.is_built_in(), terminal);
    Ok(listener)
}

/// What the classifier learned from, or a word on why that is not known.
pub(super) fn training(
    trained: &Trained,
    terminal: &Terminal,
) -> Result<Option<Training>, Failure> {
    let training = trained.training(0)?;
    if training.is_none() {
        let why = match trained.folder {
            Some(_) => "the run has no data/embeddings.parquet any more",
            None => "a classifier by itself does not know its training",
        };
        terminal.note(format_args!("how familiar the audio is cannot be told: {why}"));
    }
    Ok(training)
}
