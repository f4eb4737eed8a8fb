//! `export`: the results of a run in forms that other people and programs read.

mod common;
mod csv;
mod html;
mod model;
mod notebook;
mod plots;

use std::sync::Arc;

use clap::Subcommand;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;

/// The verbs below `export`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// One page that shows and plays everything, from a file, without a network
    Html(Box<html::HtmlArgs>),
    /// Every figure as SVG and as PNG
    Plots(plots::PlotsArgs),
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
        Verb::Html(args) => html::run(args, global, terminal),
        Verb::Plots(args) => plots::run(args, terminal),
        Verb::Notebook(args) => notebook::run(args, terminal),
        Verb::Model(args) => model::run(args, terminal),
        Verb::Csv(args) => csv::run(args, terminal),
    }
}
