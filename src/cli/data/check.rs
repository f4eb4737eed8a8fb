//! `data check`: a report, and nothing written.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::super::args::Global;
use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::number::within;
use super::super::quantity::{count, duration};
use super::super::source::{SourceArgs, Splits};
use super::super::terminal::{Terminal, text};
use crate::columns;
use crate::dataset::{ReadOptions, SplitOrigin, SplitPlan};
use crate::studio::data::{CheckJob, DataReport, Probe, SplitCount, check};

/// Ignored files and near-duplicates that are printed one by one; `--json` has them all.
const N_SHOWN: usize = 20;

/// Arguments of `data check`.
#[derive(Debug, Args)]
pub(in super::super) struct CheckArgs {
    /// A folder, or a CSV, TSV or JSON-lines list of files and classes
    #[arg(value_name = "SRC")]
    source: PathBuf,
    #[command(flatten)]
    source_args: SourceArgs,
    /// Draws the splits
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = within(0..=u64::MAX), allow_negative_numbers = true)]
    seed: u64,
    /// Open each file, but do not decode and hash all of it
    #[arg(long)]
    quick: bool,
    /// A table made of the source by `embed`, to find near-duplicates across splits in
    #[arg(long, value_name = "TABLE.parquet")]
    table: Option<PathBuf>,
    /// Cosine of mean z from which two tracks count as near-duplicates
    #[arg(long, value_name = "COSINE", default_value_t = 0.98, requires = "table", value_parser = cosine, allow_negative_numbers = true)]
    near: f32,
}

fn cosine(text: &str) -> Result<f32, String> {
    let value = text.parse::<f32>().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

pub(super) fn run(
    args: &CheckArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let job = args.job();
    terminal.event("start", json!({ "command": "data check", "source": text(&args.source) }));
    let mut meter = terminal.meter("data check");
    let mut on_progress = |n_done: usize, n_files: usize| {
        let words = || format!("{n_done} of {}", count(n_files as u64, "file"));
        let fields = || json!({ "files_done": n_done, "files": n_files });
        meter.update(n_done as f64 / n_files.max(1) as f64, words, fields);
    };
    let report = check(&job, &mut on_progress, &cancel);
    drop(meter);
    let report = report?;
    tell(&report, terminal);
    if let Some(reason) = report.unusable {
        return Err(Failure::UnusableData { reason, path: args.source.clone() });
    }
    let line = "nothing was written";
    if let n_findings @ 1.. = report.n_findings()
        && global.strict
    {
        terminal.summary(line);
        return Err(Failure::Findings { n_findings });
    }
    let fields = json!({
        "tracks": report.n_tracks, "ignored": report.ignored.len(), "problems": report.problems.len(),
        "warnings": report.warnings.len(),
    });
    terminal.done("data check", fields, line);
    Ok(())
}

impl CheckArgs {
    fn job(&self) -> CheckJob {
        CheckJob {
            options: ReadOptions {
                layout: self.source_args.layout,
                audio: self.source_args.audio.clone(),
                group_by: self.source_args.group_by.clone(),
                gtzan_filtered: self.source_args.splits == Some(Splits::GtzanFiltered),
            },
            plan: SplitPlan {
                seed: self.seed,
                redraw: self.source_args.splits == Some(Splits::Draw),
                ..SplitPlan::default()
            },
            probe: if self.quick { Probe::Beginning } else { Probe::Whole },
            table: self.table.clone(),
            near_cosine: self.near,
            ..CheckJob::new(&self.source)
        }
    }
}

fn tell(report: &DataReport, terminal: &Terminal) {
    let json = serde_json::to_value(report).unwrap_or(Value::Null);
    terminal.event("result", json);
    let line = |key: &str, words: String| terminal.answer(format_args!("{key:<10} {words}"));
    line("layout", report.layout.to_string());
    report.notes.iter().for_each(|note| line("", note.clone()));
    let several = if report.multi_label { ", several a track" } else { "" };
    line("classes", format!("{}{several}", report.classes.len()));
    let width = report.classes.iter().map(|class| columns::width(&class.label)).max().unwrap_or(0);
    for class in &report.classes {
        let (label, n) = (columns::left(&class.label, width), class.n_tracks);
        line("", format!("{label}  {n:>5}   {}", splits(&class.splits)));
    }
    line("files", files(report));
    if !report.audio.is_empty() {
        line("audio", audio(report));
    }
    line("splits", format!("{}; {}", origin(report), splits(&report.splits)));
    let groups = count(report.n_groups as u64, "group");
    line(
        "groups",
        match &report.grouped_by {
            Some(by) => format!("grouped by: {by} ({groups})"),
            None => "grouped by: none (!)".to_owned(),
        },
    );
    for ignored in report.ignored.iter().take(N_SHOWN) {
        line("ignored", format!("{}: {}", ignored.path.display(), ignored.reason));
    }
    if report.ignored.len() > N_SHOWN {
        line("ignored", format!("… and {} more, see --json", report.ignored.len() - N_SHOWN));
    }
    for problem in &report.problems {
        let place = problem.line.map_or_else(String::new, |line| format!(", line {line}"));
        line("problem", format!("{}{place}: {}", problem.path.display(), problem.reason));
    }
    for pair in report.near.iter().flat_map(|near| near.pairs.iter().take(N_SHOWN)) {
        line("near", format!("{:.4}  {}  {}", pair.cosine, pair.a, pair.b));
    }
    report.warnings.iter().for_each(|warning| line("warning", warning.clone()));
}

fn files(report: &DataReport) -> String {
    let DataReport { n_files, n_tracks, problems, ignored, .. } = report;
    let length =
        report.seconds.map_or_else(String::new, |s| format!(" with {} of audio", duration(s)));
    let tracks = count(*n_tracks as u64, "usable track");
    let problems = count(problems.len() as u64, "problem");
    format!("{n_files} audio, {tracks}{length}, {problems}, {} ignored", ignored.len())
}

fn audio(report: &DataReport) -> String {
    let kinds = report.audio.iter().map(|kind| {
        let channels = match kind.n_channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            n => format!("{n} channels"),
        };
        format!("{} Hz {channels} {}", kind.sample_rate_hz, kind.n_files)
    });
    kinds.collect::<Vec<_>>().join(", ")
}

fn origin(report: &DataReport) -> String {
    let seed = report.seed;
    match report.split_origin {
        SplitOrigin::Given => "given by the source".to_owned(),
        SplitOrigin::ValidationCarved => {
            format!("given by the source, validation carved from train with seed {seed}")
        }
        SplitOrigin::Drawn => format!("drawn 80/10/10 by name with seed {seed}"),
    }
}

fn splits(n: &SplitCount) -> String {
    let none = if n.none > 0 { format!(", none {}", n.none) } else { String::new() };
    format!("train {}, validation {}, test {}{none}", n.train, n.validation, n.test)
}
