//! `runs`: list, show and remove runs.

mod list;
mod remove;
mod show;

use clap::Subcommand;

use super::exit::Failure;
use super::run_arg::{RunArg, RunsArg};
use super::terminal::Terminal;

/// The verbs below `runs`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the runs
    List(RunsArg),
    /// Say what a run learned from, how it went, and what was done with it
    Show(RunArg),
    /// Remove a run
    Remove(remove::RemoveArgs),
}

pub(super) fn run(verb: &Verb, terminal: &Terminal) -> Result<(), Failure> {
    match verb {
        Verb::List(runs) => list::run(runs, terminal),
        Verb::Show(run) => show::run(run, terminal),
        Verb::Remove(args) => remove::run(args, terminal),
    }
}
