//! What every verb has in common, and the list of verbs.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};

use super::exit::Failure;
#[cfg(feature = "gui")]
use super::gui;
use super::number::within;
use super::{
    compare, data, demo, edit, embed, evaluate, explain, export, import, merge, models, predict,
    pretrain, prototypes, reconstruct, runs, shell, sonify, sweep, synth, train,
};
use crate::tensor::Precision;

const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  internal fault, or the system refused (disk full, no permission)
    2  wrong usage
    3  data that cannot be used: audio, table, .npy
    4  weights missing, corrupt or unknown
    5  device unavailable
    6  finished, but with --strict: files were skipped, or there are warnings
    7  a figure is below --fail-under
    8  network failed or was switched off
  130  interrupted; the same command goes on from there

Models live in $PECMAE_HOME/models, or in pecmae/models in your folder for application data.";

/// Music-audio embeddings, and the sounds they stand for.
#[derive(Debug, Parser)]
#[command(name = "pecmae", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
#[command(propagate_version = true, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Get, list, check and remove models
    Models {
        #[command(subcommand)]
        verb: models::Verb,
    },
    /// Look at labeled audio before using it
    Data {
        #[command(subcommand)]
        verb: data::Verb,
    },
    /// Show everything on audio that is part of the program: train, measure, sonify and explain, in a minute or two
    Demo(demo::DemoArgs),
    /// Learn prototypes from labeled audio
    Train(Box<train::TrainArgs>),
    /// Measure a run: figures with intervals, confusions, mistakes, and what simple models reach
    Evaluate(Box<evaluate::EvaluateArgs>),
    /// Put runs side by side, and say whether what parts them may be chance
    Compare(compare::CompareArgs),
    /// Train with several numbers of prototypes, and write the table
    Sweep(Box<sweep::SweepArgs>),
    /// List, show and remove runs
    Runs {
        #[command(subcommand)]
        verb: runs::Verb,
    },
    /// Disable, rename, merge or add prototypes of a run, and see what that does
    Edit(Box<edit::EditArgs>),
    /// Label audio files by a run
    Predict(predict::PredictArgs),
    /// Say which prototypes drive a file's label, in sums that add up
    Explain(explain::ExplainArgs),
    /// Say what each prototype of a run is good for
    Prototypes {
        #[command(subcommand)]
        verb: prototypes::Verb,
    },
    /// Hand a run to others: a page that plays, figures, for notebooks, for a hub of models, for spreadsheets
    Export {
        #[command(subcommand)]
        verb: export::Verb,
    },
    /// Take over what the published implementation wrote: prototypes, vectors
    Import {
        #[command(subcommand)]
        verb: import::Verb,
    },
    /// Open the studio: hear prototypes, question predictions, repair models
    #[cfg(feature = "gui")]
    Gui(gui::GuiArgs),
    /// Turn audio files into a table of vectors
    Embed(embed::EmbedArgs),
    /// Join the tables of shards into one
    Merge(merge::MergeArgs),
    /// Send an audio file through the model and back
    Reconstruct(reconstruct::ReconstructArgs),
    /// Turn vectors, or the prototypes of a run, into sound
    Sonify(Box<sonify::SonifyArgs>),
    /// Train a model of your own on a folder of music: codec, encoder, autoencoder
    Pretrain {
        #[command(subcommand)]
        verb: pretrain::Verb,
    },
    /// Make labeled music by rules, to try things on and to train on
    Synth {
        #[command(subcommand)]
        verb: synth::Verb,
    },
    /// Print shell completions
    Completions(shell::CompletionsArgs),
    /// Write manual pages
    Man(shell::ManArgs),
}

/// Options of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Threads that compute; 0 means one for each core
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = within(0..=1024_u16), allow_negative_numbers = true)]
    pub(super) threads: u16,
    /// Arithmetic: f32, bf16x3 or bf16, each faster and less exact [default: f32]
    #[arg(long, global = true, value_name = "TYPE", default_value = "f32", value_parser = precision())]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub(super) precision: Precision,
    /// Say nothing but what was asked for, and errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub(super) no_progress: bool,
    /// Write JSON lines to standard output, and text to standard error
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Exit with 6 if anything was left out or is to be warned of
    #[arg(long, global = true)]
    pub(super) strict: bool,
    /// Never use the network (only `models pull` would)
    #[arg(long, global = true)]
    pub(super) offline: bool,
}

fn precision() -> impl clap::builder::TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(["f32", "bf16x3", "bf16"]).try_map(|text| text.parse::<Precision>())
}

impl Global {
    /// Sets the number of computing threads; to be called before anything computes.
    pub(super) fn start_threads(&self) -> Result<(), Failure> {
        self.start_threads_that(|_| {})
    }

    /// The same with threads that begin with something; they are given their number.
    pub(super) fn start_threads_that(
        &self,
        begin: impl Fn(usize) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let n_threads = usize::from(self.threads);
        if n_threads == 0 {
            return Ok(());
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).start_handler(begin);
        pool.build_global().map_err(|source| Failure::Threads { n_threads, source })
    }
}
