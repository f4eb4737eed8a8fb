//! `embed`: audio files → a table of vectors.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::args::Global;
use super::exit::Failure;
use super::model::{BatchArg, ModelArg};
use super::number::{self, ordinal};
use super::progress::Meter;
use super::quantity::{count, duration};
use super::terminal::{Terminal, text};
use crate::audio::TailPolicy;
use crate::embeddings::Shard;
use crate::studio::embed::{
    EmbedJob, EmbedSummary, Event, FrameRequest, FramesOutput, ModelEncoder, Progress, Skipped,
};

/// Arguments of `embed`.
#[derive(Debug, Args)]
pub(super) struct EmbedArgs {
    /// A folder, an audio file, or a CSV or TSV list with a column `path` (and `label`); the README says what else it may hold
    #[arg(value_name = "SRC")]
    source: PathBuf,
    /// The table, in a folder that exists; one that is there is brought up to date, a run that was cut goes on
    #[arg(short, long, value_name = "TABLE.parquet")]
    output: PathBuf,
    #[command(flatten)]
    model: ModelArg,
    /// What becomes of a last, shorter segment: published, mask, drop or pad
    #[arg(long, value_name = "POLICY", default_value_t)]
    tail: TailPolicy,
    #[command(flatten)]
    batch: BatchArg<8>,
    /// Threads that decode audio
    #[arg(long, value_name = "N", default_value = "2", value_parser = number::count(1024), allow_negative_numbers = true)]
    decoders: NonZeroUsize,
    /// Also write frame embeddings, to TABLE.frames.parquet or to FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    frames: Option<Option<PathBuf>>,
    /// Take frame embeddings after this layer, counted from 1, not after the last; implies --frames
    #[arg(long, value_name = "L", value_parser = ordinal, allow_negative_numbers = true)]
    layer: Option<usize>,
    /// Only this part of the tracks, as in 1/4; see `merge`
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Compute everything again, whatever is there
    #[arg(long)]
    restart: bool,
}

pub(super) fn run(
    args: &EmbedArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let (model, cancel) = args.model.begin(global, terminal)?;
    let encoder = ModelEncoder::load(&model, global.precision)?;
    let job = args.job(&encoder);

    let mut watch = Watch::new(terminal);
    let summary = encoder.embed(&job, &mut |event| watch.tell(event), &cancel);
    drop(watch);
    finish(&summary?, &job, global, terminal)
}

impl EmbedArgs {
    fn job(&self, encoder: &ModelEncoder) -> EmbedJob {
        let plan = encoder.plan(self.tail);
        let mut job = EmbedJob::new(&self.source, &self.output, plan);
        (job.n_batch, job.n_decoders) = (self.batch.n_batch(), self.decoders);
        job.n_queue = job.n_queue.max(job.n_batch.saturating_add(job.n_batch.get()));
        (job.shard, job.restart) = (self.shard, self.restart);
        if self.frames.is_some() || self.layer.is_some() {
            let path = self.frames.clone().flatten().unwrap_or_else(|| job.default_frames_path());
            let request = FrameRequest { layer: self.layer };
            job.frames = Some(FramesOutput { request, path });
        }
        job
    }
}

/// Tells what a run tells.
pub(super) struct Watch<'a> {
    terminal: &'a Terminal,
    meter: Meter<'a>,
    n_tracks: usize,
}

impl<'a> Watch<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, meter: terminal.meter("embed"), n_tracks: 0 }
    }

    pub(super) fn tell(&mut self, event: Event) {
        let terminal = self.terminal;
        match event {
            Event::Start { n_tracks, n_ignored, n_vanished, recovery } => {
                self.n_tracks = n_tracks;
                terminal.event(
                    "start",
                    json!({
                        "command": "embed", "tracks": n_tracks, "ignored": n_ignored, "vanished": n_vanished,
                        "recovered_tracks": recovery.n_tracks, "damaged_records": recovery.n_damaged,
                    }),
                );
                if recovery.n_tracks > 0 {
                    let done = count(recovery.n_tracks as u64, "track");
                    terminal.note(format_args!("going on after {done} of an interrupted run"));
                }
                if n_vanished > 0 {
                    let gone = count(n_vanished as u64, "track");
                    terminal.warn(format_args!(
                        "{gone} of the earlier table are no longer in the source and leave the table"
                    ));
                }
            }
            Event::Skipped(Skipped { path, reason }) => {
                let path = text(&path);
                // About a single file, the error that ends the run says the same.
                if self.n_tracks != 1 {
                    terminal.note(format_args!("skipped: {reason}: {path}"));
                }
                terminal.event("skip", json!({ "path": path, "reason": reason }));
            }
            Event::TrackDone { id, n_segments } => {
                terminal.event("result", json!({ "track": id, "segments": n_segments }));
            }
            Event::Progress(progress) => self.show(&progress),
            Event::Ignored { .. } | Event::TrackReused { .. } | Event::Writing => {}
        }
    }

    fn show(&mut self, progress: &Progress) {
        let Progress { n_tracks_done, n_tracks, n_segments, audio_seconds, .. } = *progress;
        let speed = speed(progress);
        self.meter.update(
            progress.fraction(),
            || {
                let audio = duration(audio_seconds);
                format!(
                    "{n_tracks_done} of {n_tracks} tracks, {audio} of audio, {speed:.0} × real time"
                )
            },
            || {
                json!({
                    "tracks_done": n_tracks_done, "tracks": n_tracks, "segments": n_segments,
                    "audio_seconds": audio_seconds, "times_real_time": speed,
                })
            },
        );
    }
}

/// Seconds of audio a second.
fn speed(progress: &Progress) -> f64 {
    progress.audio_seconds / progress.elapsed.as_secs_f64().max(1e-9)
}

fn finish(
    summary: &EmbedSummary,
    job: &EmbedJob,
    global: &Global,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let EmbedSummary { n_tracks, n_rows, n_reused, ref skipped, progress, .. } = *summary;
    let (n_skipped, report) = (skipped.len(), job.report_path());
    let frames = job.frames.as_ref().map(|frames| &frames.path);
    let mut line = format!("{}, {}", count(n_tracks as u64, "track"), count(n_rows, "segment"));
    if n_reused > 0 {
        line += &format!(", {n_reused} of the tracks from before");
    }
    if progress.n_segments > 0 {
        let (audio, elapsed) =
            (duration(progress.audio_seconds), duration(progress.elapsed.as_secs_f64()));
        let speed = speed(&progress);
        line += &format!(", {audio} of audio in {elapsed} ({speed:.0} × real time)");
    }
    match n_skipped {
        0 => line += ", nothing skipped",
        _ => line += &format!(", {n_skipped} skipped (see {})", report.display()),
    }
    line += &format!(" → {}", job.table.display());
    if let Some(frames) = frames {
        line += &format!(" and {}", frames.display());
    }
    if global.strict && n_skipped > 0 {
        terminal.summary(line);
        return Err(Failure::Skipped { n_skipped, report });
    }
    let fields = json!({
        "table": text(&job.table), "frames": frames.map(|path| text(path)), "tracks": n_tracks, "rows": n_rows,
        "reused": n_reused, "skipped": n_skipped, "segments_computed": progress.n_segments,
        "audio_seconds": progress.audio_seconds, "elapsed_seconds": progress.elapsed.as_secs_f64(),
    });
    terminal.done("embed", fields, line);
    Ok(())
}
