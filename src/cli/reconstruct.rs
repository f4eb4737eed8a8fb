//! `reconstruct`: an audio file → what the model makes of it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::model::{BatchArg, ModelArg};
use super::progress::Meter;
use super::quantity::{count, duration};
use super::sampler::SamplerArgs;
use super::terminal::{Terminal, text};
use crate::audio::WavFormat;
use crate::studio::reconstruct::{
    ReconstructJob, ReconstructProgress, Reconstruction, Through, reconstruct,
};

/// Arguments of `reconstruct`.
#[derive(Debug, Args)]
pub(super) struct ReconstructArgs {
    /// The audio file
    #[arg(value_name = "FILE")]
    source: PathBuf,
    /// The WAV file to write, in a folder that exists; it appears whole at the end, so a run that was cut starts over
    #[arg(short, long, value_name = "OUT.wav")]
    output: PathBuf,
    #[command(flatten)]
    model: ModelArg,
    /// How far in: z (one vector a segment) or codec (the best the model's sound can be)
    #[arg(long, value_name = "WAY", value_enum, default_value_t = Way::Z, hide_possible_values = true)]
    through: Way,
    /// Write 32-bit floats, not 16-bit integers
    #[arg(long)]
    float: bool,
    #[command(flatten)]
    batch: BatchArg<4>,
    #[command(flatten)]
    sampler: SamplerArgs,
}

/// Names of the ways.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Way {
    Z,
    Codec,
}

pub(super) fn run(
    args: &ReconstructArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let (model, cancel) = args.model.begin(global, terminal)?;
    let job = ReconstructJob {
        source: args.source.clone(),
        output: args.output.clone(),
        through: match args.through {
            Way::Z => Through::Z { sampler: args.sampler.config(&model), seed: args.sampler.seed },
            Way::Codec => Through::Codec,
        },
        format: if args.float { WavFormat::Float32 } else { WavFormat::Pcm16 },
        n_batch: args.batch.n_batch(),
    };
    terminal.event("start", json!({ "command": "reconstruct", "source": text(&job.source) }));
    let mut meter = terminal.meter("reconstruct");
    let mut on_progress = |progress| show(&progress, &mut meter);
    let done = reconstruct(&job, &model, global.precision, &mut on_progress, &cancel);
    drop(meter);

    let Reconstruction { n_samples, seconds, n_segments, n_clipped } = done?;
    if n_clipped > 0 {
        let samples = count(n_clipped, "sample");
        terminal.warn(format_args!("{samples} beyond full scale were clipped; --float keeps them"));
    }
    let (length, segments) = (duration(seconds), count(n_segments as u64, "segment"));
    let fields = json!({
        "output": text(&job.output), "samples": n_samples, "seconds": seconds, "segments": n_segments,
        "clipped": n_clipped,
    });
    let line = format!("{length} of sound from {segments} → {}", job.output.display());
    terminal.done("reconstruct", fields, line);
    Ok(())
}

fn show(progress: &ReconstructProgress, meter: &mut Meter<'_>) {
    let ReconstructProgress { seconds_done, seconds, step: (step, n_steps), .. } = *progress;
    meter.update(
        progress.fraction(),
        || match step {
            0 => format!("{} of sound", duration(seconds_done)),
            _ => format!("{} of sound, step {step} of {n_steps}", duration(seconds_done)),
        },
        || json!({ "seconds_done": seconds_done, "seconds": seconds, "step": step, "steps": n_steps }),
    );
}
