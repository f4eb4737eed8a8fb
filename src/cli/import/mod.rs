//! `import`: what the published implementation wrote → runs and tables.

mod embeddings;
mod prototypes;

use std::sync::Arc;

use clap::Subcommand;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;

/// The verbs below `import`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a run of the prototypes and weights of a network: protos_*.npy and lin_weights_*.npy
    Prototypes(Box<prototypes::PrototypesArgs>),
    /// Make a table of per-file vectors: a folder of .npy files of [segment, feature]
    Embeddings(embeddings::EmbeddingsArgs),
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    global.start_threads()?;
    match verb {
        Verb::Prototypes(args) => prototypes::run(args, global, terminal),
        Verb::Embeddings(args) => embeddings::run(args, global, terminal),
    }
}
