//! `predict`: audio files → labels.

mod output;
mod words;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use self::output::Output;
use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::number::{ordinal, real};
use super::quantity::count;
use super::run_arg::RunModelArg;
use super::terminal::{Terminal, text};
use super::trained::{TrainedArg, listener, training};
use crate::studio::embed::Skipped;
use crate::studio::predict::{
    Format, PredictEvent, PredictJob, PredictProgress, PredictSummary, Sheet, predict,
};

/// Arguments of `predict`.
#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    #[command(flatten)]
    trained: TrainedArg,
    /// Audio files, folders, or CSV or TSV lists with a column `path`; `-` takes paths from standard input, one a line
    #[arg(value_name = "AUDIO", required = true)]
    audio: Vec<PathBuf>,
    #[command(flatten)]
    model: RunModelArg,
    /// Also label each segment
    #[arg(long)]
    segments: bool,
    /// Name the K most probable classes
    #[arg(long, value_name = "K", value_parser = ordinal, allow_negative_numbers = true)]
    top_k: Option<usize>,
    /// Give no label that is less probable
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = real(0.0..=1.0), allow_negative_numbers = true)]
    min_confidence: f64,
    /// Write a table, JSON lines or label tracks [default: words, or what the name of -o says]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatArg>,
    /// Write to this file; label tracks of several files go to a folder, which is made
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
}

/// How predictions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    /// A table with a header
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Label tracks for Audacity
    #[value(alias = "audacity-labels")]
    Audacity,
    /// Region layers for Sonic Visualiser
    SvCsv,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Csv => Self::Csv,
            FormatArg::Jsonl => Self::Jsonl,
            FormatArg::Audacity => Self::Audacity,
            FormatArg::SvCsv => Self::SonicVisualiser,
        }
    }
}

pub(super) fn run(
    args: &PredictArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let format = args.format(global)?;
    let sheet = Sheet { segments: args.segments, top_k: args.top_k };
    let sources = sources(&args.audio)?;
    let trained = args.trained.open()?;
    let listener = listener(&trained, &args.model, global, terminal)?;
    let training = training(&trained, terminal)?;
    let labels = trained.classifier.labels();
    let mut output = Output::new(format, args.output.as_deref(), sheet, labels, terminal)?;
    let job = PredictJob { sources, min_confidence: args.min_confidence };

    let mut meter = terminal.meter("predict");
    let mut refused = None;
    let mut tell = |event| match event {
        PredictEvent::Start { n_files } => {
            terminal.event("start", json!({ "command": "predict", "files": n_files }));
            refused = output.begin(n_files).err();
            if refused.is_some() {
                cancel.cancel();
            }
        }
        PredictEvent::Skipped(Skipped { path, reason }) => {
            terminal.event("skip", json!({ "path": text(&path), "reason": reason }));
            terminal.note(format_args!("skipped: {reason}: {}", path.display()));
        }
        PredictEvent::Predicted(prediction) => {
            terminal.event("result", sheet.json(&prediction));
            if let Err(failure) = output.add(&prediction) {
                refused.get_or_insert(failure);
                cancel.cancel();
            }
        }
        PredictEvent::Progress(progress) => {
            let PredictProgress { n_files_done, n_files, n_segments } = progress;
            let fraction = n_files_done as f64 / n_files.max(1) as f64;
            let words = || {
                let segments = count(n_segments as u64, "segment");
                format!("{n_files_done} of {}, {segments}", count(n_files as u64, "file"))
            };
            let fields =
                || json!({ "files_done": n_files_done, "files": n_files, "segments": n_segments });
            meter.update(fraction, words, fields);
        }
    };
    let done = predict(&job, &trained, training.as_ref(), &listener, &mut tell, &cancel);
    drop(meter);
    if let Some(failure) = refused {
        return Err(failure);
    }
    let summary = done?;
    let to = output.finish()?;
    finish(&summary, to, global, terminal)
}

impl PredictArgs {
    /// What is written; `None` for words.
    fn format(&self, global: &Global) -> Result<Option<Format>, Failure> {
        match (self.format, &self.output) {
            (Some(_), None) if global.json => Err(Failure::TwoOutputs),
            (Some(format), _) => Ok(Some(format.into())),
            (None, None) => Ok(None),
            (None, Some(path)) => {
                let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
                match extension.to_str() {
                    Some("csv") => Ok(Some(Format::Csv)),
                    Some("jsonl" | "ndjson" | "json") => Ok(Some(Format::Jsonl)),
                    Some("txt") => Ok(Some(Format::Audacity)),
                    _ => Err(Failure::NoFormat { path: path.clone() }),
                }
            }
        }
    }
}

/// The sources, with the lines of standard input in place of `-`.
fn sources(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut sources = Vec::with_capacity(named.len());
    for source in named {
        if source.as_os_str() != "-" {
            sources.push(source.clone());
            continue;
        }
        let text = io::read_to_string(io::stdin()).map_err(Failure::Input)?;
        let paths = text.lines().map(str::trim).filter(|line| !line.is_empty());
        sources.extend(paths.map(PathBuf::from));
    }
    match sources.is_empty() {
        true => Err(Failure::NoPaths),
        false => Ok(sources),
    }
}

fn finish(
    summary: &PredictSummary,
    to: Option<PathBuf>,
    global: &Global,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let PredictSummary { n_predicted, n_unlabeled, n_unfamiliar, n_silent, ref skipped } = *summary;
    let n_skipped = skipped.len();
    let mut line = count(n_predicted as u64, "file");
    let kinds = [
        (n_unlabeled, "without a label"),
        (n_unfamiliar, "unfamiliar"),
        (n_silent, "silent"),
        (n_skipped, "skipped"),
    ];
    for (n, what) in kinds {
        if n > 0 {
            line += &format!(", {n} {what}");
        }
    }
    let strict = global.strict && n_skipped > 0;
    if !strict {
        let fields = json!({
            "files": n_predicted, "unlabeled": n_unlabeled, "unfamiliar": n_unfamiliar, "silent": n_silent,
            "skipped": n_skipped, "output": to.as_deref().map(text),
        });
        terminal.done_silently("predict", fields);
    }
    match to {
        Some(path) => terminal.summary(format_args!("{line} → {}", path.display())),
        // Standard output holds what was asked for, and nothing else.
        None if n_predicted + n_skipped > 1 => terminal.note(line),
        None => {}
    }
    match strict {
        true => Err(Failure::Unusable { n_skipped }),
        false => Ok(()),
    }
}
