//! `runs remove`: removes a run, after asking.

use std::io::{self, IsTerminal as _};

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::run_arg::RunArg;
use super::super::terminal::{Terminal, is_confirmed, text};

/// Arguments of `runs remove`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArgs {
    #[command(flatten)]
    run: RunArg,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &RemoveArgs, terminal: &Terminal) -> Result<(), Failure> {
    let run = args.run.open()?;
    let (name, path) = (run.name(), run.path().to_owned());
    if !args.yes {
        if !io::stdin().is_terminal() {
            return Err(Failure::NobodyToAsk { what: format!("run {name:?}") });
        }
        if !is_confirmed(&format!("Remove {} and everything in it? [y/N] ", path.display())) {
            terminal.note(format_args!("run {name} stays"));
            terminal.done_silently("runs remove", json!({ "name": name, "removed": false }));
            return Ok(());
        }
    }
    run.remove()?;
    terminal.done(
        "runs remove",
        json!({ "name": name, "path": text(&path), "removed": true }),
        format_args!("removed run {name}: {}", path.display()),
    );
    Ok(())
}
