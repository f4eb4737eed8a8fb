//! `completions` and `man`: what shells and manual readers take.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use super::args::Arguments;
use super::exit::Failure;
use super::terminal::{Terminal, text};
use crate::files::write_atomic;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell; its completions go to standard output
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Folder for the manual pages, one a command; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints the completions of a shell.
pub(super) fn completions(args: &CompletionsArgs, terminal: &Terminal) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "pecmae", &mut script);
    let script = String::from_utf8_lossy(&script);
    let shell = args.shell.to_string();
    terminal.event("result", json!({ "shell": shell, "script": script.trim_end() }));
    terminal.answer(script.trim_end());
    terminal.done_silently("completions", json!({ "shell": shell }));
    Ok(())
}

/// Writes the manual pages.
pub(super) fn man(args: &ManArgs, terminal: &Terminal) -> Result<(), Failure> {
    let mut command = Arguments::command();
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages);
    let failed = |source| Failure::Manual { source, path: args.folder.clone() };
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    for command in &pages {
        let page = clap_mangen::Man::new(ordered(command));
        let mut bytes = Vec::new();
        page.render(&mut bytes).map_err(failed)?;
        write_atomic(&args.folder.join(page.get_filename()), &bytes).map_err(failed)?;
    }
    let n_pages = pages.len();
    let line = format!("{n_pages} manual pages → {}", args.folder.display());
    terminal.done("man", json!({ "folder": text(&args.folder), "pages": n_pages }), line);
    Ok(())
}

/// The command with its own options in the order of its help, and before those of every command.
fn ordered(command: &clap::Command) -> clap::Command {
    let mut number = 0;
    command.clone().mut_args(|arg| {
        number += 1;
        let rank = match arg.get_id().as_str() {
            "help" | "version" => 2,
            _ if arg.is_global_set() => 1,
            _ => 0,
        };
        arg.display_order(10_000 * rank + number)
    })
}

/// A command and all below it.
fn collect(command: &clap::Command, pages: &mut Vec<clap::Command>) {
    pages.push(command.clone());
    command.get_subcommands().for_each(|below| collect(below, pages));
}
