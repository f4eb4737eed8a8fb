//! `edit`: changes a run's prototypes and shows what that does.

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::quantity::count;
use super::run_arg::RunArg;
use super::terminal::{Terminal, text};
use crate::runs::{EditLog, Revision, RunFolder, Step};
use crate::studio::columns::columns;
use crate::studio::edit::{Edited, Editor, Effect, How, Request};

/// Arguments of `edit`.
#[derive(Debug, Args)]
#[command(subcommand_required = true)]
pub(super) struct EditArgs {
    #[command(flatten)]
    run: RunArg,
    #[command(subcommand)]
    verb: Verb,
    /// Why, for the log
    #[arg(long, global = true, value_name = "TEXT")]
    reason: Option<String>,
    /// Measure on test, too; whoever goes on editing by that tunes on it
    #[arg(long, global = true)]
    show_test: bool,
    /// Afterwards learn the last layer again, on the same similarities
    #[arg(long, global = true)]
    refit: bool,
    /// Only say what it would do
    #[arg(short = 'n', long, global = true, conflicts_with = "refit")]
    dry_run: bool,
}

/// The edits. Prototypes go by their names, as in jazz/2.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Take prototypes out of every prediction; they keep their weights
    Disable {
        /// Prototypes, as in jazz/2
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
    /// Take disabled prototypes in again
    Enable {
        /// Prototypes, as in jazz/2
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
    /// Call a prototype something else
    Rename {
        /// Its name
        #[arg(value_name = "NAME")]
        from: String,
        /// Its new name
        #[arg(value_name = "NEW")]
        to: String,
    },
    /// Replace prototypes of one class by one: the mean of their vectors, the sum of their weights
    Merge {
        /// Two prototypes or more
        #[arg(value_name = "NAME", required = true, num_args = 2..)]
        names: Vec<String>,
        /// Name of the new one [default: as in jazz/0+2]
        #[arg(long, value_name = "NAME")]
        into: Option<String>,
    },
    /// Make a segment of a training track a prototype; it gets a share of its class's weight
    Promote {
        /// The track, by its id in data/tracks.csv or its path, from here or from the root
        #[arg(value_name = "TRACK")]
        track: String,
        /// A moment in the segment, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
        at: f64,
        /// Its class, where the track has several
        #[arg(long, value_name = "CLASS")]
        class: Option<String>,
        /// Its name [default: the class's next number]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Learn the last layer again, on the same similarities
    Refit,
    /// Take back the last edit in force
    Undo,
    /// Take back the last undo
    Redo,
    /// Say what was done, when, why, and with what effect
    Log,
}

pub(super) fn run(args: &EditArgs, global: &Global, terminal: &Terminal) -> Result<(), Failure> {
    global.start_threads()?;
    let run = args.run.open()?;
    let Some(request) = args.verb.request() else {
        show_log(&run.edit_log()?, &run, terminal);
        return Ok(());
    };
    let path = run.path().to_owned();
    let mut editor = Editor::open(run)?;
    let how = How { reason: args.reason.clone(), show_test: args.show_test, dry_run: args.dry_run };
    let mut edited = vec![editor.make(&request, &how)?];
    if args.refit && request != Request::Refit {
        edited.push(editor.make(&Request::Refit, &how)?);
    }
    edited.iter().for_each(|edited| show(edited, args, terminal));
    if let Some(last) = edited.last() {
        finish(last, args, &path, terminal);
    }
    Ok(())
}

impl Verb {
    /// What to do; nothing for the log.
    fn request(&self) -> Option<Request> {
        Some(match self {
            Self::Disable { names } => Request::Disable(names.clone()),
            Self::Enable { names } => Request::Enable(names.clone()),
            Self::Rename { from, to } => Request::Rename { from: from.clone(), to: to.clone() },
            Self::Merge { names, into } => {
                Request::Merge { names: names.clone(), into: into.clone() }
            }
            Self::Promote { track, at, class, name } => Request::Promote {
                track: track.clone(),
                at_s: *at,
                label: class.clone(),
                name: name.clone(),
            },
            Self::Refit => Request::Refit,
            Self::Undo => Request::Undo,
            Self::Redo => Request::Redo,
            Self::Log => return None,
        })
    }
}

fn show(edited: &Edited, args: &EditArgs, terminal: &Terminal) {
    let Edited { what, n_in_force, silenced, validation, test, elapsed } = edited;
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    terminal.event(
        "result",
        json!({
            "edit": what, "edits_in_force": n_in_force, "validation": validation, "test": test, "dry_run": args.dry_run,
            "classes_without_prototype": silenced, "milliseconds": milliseconds,
        }),
    );
    terminal.answer(format_args!("{what}  ({milliseconds:.1} ms)"));
    let line = |split: &str, effect: &Effect| {
        let words = change(effect.revision());
        let changed = format!("{} of {} tracks change", effect.n_changed, effect.n_tracks);
        terminal
            .answer(format_args!("  class-balanced accuracy on {split:<10}  {words}   {changed}"));
    };
    match validation {
        Some(effect) => line("validation", effect),
        None => terminal.answer("  no validation split to measure it on"),
    }
    match test {
        Some(effect) => line("test", effect),
        None => terminal.answer("  test is not shown (--show-test)"),
    }
    if !silenced.is_empty() {
        terminal.warn(format_args!(
            "no prototype of {} is enabled any more, so that nothing but the bias speaks for it",
            silenced.join(", ")
        ));
    }
}

fn finish(last: &Edited, args: &EditArgs, path: &Path, terminal: &Terminal) {
    let n_in_force = count(last.n_in_force as u64, "edit");
    let line = match (args.dry_run, &args.verb) {
        (true, _) => "nothing was written".to_owned(),
        (false, verb) => {
            let (way_back, verb) = match verb {
                Verb::Undo => ("put it back", "redo"),
                _ => ("take it back", "undo"),
            };
            let path = path.display();
            format!("{n_in_force} in force; {way_back} with `pecmae edit {path} {verb}`")
        }
    };
    let fields = json!({
        "run": text(path), "edits_in_force": last.n_in_force, "dry_run": args.dry_run,
    });
    terminal.done("edit", fields, line);
}

/// `0.810 → 0.806 (−0.004)`
fn change(Revision { before, after }: Revision) -> String {
    let difference = after - before;
    let sign = if difference < 0.0 { "−" } else { "+" };
    format!("{before:.3} → {after:.3} ({sign}{:.3})", difference.abs())
}

fn show_log(log: &EditLog, run: &RunFolder, terminal: &Terminal) {
    let in_force = log.in_force();
    let mut rows = Vec::new();
    for (number, line) in log.lines().iter().enumerate() {
        let is_in_force = in_force.contains(&number);
        let what = match &line.step {
            Step::Edit { edit } => edit.to_string(),
            Step::Undo => "undo".to_owned(),
            Step::Redo => "redo".to_owned(),
        };
        terminal.event(
            "result",
            json!({
                "number": number + 1, "time": line.time, "edit": what, "in_force": is_in_force, "reason": line.reason,
                "validation": line.validation, "test": line.test, "tool_version": line.tool_version,
            }),
        );
        let state = match (&line.step, is_in_force) {
            (Step::Edit { .. }, true) => "in force",
            (Step::Edit { .. }, false) => "undone",
            _ => "",
        };
        let reason = line.reason.as_ref().map_or_else(String::new, |reason| format!("{reason:?}"));
        let validation = line.validation.map_or_else(String::new, change);
        let cells = [&(number + 1).to_string(), &line.time, state, &what, &validation, &reason];
        rows.push(cells.map(ToString::to_string).to_vec());
    }
    columns(&rows, 6).into_iter().for_each(|line| terminal.answer(line));
    let (n_lines, n) = (log.lines().len(), in_force.len());
    let line = match n_lines {
        0 => "the run was never edited".to_owned(),
        _ => format!("{} in force → {}", count(n as u64, "edit"), run.edits_path().display()),
    };
    let fields = json!({ "run": text(run.path()), "lines": n_lines, "edits_in_force": n });
    terminal.done("edit", fields, line);
}
