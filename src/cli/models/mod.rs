//! `models`: get, list, check and remove models.

mod import;
mod info;
mod list;
mod path;
mod pull;
mod remove;
mod verify;

pub(super) use import::announce;

use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};

use super::args::Global;
use super::exit::Failure;
use super::number::{not_negative, within};
use super::terminal::Terminal;
use crate::weights::{Hints, Precision};

/// The verbs below `models`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the installed models
    List,
    /// Say what a model is and where it came from
    Info(ModelName),
    /// Read every weight of a model and compare it with what was imported
    Verify(ModelName),
    /// Print the folder of a model
    Path(ModelName),
    /// Remove a model
    Remove(remove::RemoveArgs),
    /// Make a model of published checkpoint files
    Import(import::ImportArgs),
    /// Fetch a published model from the Hugging Face hub
    Pull(pull::PullArgs),
}

/// A model by name.
#[derive(Debug, Args)]
pub(super) struct ModelName {
    /// An installed model, nano, or the path of a model folder [default: the only one installed; nano, which is built in, if none is]
    #[arg(value_name = "NAME|PATH")]
    name: Option<String>,
}

/// How a new model is stored.
#[derive(Debug, Args)]
struct StorageArgs {
    /// Element type of the stored weights
    #[arg(long, value_enum, value_name = "TYPE", default_value_t = Dtype::F32)]
    dtype: Dtype,
    /// Attention heads of the frame encoder, if neither the files nor the published sizes tell
    #[arg(long, value_name = "N", value_parser = within(1..=1024_usize), allow_negative_numbers = true)]
    encoder_heads: Option<usize>,
    /// Attention heads of summarizer and decoder, likewise
    #[arg(long, value_name = "N", value_parser = within(1..=1024_usize), allow_negative_numbers = true)]
    heads: Option<usize>,
    /// Length of a segment in seconds, likewise
    #[arg(long, value_name = "S", value_parser = not_negative, allow_negative_numbers = true)]
    segment_seconds: Option<f64>,
    /// Replace a model of that name
    #[arg(long)]
    replace: bool,
}

/// Element types of stored weights.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dtype {
    F32,
    F16,
    Bf16,
}

impl StorageArgs {
    fn precision(&self) -> Precision {
        match self.dtype {
            Dtype::F32 => Precision::F32,
            Dtype::F16 => Precision::F16,
            Dtype::Bf16 => Precision::Bf16,
        }
    }

    fn hints(&self) -> Hints {
        let &Self { encoder_heads, heads, segment_seconds, .. } = self;
        Hints { encoder_heads, heads, segment_seconds }
    }
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    match verb {
        Verb::List => list::run(terminal),
        Verb::Info(ModelName { name }) => info::run(name.as_deref(), terminal),
        Verb::Verify(ModelName { name }) => verify::run(name.as_deref(), terminal),
        Verb::Path(ModelName { name }) => path::run(name.as_deref(), terminal),
        Verb::Remove(args) => remove::run(args, terminal),
        Verb::Import(args) => import::run(args, global, terminal),
        Verb::Pull(args) => pull::run(args, global, terminal),
    }
}
