//! `data`: what a source of labeled audio will be read as.

mod check;

use std::sync::Arc;

use clap::Subcommand;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;

/// The verbs below `data`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Say how a folder or list will be read: classes, splits, groups, problems; writes nothing
    Check(check::CheckArgs),
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    match verb {
        Verb::Check(args) => check::run(args, global, terminal),
    }
}
