//! `train`: labeled audio → a run.

mod job;
mod options;
mod preset;
mod watch;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

pub(super) use self::job::JobArgs;
pub(super) use self::watch::Watch;
use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::number::ordinal;
use super::quantity::count;
use super::terminal::{Terminal, text};
use crate::runs::{RunFolder, list_runs};
use crate::studio::train::{TrainJob, TrainSummary, resume, train};

/// Arguments of `train`.
#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// Labeled audio: a folder or list as `data check` reads it, or a table of `embed` with labels
    #[arg(value_name = "SRC", required_unless_present_any = ["resume", "config"])]
    source: Option<PathBuf>,
    /// Name of the run [default: the source's, numbered if that is taken]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where runs live
    #[arg(long, value_name = "DIR", default_value = "prototypes", env = "PECMAE_RUNS")]
    runs: PathBuf,
    /// Prototypes of each class [default: 5]
    #[arg(short = 'k', long, value_name = "K", value_parser = ordinal, allow_negative_numbers = true)]
    #[arg(help_heading = "Prototypes")]
    prototypes_per_class: Option<usize>,
    #[command(flatten)]
    job: JobArgs,
    /// Go on with this run, to the very numbers of an uninterrupted one
    #[arg(long, value_name = "RUN", conflicts_with_all = ["source", "name", "preset", "table", "seed", "shuffle_labels", "dry_run", "config", "prototypes_per_class", "SourceArgs", "PrototypeArgs", "TrainingArgs"])]
    resume: Option<PathBuf>,
    /// With --resume: so many steps beyond its end
    #[arg(long, value_name = "N", requires = "resume", conflicts_with = "source", value_parser = ordinal, allow_negative_numbers = true)]
    add_steps: Option<usize>,
    /// Embed and check everything, but write no run
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(
    args: &TrainArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let mut watch = Watch::new(terminal);
    let done = match &args.resume {
        Some(run) => {
            let folder = RunFolder::open(&find(run, &args.runs)?)?;
            resume(
                folder,
                args.add_steps.and_then(NonZeroUsize::new),
                args.job.checkpoint_every(),
                &mut |event| watch.tell(event),
                &cancel,
            )
        }
        None => {
            let job = args.job(global, terminal)?;
            train(&job, &mut |event| watch.tell(event), &cancel)
        }
    };
    drop(watch);
    finish(&done?, global, terminal)
}

/// A run by its path, or by its name below the folder of runs; a folder that is no run hides none of that name.
pub(super) fn find(run: &Path, runs: &Path) -> Result<PathBuf, Failure> {
    let below = runs.join(run);
    if run.is_file() || RunFolder::open(run).is_ok() {
        return Ok(run.to_owned());
    }
    if RunFolder::open(&below).is_ok() {
        return Ok(below);
    }
    let there = list_runs(runs)?.into_iter().map(|found| found.folder.name()).collect();
    Err(Failure::UnknownRun { run: run.to_owned(), there, runs: runs.to_owned() })
}

impl TrainArgs {
    fn job(&self, global: &Global, terminal: &Terminal) -> Result<TrainJob, Failure> {
        let (source, name) = (self.source.as_deref(), self.name.as_deref());
        let mut job = self.job.job(source, name, &self.runs, global, terminal)?;
        job.prototypes.per_class = self.prototypes_per_class.unwrap_or(job.prototypes.per_class);
        job.dry_run = self.dry_run;
        Ok(job)
    }
}

/// How a training ended.
pub(super) fn summary_line(summary: &TrainSummary) -> String {
    let n_prototypes = count(summary.n_prototypes as u64, "prototype");
    let mut line = format!("{}: {n_prototypes} of {} classes", summary.state, summary.labels.len());
    let accuracy = summary.validation.as_ref().map(|found| found.balanced_accuracy);
    match (accuracy, summary.best_step) {
        (Some(accuracy), Some(step)) => {
            line += &format!(
                ", class-balanced accuracy on validation {accuracy:.3} (kept: step {step} of {})",
                summary.step
            );
        }
        _ => line += ", no validation split to measure it on; the last step is kept",
    }
    line
}

fn finish(summary: &TrainSummary, global: &Global, terminal: &Terminal) -> Result<(), Failure> {
    if let Some((a, b, distance)) = summary.twins.iter().min_by(|x, y| x.2.total_cmp(&y.2)) {
        let pairs = count(summary.twins.len() as u64, "pair");
        terminal.note(format_args!(
            "{pairs} of prototypes of one class have become nearly the same, {a} and {b} most (distance {distance:.1e}); \
             --diversity keeps them apart, fewer --prototypes-per-class may do"
        ));
    }
    let fields = json!({
        "run": summary.path.as_deref().map(text), "state": summary.state, "step": summary.step,
        "best_step": summary.best_step, "validation": summary.validation, "labels": summary.labels,
        "prototypes": summary.n_prototypes, "twins": summary.twins, "skipped": summary.n_skipped,
    });
    let Some(path) = &summary.path else {
        let n_prototypes = count(summary.n_prototypes as u64, "prototype");
        let n_classes = summary.labels.len();
        let line =
            format!("nothing was written: {n_prototypes} of {n_classes} classes would be trained");
        terminal.done("train", fields, line);
        return Ok(());
    };
    let mut line = summary_line(summary);
    let skipped = RunFolder::open(path).map(|folder| folder.skipped_path()).unwrap_or_default();
    if summary.n_skipped > 0 {
        line += &format!(", {} skipped (see {})", summary.n_skipped, skipped.display());
    }
    if summary.n_test > 0 {
        terminal.note(format_args!("test it with `pecmae evaluate {}`", path.display()));
    }
    if let (n_skipped @ 1.., true) = (summary.n_skipped, global.strict) {
        terminal.note(format_args!("{line} → {}", path.display()));
        return Err(Failure::Skipped { n_skipped, report: skipped });
    }
    terminal.done("train", fields, format_args!("{line} → {}", path.display()));
    Ok(())
}
