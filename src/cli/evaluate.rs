//! `evaluate`: how good a run is.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::args::Global;
use super::embed;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::run_arg::{RunArg, RunModelArg};
use super::terminal::{Terminal, text};
use crate::audio::TailPolicy;
use crate::dataset::{Layout, Split};
use crate::evaluation::Summary;
use crate::models::Library;
use crate::runs::{DataSettings, RunFolder};
use crate::studio::embed::{Event, Skipped};
use crate::studio::evaluate::{EvaluateEvent, EvaluateJob, Evaluation, On, evaluate};
use crate::studio::scoring::Level;
use crate::studio::train::Embeddings;
use crate::tensor::Precision;

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    #[command(flatten)]
    run: RunArg,
    /// Which tracks: train, validation or test [default: test, or all of --data]
    #[arg(long, value_name = "SPLIT", value_parser = split())]
    split: Option<Split>,
    /// What is counted: tracks, the mean of their segments, or segments
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = LevelArg::Track)]
    level: LevelArg,
    /// Another labeled source with the same classes, embedded in the run's way; or a table of `embed` with labels
    #[arg(long, value_name = "SRC")]
    data: Option<PathBuf>,
    /// How --data is laid out, if it is not what it looks like
    #[arg(long, value_name = "LAYOUT", value_parser = layout(), requires = "data")]
    layout: Option<Layout>,
    /// Where the files of a list given as --data lie, if not beside it
    #[arg(long, value_name = "DIR", requires = "data")]
    audio: Option<PathBuf>,
    #[command(flatten)]
    model: RunModelArg,
    /// Do not train and measure simple models beside it
    #[arg(long)]
    no_baselines: bool,
    /// Exit with 7 if a figure is lower: accuracy, balanced-accuracy, macro-f1, roc-auc or average-precision
    #[arg(long, value_name = "FIGURE=VALUE")]
    fail_under: Vec<Floor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelArg {
    Track,
    Segment,
}

impl LevelArg {
    pub(super) fn level(self) -> Level {
        match self {
            Self::Track => Level::Track,
            Self::Segment => Level::Segment,
        }
    }
}

/// A figure and the least that it may be.
#[derive(Debug, Clone)]
struct Floor {
    name: String,
    figure: fn(&Summary) -> Option<f64>,
    least: f64,
}

impl std::str::FromStr for Floor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once('=').ok_or("expected FIGURE=VALUE, as in accuracy=0.8")?;
        let figure: fn(&Summary) -> Option<f64> = match name {
            "accuracy" => |found| Some(found.accuracy),
            "balanced-accuracy" => |found| Some(found.balanced_accuracy),
            "macro-f1" => |found| Some(found.macro_f1),
            "roc-auc" => |found| found.roc_auc,
            "average-precision" => |found| found.average_precision,
            _ => {
                return Err(format!(
                    "{name:?} is no figure, expected accuracy, balanced-accuracy, macro-f1, roc-auc or average-precision"
                ));
            }
        };
        let least = value.parse::<f64>().ok().filter(|value| (0.0..=1.0).contains(value));
        let least = least.ok_or_else(|| format!("{value:?} is no number from 0 to 1"))?;
        Ok(Self { name: name.to_owned(), figure, least })
    }
}

pub(super) fn split() -> impl clap::builder::TypedValueParser<Value = Split> {
    PossibleValuesParser::new(["train", "validation", "test"])
        .try_map(|text| Split::of_name(&text).ok_or("no split"))
}

pub(super) fn layout() -> impl clap::builder::TypedValueParser<Value = Layout> {
    PossibleValuesParser::new(Layout::ALL.map(Layout::name)).try_map(|text| text.parse::<Layout>())
}

pub(super) fn run(
    args: &EvaluateArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let run = args.run.open()?;
    let job = args.job(&run)?;
    terminal.event("start", json!({ "command": "evaluate", "run": text(run.path()) }));
    let (mut watch, mut told) = (None, BTreeSet::new());
    let mut tell = |event| match event {
        EvaluateEvent::Warning(warning) => terminal.warn(warning),
        EvaluateEvent::Embed(event) => {
            if let Event::Skipped(Skipped { path, .. }) = &event {
                told.insert(path.clone());
            }
            watch.get_or_insert_with(|| embed::Watch::new(terminal)).tell(event);
        }
        EvaluateEvent::Baselines => {
            watch = None;
            terminal.note("measuring simple models beside it (--no-baselines leaves them out)");
        }
    };
    let done = evaluate(&run, &job, &mut tell, &cancel);
    drop(watch);
    let found = done?;
    show(&found, &told, terminal);
    let summary = &found.report.summary;
    let (on, folder) = (&found.on, found.folder.display());
    let line =
        format!("class-balanced accuracy {:.3} on {on} → {folder}", summary.balanced_accuracy);
    let fields = json!({
        "run": found.run, "on": found.on, "balanced_accuracy": summary.balanced_accuracy,
        "accuracy": summary.accuracy, "skipped": found.skipped.len(), "folder": text(&found.folder),
    });
    terminal.end("evaluate", fields, line, args.failure(&found, global))
}

impl EvaluateArgs {
    /// Why the program ends without success although everything was measured.
    fn failure(&self, found: &Evaluation, global: &Global) -> Option<Failure> {
        for Floor { name, figure, least } in &self.fail_under {
            let Some(value) = figure(&found.report.summary) else { continue };
            if value < *least {
                let (name, least, on) = (name.clone(), *least, found.on.clone());
                return Some(Failure::Under { name, value, least, on });
            }
        }
        match found.skipped.len() {
            n_skipped @ 1.. if global.strict => {
                Some(Failure::Skipped { n_skipped, report: found.folder.join("report.json") })
            }
            _ => None,
        }
    }

    fn job(&self, run: &RunFolder) -> Result<EvaluateJob, Failure> {
        let on = match &self.data {
            None => On::Split(self.split.unwrap_or(Split::Test)),
            Some(source) => On::Data {
                settings: Box::new(self.source(source)),
                embeddings: self.embeddings(source, run)?,
                split: self.split,
            },
        };
        Ok(EvaluateJob { on, level: self.level.level(), baselines: !self.no_baselines })
    }

    fn source(&self, source: &std::path::Path) -> DataSettings {
        DataSettings { layout: self.layout, audio: self.audio.clone(), ..DataSettings::new(source) }
    }

    /// As the run's own: the same model, arithmetic and treatment of tails.
    fn embeddings(&self, source: &std::path::Path, run: &RunFolder) -> Result<Embeddings, Failure> {
        if source.extension().is_some_and(|extension| extension == "parquet") {
            return Ok(Embeddings::Table(source.to_owned()));
        }
        let embedding = run.settings()?.embedding;
        Ok(Embeddings::Model {
            model: Box::new(self.model.open(run)?),
            precision: Precision::from_str(&embedding.precision).unwrap_or_default(),
            tail: TailPolicy::from_str(&embedding.tail).unwrap_or_default(),
            cache: Library::of_user()?.tables(),
        })
    }
}

/// `told` are the skipped files that the embedding has named already.
fn show(found: &Evaluation, told: &BTreeSet<PathBuf>, terminal: &Terminal) {
    for file in found.skipped.iter().filter(|file| !told.contains(&file.path)) {
        terminal.note(format_args!("skipped: {}: {}", file.reason, file.path.display()));
    }
    terminal.event("result", serde_json::to_value(found).unwrap_or(Value::Null));
    terminal.answer(found.text());
}
