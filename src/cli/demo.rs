//! `demo`: everything at once, on audio that is part of the program.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::args::Global;
use super::exit::Failure;
use super::explain::words;
use super::interrupt::cancel_on_interrupt;
use super::model::say_if_built_in;
use super::progress::Meter;
use super::quantity::{count, duration};
use super::run_arg::{DEFAULT_RUNS, RunsArg};
use super::sonify_run;
use super::terminal::{Terminal, text};
use super::train;
use crate::models::Library;
use crate::studio::demo::{
    Case, DIVERSITY, Demo, DemoEvent, DemoJob, DemoSet, LAMBDA, RATE, STEPS, Stage, TAKES, demo,
};
use crate::studio::evaluate::EvaluateEvent;
use crate::studio::explain::Explanation;
use crate::studio::sonify_run::SonifiedRun;

/// Prototypes that an explanation names.
const TOP: usize = 4;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// The audio: instruments or genres
    #[arg(value_name = "SET", default_value_t)]
    set: DemoSet,
    #[command(flatten)]
    runs: RunsArg,
}

pub(super) fn run(
    args: &DemoArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let began = Instant::now();
    let (runs, library) = (args.runs.runs.clone(), Library::of_user()?);
    let job = DemoJob { set: args.set, runs, library, precision: global.precision };
    terminal.event("start", json!({ "command": "demo", "set": job.set.name() }));
    say_if_built_in(true, terminal);
    let mut show = Show { terminal, run: job.runs.join(job.run_name()), watch: Watch::Nothing };
    let done = demo(&job, &mut |event| show.tell(event), &cancel);
    drop(show);
    finish(&done?, began.elapsed().as_secs_f64(), terminal);
    Ok(())
}

/// Tells how a demonstration goes, each stage as the verb that does only this.
struct Show<'a> {
    terminal: &'a Terminal,
    run: PathBuf,
    watch: Watch<'a>,
}

enum Watch<'a> {
    Nothing,
    Train(train::Watch<'a>),
    Sonify(Meter<'a>),
}

impl Show<'_> {
    fn tell(&mut self, event: DemoEvent<'_>) {
        let terminal = self.terminal;
        match event {
            DemoEvent::Begin(stage, audio) => self.begin(stage, audio),
            DemoEvent::Train(event) => {
                if !matches!(self.watch, Watch::Train(_)) {
                    self.watch = Watch::Train(train::Watch::new(terminal));
                }
                if let Watch::Train(watch) = &mut self.watch {
                    watch.tell(event);
                }
            }
            DemoEvent::Trained(summary) => {
                self.watch = Watch::Nothing;
                match summary {
                    None => terminal.note("it has been trained before; this goes on with it"),
                    Some(summary) => terminal.note(train::summary_line(summary)),
                }
            }
            DemoEvent::Evaluate(EvaluateEvent::Warning(warning)) => terminal.warn(warning),
            DemoEvent::Evaluated(found) => {
                terminal.event("result", serde_json::to_value(found).unwrap_or(Value::Null));
                terminal.answer(found.brief().trim_end());
            }
            DemoEvent::Sonify(event) => {
                if !matches!(self.watch, Watch::Sonify(_)) {
                    self.watch = Watch::Sonify(terminal.meter("sonify"));
                }
                if let Watch::Sonify(meter) = &mut self.watch {
                    sonify_run::show(event, meter);
                }
            }
            DemoEvent::Sonified(found) => {
                self.watch = Watch::Nothing;
                self.show_sounds(found);
            }
            DemoEvent::Explained(case, truth, found) => self.show_case(case, truth, found),
            _ => {}
        }
    }

    fn begin(&self, stage: Stage, audio: &Path) {
        let (run, audio) = (self.run.display(), audio.display());
        let name = self.run.file_name().unwrap_or_default().to_string_lossy();
        let runs = match self.run.parent() {
            Some(runs) if runs != Path::new(DEFAULT_RUNS) => {
                format!(" --runs {}", runs.display())
            }
            _ => String::new(),
        };
        let (n, what, command) = match stage {
            Stage::Train => (
                1,
                "learn five prototypes a class",
                format!(
                    "train {audio} --model nano --lambda {LAMBDA} --no-adaptor --diversity {DIVERSITY} --lr {RATE} --steps {STEPS} --name {name}{runs}"
                ),
            ),
            Stage::Evaluate => (2, "measure on the test split", format!("evaluate {run}")),
            Stage::Sonify => (
                3,
                "turn prototypes into sound, and hear it again",
                format!("sonify {run} --takes {TAKES} --check"),
            ),
            // Which files is not known yet; each is named with its explanation.
            Stage::Explain => return self.terminal.answer("\n4/4  explain two predictions"),
        };
        self.terminal.answer(format_args!("\n{n}/4  {what}\n     $ pecmae {command}\n"));
    }

    fn show_sounds(&self, found: &SonifiedRun) {
        let terminal = self.terminal;
        found.sounds.iter().for_each(|sound| terminal.event("result", json!(sound)));
        sonify_run::table(&found.sounds).into_iter().for_each(|line| terminal.answer(line));
        sonify_run::warn_of_levels(&found.sounds, terminal);
    }

    fn show_case(&self, case: Case, truth: &[String], found: &Explanation) {
        let terminal = self.terminal;
        let mut everything = serde_json::to_value(found).unwrap_or(Value::Null);
        if let Value::Object(fields) = &mut everything {
            fields.insert("truth".to_owned(), json!(truth));
        }
        terminal.event("result", everything);
        let truth = truth.join(", ");
        terminal.answer(match case {
            Case::Right => format!("A right one, truly {truth}:"),
            Case::Wrong => format!("\nA mistake; it is {truth}:"),
            Case::LeastSure => format!("\nNone is wrong; the least sure one, truly {truth}:"),
        });
        let vs = match case {
            Case::Wrong => format!(" --vs {truth:?}"),
            _ => String::new(),
        };
        let run = self.run.display();
        terminal
            .answer(format_args!("     $ pecmae explain {run} {:?} --top {TOP}{vs}", found.path));
        words::of(found, TOP, false).into_iter().for_each(|line| terminal.answer(line));
    }
}

fn finish(done: &Demo, seconds: f64, terminal: &Terminal) {
    let (run, sounds) = (done.run.path(), &done.sounds.sounds);
    let n_own = sonify_run::checks(sounds).filter(|check| check.is_own).count();
    let accuracy = done.evaluation.report.summary.balanced_accuracy;
    terminal.answer("");
    let fields = json!({
        "run": text(run), "audio": text(&done.audio), "balanced_accuracy": accuracy,
        "sounds": sounds.len(), "own_class": n_own, "seconds": seconds,
    });
    let line = format!(
        "class-balanced accuracy {accuracy:.3}, {n_own} of {} heard as the prototype's class, in {} → {}",
        count(sounds.len() as u64, "sound"),
        duration(seconds),
        run.display()
    );
    terminal.done("demo", fields, line);
    let (run, sounds_path) = (run.display(), done.run.sounds_path());
    let prototype = sounds.first().map_or("", |sound| &sound.prototype);
    let file = done.explained.as_deref().unwrap_or(&done.audio).display();
    terminal.note(format_args!(
        "\nListen to the prototypes in {}. Then try\n\
         \x20 pecmae prototypes show {run} {prototype}     # its weights, and the audio nearest to it\n\
         \x20 pecmae predict {run} {file}\n\
         \x20 pecmae train YOUR-FOLDER --model nano       # one folder a class; your own run",
        sounds_path.display()
    ));
}
