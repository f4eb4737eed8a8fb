//! `export`: a run → folders that others use without this program.

mod common;
mod csv;
mod model;
mod notebook;

use std::sync::Arc;

use clap::Subcommand;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;

/// The verbs below `export`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// For notebooks: Parquet tables, NumPy arrays, sounds, and three notebooks that read and check them
    Notebook(notebook::NotebookArgs),
    /// For a hub of models: weights, ONNX, a script that needs NumPy alone, a model card, sounds
    Model(model::ModelArgs),
    /// For spreadsheets: every table as CSV, a list for audio-folder readers, files for the embedding projector
    Csv(csv::CsvArgs),
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    global.start_threads()?;
    match verb {
        Verb::Notebook(args) => notebook::run(args, terminal),
        Verb::Model(args) => model::run(args, terminal),
        Verb::Csv(args) => csv::run(args, terminal),
    }
}
