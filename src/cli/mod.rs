//! The command line: arguments in, use cases called, lines out.
//!
//! One file a verb. What was asked for goes to standard output; progress, notes and errors go to standard error. With
//! `--json`, standard output carries one JSON object a line and nothing else; the last one is `done` or `error`.

mod args;
mod compare;
mod data;
mod demo;
mod edit;
mod embed;
mod evaluate;
mod exit;
mod explain;
mod export;
#[cfg(feature = "gui")]
mod gui;
mod import;
mod interrupt;
mod merge;
mod model;
mod models;
mod number;
mod panic;
mod predict;
mod pretrain;
mod progress;
mod prototypes;
mod quantity;
mod reconstruct;
mod run_arg;
mod runs;
mod sampler;
mod shell;
mod sonify;
mod sonify_run;
mod source;
mod sweep;
mod synth;
mod terminal;
mod train;
mod trained;
mod usage;

use std::process::ExitCode;
use std::sync::Arc;

use args::{Arguments, Verb};
use exit::Failure;
use terminal::Terminal;

/// Runs the program on the process's arguments; the exit code is one of those that `--help` lists.
pub fn main() -> ExitCode {
    panic::guard(|| {
        let Arguments { global, verb } = match usage::parse() {
            Ok(arguments) => arguments,
            Err(code) => return code,
        };
        let terminal = Arc::new(Terminal::new(&global));
        let done = run(&verb, &global, &terminal).and_then(|()| terminal.check());
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                let code = failure.code();
                terminal.fail(&failure, code);
                ExitCode::from(code as u8)
            }
        }
    })
}

fn run(verb: &Verb, global: &args::Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    match verb {
        Verb::Models { verb } => models::run(verb, global, terminal),
        Verb::Data { verb } => data::run(verb, global, terminal),
        Verb::Demo(args) => demo::run(args, global, terminal),
        Verb::Train(args) => train::run(args, global, terminal),
        Verb::Evaluate(args) => evaluate::run(args, global, terminal),
        Verb::Compare(args) => compare::run(args, global, terminal),
        Verb::Sweep(args) => sweep::run(args, global, terminal),
        Verb::Runs { verb } => runs::run(verb, terminal),
        Verb::Edit(args) => edit::run(args, global, terminal),
        Verb::Predict(args) => predict::run(args, global, terminal),
        Verb::Export { verb } => export::run(verb, global, terminal),
        Verb::Import { verb } => import::run(verb, global, terminal),
        Verb::Explain(args) => explain::run(args, global, terminal),
        Verb::Prototypes { verb } => prototypes::run(verb, global, terminal),
        #[cfg(feature = "gui")]
        Verb::Gui(args) => gui::run(args, global),
        Verb::Embed(args) => embed::run(args, global, terminal),
        Verb::Merge(args) => merge::run(args, global, terminal),
        Verb::Reconstruct(args) => reconstruct::run(args, global, terminal),
        Verb::Sonify(args) => sonify::run(args, global, terminal),
        Verb::Pretrain { verb } => pretrain::run(verb, global, terminal),
        Verb::Synth { verb } => synth::run(verb, global, terminal),
        Verb::Completions(args) => shell::completions(args, terminal),
        Verb::Man(args) => shell::man(args, terminal),
    }
}
