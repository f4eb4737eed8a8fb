//! `gui`: opens the window.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::exit::Failure;
use super::run_arg::RunsArg;
use crate::gui::{Opening, run as open};
use crate::job::give_way;
use crate::models::Library;

/// Arguments of `gui`.
#[derive(Debug, Args)]
pub(super) struct GuiArgs {
    /// A run to open, by its name or its folder
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    /// Audio files to look at in it
    #[arg(value_name = "AUDIO")]
    audio: Vec<PathBuf>,
    #[command(flatten)]
    runs: RunsArg,
}

pub(super) fn run(args: &GuiArgs, global: &Global) -> Result<(), Failure> {
    global.start_threads_that(|_| give_way())?;
    let run = args.run.as_deref().map(|run| args.runs.open(run)).transpose()?;
    let opening = Opening {
        run: run.map(|run| run.path().to_owned()),
        audio: args.audio.clone(),
        runs: args.runs.runs.clone(),
        library: Some(Library::of_user()?),
    };
    Ok(open(opening)?)
}
