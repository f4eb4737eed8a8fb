//! `models remove`: removes a model, after asking.

use std::io::{self, IsTerminal as _};

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::terminal::{Terminal, is_confirmed, text};
use crate::models::Library;

/// Arguments of `models remove`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArgs {
    /// An installed model
    #[arg(value_name = "NAME")]
    name: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &RemoveArgs, terminal: &Terminal) -> Result<(), Failure> {
    let library = Library::of_user()?;
    let name = &args.name;
    if !args.yes {
        let path = library.path_of(name)?;
        if path.exists() && !io::stdin().is_terminal() {
            return Err(Failure::NobodyToAsk { what: format!("model {name:?}") });
        }
        if path.exists() && !is_confirmed(&format!("Remove {}? [y/N] ", path.display())) {
            terminal.note(format_args!("model {name} stays"));
            terminal.done_silently("models remove", json!({ "name": name, "removed": false }));
            return Ok(());
        }
    }
    let path = library.remove(name)?;
    terminal.done(
        "models remove",
        json!({ "name": name, "path": text(&path), "removed": true }),
        format_args!("removed model {name}: {}", path.display()),
    );
    Ok(())
}
