//! `models remove`: removes a model, after asking.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use serde_json::json;

use super::super::exit::Failure;
use super::super::terminal::{Terminal, text};
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
            return Err(Failure::NobodyToAsk { name: name.clone() });
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

fn is_confirmed(question: &str) -> bool {
    let mut stderr = io::stderr();
    let asked = write!(stderr, "{question}").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer)).is_ok()
        && matches!(answer.trim(), "y" | "Y" | "yes")
}
