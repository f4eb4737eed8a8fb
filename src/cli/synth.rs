//! `synth`: rules and a seed → labeled audio.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::number;
use super::quantity::{count, duration};
use super::terminal::{Terminal, text};
use crate::audio::AudioFormat;
use crate::studio::synth::{Size, SynthJob, SynthProgress, synth};
use crate::synthesis::{Collection, Renderer};

/// What can be made.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Clips of 4 s, one class for each instrument
    Instruments(SetArgs),
    /// Clips of 8 s, one class for each style of music
    Genres(SetArgs),
    /// Tracks of 12 s of everything, to pretrain on
    Corpus(CorpusArgs),
}

/// Arguments of the labeled sets.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Clips of each class in train, validation and test
    #[arg(
        long,
        value_name = "TRAIN,VALIDATION,TEST",
        value_delimiter = ',',
        default_value = "200,50,50"
    )]
    #[arg(value_parser = number::within(0..=100_000_u64), allow_negative_numbers = true)]
    per_class: Vec<u64>,
}

/// Arguments of the corpus.
#[derive(Debug, Args)]
pub(super) struct CorpusArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// How much there is to be, in hours
    #[arg(long, value_name = "H", default_value = "1", value_parser = number::real(0.001..=10_000.0), allow_negative_numbers = true)]
    hours: f64,
    /// The same in tracks
    #[arg(long, value_name = "N", conflicts_with = "hours", value_parser = number::within(1..=10_000_000_u64), allow_negative_numbers = true)]
    tracks: Option<u64>,
}

/// Arguments of all.
#[derive(Debug, Args)]
struct CommonArgs {
    /// The folder to fill, made if it is not there; what a stopped run left is gone on with
    #[arg(value_name = "OUT")]
    folder: PathBuf,
    /// What everything random follows from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The samples to play with, a .sf2 file; `none` for the built-in synthesiser [default: FluidR3_GM.sf2 or what else is installed, or none]
    #[arg(long, value_name = "FILE")]
    soundfont: Option<PathBuf>,
    /// How clips are stored: wav, flac or ogg
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: AudioFormat,
    /// The quality of ogg, in hundredths
    #[arg(long, value_name = "Q", default_value_t = 60, value_parser = number::within(-10..=100_i8), allow_negative_numbers = true)]
    quality: i8,
    /// Say how much would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let (collection, common, size) = match verb {
        Verb::Instruments(args) => (Collection::Instruments, &args.common, args.size()?),
        Verb::Genres(args) => (Collection::Genres, &args.common, args.size()?),
        Verb::Corpus(args) => (Collection::Corpus, &args.common, args.size()),
    };
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let renderer = Renderer::choose(common.soundfont.as_deref())?;
    let sha256 = renderer.sha256().map(|digest| digest.to_string());
    terminal.event(
        "start",
        json!({
            "command": "synth", "collection": collection.to_string(), "seed": common.seed,
            "soundfont": renderer.name(), "soundfont_sha256": sha256,
        }),
    );
    let digest = sha256.map(|sha256| format!(" (SHA-256 {})", &sha256[..16])).unwrap_or_default();
    terminal.note(format_args!("played by {}{digest}", renderer.name()));
    let job = SynthJob {
        collection,
        size,
        seed: common.seed,
        format: common.format,
        quality: common.quality,
        folder: common.folder.clone(),
    };
    if common.dry_run {
        tell_plan(&job, terminal);
        return Ok(());
    }
    let meter = Mutex::new(terminal.meter("synth"));
    let tell = |progress: SynthProgress| {
        let SynthProgress { n_made, n_kept, n_clips, audio_seconds, .. } = progress;
        let speed = progress.speed();
        meter.lock().unwrap_or_else(PoisonError::into_inner).update(
            progress.fraction(),
            || format!("{} of {n_clips} clips, {speed:.0} × real time", n_made + n_kept),
            || {
                json!({
                    "clips_done": n_made + n_kept, "clips": n_clips, "audio_seconds": audio_seconds,
                    "times_real_time": speed,
                })
            },
        );
    };
    let done = synth(&job, &renderer, &tell, &cancel);
    drop(meter);
    let progress = done?;
    finish(&progress, &job, terminal);
    Ok(())
}

/// What would be made.
fn tell_plan(job: &SynthJob, terminal: &Terminal) {
    let n_clips = job.n_clips();
    let seconds = n_clips as f64 * job.collection.clip_seconds();
    let fields = json!({ "folder": text(&job.folder), "clips": n_clips, "audio_seconds": seconds });
    let (clips, audio) = (count(n_clips, "clip"), duration(seconds));
    terminal.done("synth", fields, format!("{clips}, {audio} of audio; nothing was written"));
}

fn finish(progress: &SynthProgress, job: &SynthJob, terminal: &Terminal) {
    let SynthProgress { n_made, n_kept, n_clips, audio_seconds, elapsed } = *progress;
    let mut line = count(n_clips, "clip");
    if n_kept > 0 {
        line += &format!(", {n_kept} of them from before");
    }
    if n_made > 0 {
        let (audio, elapsed) = (duration(audio_seconds), duration(elapsed.as_secs_f64()));
        let speed = progress.speed();
        line += &format!(", {audio} of audio in {elapsed} ({speed:.0} × real time)");
    }
    line += &format!(" → {}", job.folder.display());
    let fields = json!({
        "folder": text(&job.folder), "clips": n_clips, "kept": n_kept, "audio_seconds": audio_seconds,
        "elapsed_seconds": elapsed.as_secs_f64(),
    });
    terminal.done("synth", fields, line);
}

impl SetArgs {
    fn size(&self) -> Result<Size, Failure> {
        match *self.per_class.as_slice() {
            [train, validation, test] if train + validation + test > 0 => {
                Ok(Size::PerClass([train, validation, test]))
            }
            _ => Err(Failure::PerClass { given: self.per_class.clone() }),
        }
    }
}

impl CorpusArgs {
    fn size(&self) -> Size {
        let seconds = 3600.0 * self.hours;
        let n_tracks = (seconds / Collection::Corpus.clip_seconds()).ceil() as u64;
        Size::Tracks(self.tracks.unwrap_or(n_tracks))
    }
}
