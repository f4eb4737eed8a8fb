//! `explain`: an audio file → which prototypes drive its label.

pub(super) mod words;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::quantity::count;
use super::run_arg::RunModelArg;
use super::terminal::{Terminal, text};
use super::trained::{TrainedArg, listener, training};
use crate::files::AtomicFile;
use crate::studio::check_file;
use crate::studio::explain::{Asking, ExplainJob, Explanation, ViewKind, explain};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    trained: TrainedArg,
    /// The audio file
    #[arg(value_name = "AUDIO")]
    audio: PathBuf,
    #[command(flatten)]
    model: RunModelArg,
    /// Why this class [default: what the file is called]
    #[arg(long, value_name = "CLASS")]
    why: Option<String>,
    /// Rather than this one [default: the runner-up, unless --why or several labels are given]
    #[arg(long, value_name = "CLASS")]
    vs: Option<String>,
    /// What similarities are measured from [default: centered, where training is known]
    #[arg(long, value_enum, value_name = "VIEW")]
    view: Option<ViewArg>,
    /// Also say what speaks for each segment
    #[arg(long)]
    segments: bool,
    /// Prototypes to name, those that contribute most
    #[arg(long, value_name = "N", default_value_t = 6)]
    top: usize,
    /// Training segments to name that are nearest to the strongest segment
    #[arg(long, value_name = "N", default_value_t = 3)]
    nearest: usize,
    /// Write everything to this file: all similarities, contributions and sums, of every segment
    #[arg(short, long, value_name = "FILE.json")]
    output: Option<PathBuf>,
}

/// What similarities are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ViewArg {
    /// Zero: contribution = weight × similarity, and the sum starts at the bias
    Absolute,
    /// What is usual in training: contribution = weight × (similarity − usual)
    Centered,
}

impl From<ViewArg> for ViewKind {
    fn from(view: ViewArg) -> Self {
        match view {
            ViewArg::Absolute => Self::Absolute,
            ViewArg::Centered => Self::Centered,
        }
    }
}

pub(super) fn run(
    args: &ExplainArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let refused = |path: &PathBuf| {
        let path = path.clone();
        move |source| Failure::Write { source, path }
    };
    args.output.as_deref().map_or(Ok(()), check_file)?;
    let output = match &args.output {
        Some(path) => Some((AtomicFile::create(path).map_err(refused(path))?, path)),
        None => None,
    };
    let trained = args.trained.open()?;
    let listener = listener(&trained, &args.model, global, terminal)?;
    let training = training(&trained, terminal)?;
    let job = ExplainJob {
        path: args.audio.clone(),
        asking: Asking {
            why: args.why.clone(),
            against: args.vs.clone(),
            view: args.view.map(ViewKind::from),
            n_nearest: args.nearest,
            segments: None,
        },
    };
    terminal.event("start", json!({ "command": "explain", "path": text(&args.audio) }));
    let mut meter = terminal.meter("explain");
    let mut tell = |n_done: usize, n: usize| {
        let words = || format!("{n_done} of {}", count(n as u64, "segment"));
        let fields = || json!({ "segments_done": n_done, "segments": n });
        meter.update(n_done as f64 / n.max(1) as f64, words, fields);
    };
    let explained = explain(&job, &trained, training.as_ref(), &listener, &mut tell, &cancel);
    drop(meter);
    let explanation = explained?;
    let everything = serde_json::to_value(&explanation).unwrap_or(Value::Null);
    if let Some((mut file, path)) = output {
        let written = serde_json::to_writer_pretty(&mut file, &everything);
        written.map_err(std::io::Error::from).map_err(refused(path))?;
        file.commit().map_err(refused(path))?;
    }
    terminal.event("result", everything);
    tell_all(&explanation, args, terminal);
    Ok(())
}

fn tell_all(explanation: &Explanation, args: &ExplainArgs, terminal: &Terminal) {
    let lines = words::of(explanation, args.top, args.segments);
    lines.into_iter().for_each(|line| terminal.answer(line));
    let output = args.output.as_deref();
    terminal.event(
        "done",
        json!({
            "command": "explain", "segments": explanation.segments.len(), "labels": explanation.track.verdict.labels,
            "output": output.map(text),
        }),
    );
    if let Some(path) = output {
        terminal.summary(format_args!("everything → {}", path.display()));
    }
}
