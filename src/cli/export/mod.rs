//! `export`: the results of a run in forms that other people and programs read.

mod html;
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
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    match verb {
        Verb::Html(args) => html::run(args, global, terminal),
        Verb::Plots(args) => plots::run(args, global, terminal),
    }
}
