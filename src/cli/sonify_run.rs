//! `sonify RUN`: the prototypes of a run → sounds in its folder.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::model::say_if_built_in;
use super::number;
use super::progress::Meter;
use super::quantity::{count, duration};
use super::run_arg::{RunsArg, open_model};
use super::sonify::{self, SonifyArgs};
use super::terminal::{Terminal, text};
use crate::studio::columns::columns;
use crate::studio::sonify_run::{
    CANDIDATES, Check, SonifiedRun, SonifyRunEvent, SonifyRunJob, Sound, sonify_run,
};

/// What only concerns runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of a run")]
pub(super) struct SonifyRunArgs {
    /// A run, by its name or its folder: renders its prototypes into sounds/ there
    #[arg(value_name = "RUN", help_heading = None)]
    run: Option<PathBuf>,
    #[command(flatten)]
    runs: RunsArg,
    /// Sounds of each prototype, all by the same noise; take t has seed S + t
    #[arg(long, value_name = "N", default_value = "3", requires = "run", value_parser = number::count(100), allow_negative_numbers = true)]
    takes: NonZeroUsize,
    /// Sounds drawn for each one that is kept: the one that is heard as most similar to its prototype
    #[arg(long, value_name = "N", default_value_t = CANDIDATES, requires = "run", value_parser = number::count(1000), allow_negative_numbers = true)]
    candidates: NonZeroUsize,
    /// Only these prototypes, or those of these classes [default: all that are enabled]
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "run")]
    only: Vec<String>,
    /// Also embed each sound again, and say what class the run hears in it
    #[arg(long, requires = "run")]
    check: bool,
}

pub(super) fn run(
    args: &SonifyArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let SonifyRunArgs { run, runs, takes, candidates, only, check } = &args.run;
    let run = runs.open(run.as_deref().unwrap_or(&runs.runs))?;
    let model = open_model(args.model.name(), &run)?;
    say_if_built_in(model.is_built_in(), terminal);
    let job = SonifyRunJob {
        only: only.clone(),
        n_takes: *takes,
        seed: args.sampler.seed,
        sampler: args.sampler.config(&model),
        n_candidates: *candidates,
        n_batch: args.batch.n_batch(),
        check: *check,
    };
    terminal.event("start", json!({ "command": "sonify", "run": text(run.path()) }));
    let mut meter = terminal.meter("sonify");
    let mut tell = |event| show(event, &mut meter);
    let done = sonify_run(&run, &job, &model, global.precision, &mut tell, &cancel);
    drop(meter);

    let done = done?;
    let SonifiedRun { sounds, n_kept, n_prototypes, seconds_each } = &done;
    sounds.iter().for_each(|sound| terminal.event("result", json!(sound)));
    if *check {
        table(sounds).into_iter().for_each(|line| terminal.answer(line));
    }
    warn_of_levels(sounds, terminal);
    let path = run.sounds_path();
    let (n_sounds, n_own) = (sounds.len() as u64, checks(sounds).filter(|c| c.is_own).count());
    let kept = if *n_kept > 0 { format!(", {n_kept} from before") } else { String::new() };
    let heard = match check {
        true => format!(", {n_own} of {n_sounds} heard as the prototype's class"),
        false => String::new(),
    };
    let fields = json!({
        "run": text(run.path()), "folder": text(&path), "sounds": n_sounds, "kept": n_kept,
        "own_class": check.then_some(n_own),
    });
    let (n_sounds, n_prototypes) =
        (count(n_sounds, "sound"), count(*n_prototypes as u64, "prototype"));
    let (each, path) = (duration(*seconds_each), path.display());
    let line = format!("{n_sounds} of {each} of {n_prototypes}{kept}{heard} → {path}");
    terminal.done("sonify", fields, line);
    Ok(())
}

pub(super) fn show(event: SonifyRunEvent, meter: &mut Meter<'_>) {
    match event {
        SonifyRunEvent::Render(progress) => sonify::show(&progress, meter),
        SonifyRunEvent::Check { n_done, n_items } => meter.update(
            n_done as f64 / n_items.max(1) as f64,
            || format!("{n_done} of {n_items} sounds embedded again"),
            || json!({ "checked": n_done, "sounds": n_items }),
        ),
    }
}

pub(super) fn checks(sounds: &[Sound]) -> impl Iterator<Item = &Check> {
    sounds.iter().filter_map(|sound| sound.check.as_ref())
}

/// One line a prototype: what is heard in its takes.
pub(super) fn table(sounds: &[Sound]) -> Vec<String> {
    let mut of_prototype: BTreeMap<usize, Vec<&Sound>> = BTreeMap::new();
    sounds.iter().for_each(|sound| of_prototype.entry(sound.row).or_default().push(sound));
    let head = ["PROTOTYPE", "OWN CLASS", "P(OWN)", "DISTANCE", "LUFS", "PEAK", "HEARD AS"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for sounds in of_prototype.values() {
        let of = || sounds.iter().filter_map(|sound| sound.check.as_ref());
        let mean = |values: Vec<f32>| values.iter().sum::<f32>() / values.len().max(1) as f32;
        let loudness: Vec<_> = sounds.iter().filter_map(|sound| sound.lufs).collect();
        let lufs = if loudness.is_empty() {
            "silent".to_owned()
        } else {
            format!("{:.1}", mean(loudness))
        };
        let mut others: Vec<_> =
            of().filter(|check| !check.is_own).map(|check| check.given.join("+")).collect();
        others.sort();
        others.dedup();
        rows.push(vec![
            sounds[0].prototype.clone(),
            format!("{}/{}", of().filter(|check| check.is_own).count(), sounds.len()),
            format!("{:.3}", mean(of().map(|check| check.own_probability).collect())),
            format!("{:.3}", mean(of().map(|check| check.distance).collect())),
            lufs,
            format!("{:.2}", sounds.iter().fold(0.0_f32, |peak, sound| peak.max(sound.peak))),
            others.join(", "),
        ]);
    }
    // Words stand left, also behind the numbers.
    let words: Vec<_> = rows.iter_mut().filter_map(Vec::pop).collect();
    let lines = columns(&rows, 1).into_iter().zip(words);
    lines.map(|(line, word)| format!("{line}  {word}").trim_end().to_owned()).collect()
}

pub(super) fn warn_of_levels(sounds: &[Sound], terminal: &Terminal) {
    let n = sounds.len();
    let peaks = sounds.iter().map(|sound| (sound.file.as_str(), sound.peak));
    sonify::note_peaks(&peaks.collect::<Vec<_>>(), terminal);
    let n_silent = sounds.iter().filter(|sound| sound.lufs.is_none()).count();
    if n_silent > 0 {
        terminal.warn(format_args!("{n_silent} of {n} sounds are silent, or nearly so"));
    }
}
