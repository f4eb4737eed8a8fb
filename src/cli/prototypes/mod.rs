//! `prototypes`: what the prototypes of a run are good for.

mod list;
mod nearest;
mod report;
mod show;

use std::sync::Arc;

use clap::Subcommand;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;
use super::trained::TrainedArg;
use crate::studio::prototypes::{self, PrototypesJob, PrototypesReport};

/// The verbs below `prototypes`.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List them: how much each is used, how pure it is, what its loss would cost
    List(list::ListArgs),
    /// Show one: its weights, its relatives, the training segments nearest to it
    Show(show::ShowArgs),
    /// Name the training segments nearest to one
    Nearest(nearest::NearestArgs),
    /// Report on all together: how many are in use, how few would do, and controls that ought to be worse
    Report(report::ReportArgs),
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    global.start_threads()?;
    match verb {
        Verb::List(args) => list::run(args, terminal),
        Verb::Show(args) => show::run(args, terminal),
        Verb::Nearest(args) => nearest::run(args, terminal),
        Verb::Report(args) => report::run(args, terminal),
    }
}

/// Everything but the model, with so many nearest segments.
fn look(run: &TrainedArg, n_nearest: usize) -> Result<PrototypesReport, Failure> {
    let job = PrototypesJob { n_nearest, model: false, seed: 0 };
    Ok(prototypes::report(&run.open()?, &job)?)
}

/// `12.5 %`
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
