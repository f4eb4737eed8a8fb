//! `sonify`: vectors → sounds.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::model::{BatchArg, ModelArg};
use super::progress::Meter;
use super::quantity::{count, duration};
use super::sampler::SamplerArgs;
use super::sonify_run::{self, SonifyRunArgs};
use super::terminal::{Terminal, text};
use crate::studio::sonify::{NoiseSource, Sonified, SonifyJob, SonifyProgress, sonify};

/// Arguments of `sonify`.
#[derive(Debug, Args)]
#[command(
    override_usage = "pecmae sonify [OPTIONS] <RUN>\n       pecmae sonify [OPTIONS] --z <FILE.npy> --output <DIR>"
)]
pub(super) struct SonifyArgs {
    /// Vectors: a .npy file of [D] or [N, D], float32 or float64, in C or Fortran order
    #[arg(long, value_name = "FILE.npy", required_unless_present = "run", conflicts_with = "run")]
    z: Option<PathBuf>,
    /// The folder for NNN.wav and sonify.json, made in a folder that exists; a run that was cut goes on
    #[arg(
        short,
        long,
        value_name = "DIR",
        required_unless_present = "run",
        conflicts_with = "run"
    )]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) run: SonifyRunArgs,
    #[command(flatten)]
    pub(super) model: ModelArg,
    /// Noise in place of a seed: a .npy file of [T, L] for all sounds, or [N, T, L]
    #[arg(long, value_name = "FILE.npy", conflicts_with_all = ["seed", "run"])]
    noise: Option<PathBuf>,
    #[command(flatten)]
    pub(super) batch: BatchArg<4>,
    /// Replace the sounds of another run
    #[arg(long, conflicts_with = "run")]
    overwrite: bool,
    #[command(flatten)]
    pub(super) sampler: SamplerArgs,
}

pub(super) fn run(
    args: &SonifyArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let (Some(z), Some(output)) = (&args.z, &args.output) else {
        return sonify_run::run(args, global, terminal);
    };
    let (model, cancel) = args.model.begin(global, terminal)?;
    let seed = || NoiseSource::Seed(args.sampler.seed);
    let job = SonifyJob {
        z: z.clone(),
        output: output.clone(),
        sampler: args.sampler.config(&model),
        noise: args.noise.clone().map_or_else(seed, NoiseSource::File),
        n_batch: args.batch.n_batch(),
        overwrite: args.overwrite,
    };
    terminal.event("start", json!({ "command": "sonify", "z": text(&job.z) }));
    let mut meter = terminal.meter("sonify");
    let mut on_progress = |progress| show(&progress, &mut meter);
    let done = sonify(&job, &model, global.precision, &mut on_progress, &cancel);
    drop(meter);

    let Sonified { record, n_kept, seconds_each } = done?;
    record.items.iter().for_each(|item| terminal.event("result", json!(item)));
    let peaks = record.items.iter().map(|item| (item.file.as_str(), item.peak));
    note_peaks(&peaks.collect::<Vec<_>>(), terminal);
    let n_items = record.items.len() as u64;
    let kept = if n_kept > 0 { format!(", {n_kept} from before") } else { String::new() };
    let (sounds, each) = (count(n_items, "sound"), duration(seconds_each));
    let fields = json!({ "folder": text(&job.output), "sounds": n_items, "kept": n_kept });
    terminal.done("sonify", fields, format!("{sounds} of {each}{kept} → {}", job.output.display()));
    Ok(())
}

/// Says which sounds exceed full scale, by their files and peaks.
pub(super) fn note_peaks(sounds: &[(&str, f32)], terminal: &Terminal) {
    let n_loud = sounds.iter().filter(|(_, peak)| *peak > 1.0).count();
    let loudest = sounds.iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    if let (1.., Some((file, peak))) = (n_loud, loudest) {
        let n = sounds.len();
        terminal.note(format_args!(
            "{n_loud} of {n} sounds exceed full scale, most of all {file}, which peaks at {peak:.2}; the files keep that as it \
             is, in 32-bit floats, and gain_db in their record brings each to -23 LUFS or near it"
        ));
    }
}

pub(super) fn show(progress: &SonifyProgress, meter: &mut Meter<'_>) {
    let SonifyProgress { n_done, n_items, step: (step, n_steps), .. } = *progress;
    meter.update(
        progress.fraction(),
        || match step {
            0 => format!("{n_done} of {n_items} sounds"),
            _ => format!("{n_done} of {n_items} sounds, step {step} of {n_steps}"),
        },
        || json!({ "sounds_done": n_done, "sounds": n_items, "step": step, "steps": n_steps }),
    );
}
