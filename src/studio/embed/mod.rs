//! Audio files → the table of their embeddings.
//!
//! ```text
//! source ──▶ tracks ──▶ decoding threads ──▶ queue of segments ──▶ batches ──▶ encoder ──▶ journal ──▶ table
//! ```
//!
//! Memory is bounded by the queue, one batch, and a few words a segment, whatever the length of a track. A run
//! that dies at any moment leaves its journal, and the same job goes on from there to the same bytes.

mod compute;
mod decode;
mod earlier;
mod encoder;
mod error;
mod event;
mod finish;
mod list;
mod model;
mod source;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::sync_channel;

use compute::{Compute, State};
use decode::{Decoding, Known};
pub use decode::{OpenSegments, Segments, open_audio};
use earlier::Earlier;
pub use encoder::{BoxError, Encoded, EncoderIdentity, FrameRequest, SegmentEncoder};
pub use error::EmbedError;
pub use event::{EmbedSummary, Event, Progress};
pub use list::ListError;
pub use model::{LayerError, ModelEncoder};
pub use source::{ListedTrack, Listing, SourceError, list_tracks};

use super::damage::DamagedModel;
use super::output::check_file;
pub use super::skipped::Skipped;
use super::skipped::report_path;
use crate::audio::SegmentPlan;
use crate::embeddings::{FrameSettings, Journal, JournalHeader, Settings, Shard};
use crate::files::AtomicFile;
use crate::job::CancelToken;

/// What to embed, and where to.
#[derive(Debug, Clone)]
pub struct EmbedJob {
    /// A folder, an audio file, or a CSV or TSV file that names audio files.
    pub source: PathBuf,
    /// The table to write or to bring up to date; its name ends in `.parquet`.
    pub table: PathBuf,
    /// How tracks are cut.
    pub plan: SegmentPlan,
    /// Frame embeddings are wanted, too.
    pub frames: Option<FramesOutput>,
    /// Only this part of the tracks.
    pub shard: Option<Shard>,
    /// Segments computed together.
    pub n_batch: NonZeroUsize,
    /// Threads that decode.
    pub n_decoders: NonZeroUsize,
    /// Segments that may wait for the encoder.
    pub n_queue: NonZeroUsize,
    /// Computes everything again, whatever is there.
    pub restart: bool,
}

/// Which frame embeddings to write, and where to.
#[derive(Debug, Clone)]
pub struct FramesOutput {
    /// Which ones.
    pub request: FrameRequest,
    /// Their table; its name ends in `.parquet`.
    pub path: PathBuf,
}

impl EmbedJob {
    /// A job over all tracks: batches of 8, one decoding thread, a queue of 32 segments, no frames.
    pub fn new(source: &Path, table: &Path, plan: SegmentPlan) -> Self {
        let count = |n| NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN);
        let (source, table) = (source.to_owned(), table.to_owned());
        let (n_batch, n_decoders, n_queue) = (count(8), count(1), count(32));
        let (frames, shard, restart) = (None, None, false);
        Self { source, table, plan, frames, shard, n_batch, n_decoders, n_queue, restart }
    }

    /// Where frame embeddings go by default: `TABLE.frames.parquet`.
    pub fn default_frames_path(&self) -> PathBuf {
        self.table.with_extension("frames.parquet")
    }

    /// Where the journal lies while the run goes on: `TABLE.parquet.journal`.
    pub fn journal_path(&self) -> PathBuf {
        let mut path = self.table.as_os_str().to_owned();
        path.push(".journal");
        path.into()
    }

    /// Removes what runs that were killed while writing the tables left; the journal's lock keeps others away.
    fn remove_abandoned(&self) -> Result<(), EmbedError> {
        for path in [Some(&self.table), self.frames.as_ref().map(|frames| &frames.path)]
            .into_iter()
            .flatten()
        {
            AtomicFile::remove_abandoned(path)
                .map_err(|source| EmbedError::Abandoned { source, path: path.clone() })?;
        }
        Ok(())
    }

    /// Where the files that could not be used are listed, if there are any: `TABLE.parquet.skipped.csv`.
    pub fn report_path(&self) -> PathBuf {
        report_path(&self.table)
    }

    fn check_names(&self) -> Result<(), EmbedError> {
        let frames = self.frames.as_ref().map(|frames| &frames.path);
        for path in [Some(&self.table), frames].into_iter().flatten() {
            if path.extension().is_none_or(|extension| extension != "parquet") {
                return Err(EmbedError::TableName { path: path.clone() });
            }
            check_file(path)?;
        }
        if frames == Some(&self.table) {
            return Err(EmbedError::SameTable { path: self.table.clone() });
        }
        Ok(())
    }

    fn header(&self, encoder: &dyn SegmentEncoder) -> Result<JournalHeader, EmbedError> {
        let identity = encoder.identity();
        let segments = Settings {
            model_fingerprint: identity.fingerprint,
            precision: identity.precision,
            sample_rate_hz: self.plan.sample_rate_hz,
            segment_samples: self.plan.segment_samples,
            tail: self.plan.tail.to_string(),
            dim: encoder.dim(),
            frames: None,
            more: identity.more,
        };
        let frames = match &self.frames {
            None => None,
            Some(FramesOutput { request, .. }) => {
                let hop_samples = self.plan.hop_samples;
                let frames = Some(FrameSettings { layer: request.layer, hop_samples });
                let dim = encoder.frame_dim(*request).map_err(no_frames)?;
                Some(Settings { frames, dim, ..segments.clone() })
            }
        };
        Ok(JournalHeader { model: identity.name, segments, frames, shard: self.shard })
    }
}

fn no_frames(error: BoxError) -> EmbedError {
    match error.downcast::<LayerError>() {
        Ok(error) => EmbedError::Layer(*error),
        Err(error) => EmbedError::Encoder(error),
    }
}

/// Brings the job's table up to date with its source; `open` is usually [`open_audio`].
///
/// Tracks whose files are unchanged are taken from the table or the journal that an earlier run left, others
/// are computed. Tracks that are gone from the source disappear. A file that cannot be used does not end the
/// run: it is told as an event, in the summary and in `TABLE.parquet.skipped.csv`.
///
/// # Errors
/// The source has no tracks or none that can be used; the table or journal was made by other settings, from
/// another source, or is being written by another run; the run is cancelled; the encoder or the disk fails.
pub fn embed(
    job: &EmbedJob,
    encoder: &dyn SegmentEncoder,
    open: &OpenSegments,
    on_event: &mut dyn FnMut(Event),
    cancel: &CancelToken,
) -> Result<EmbedSummary, EmbedError> {
    embed_tracks(job, list_tracks(&job.source)?, encoder, open, on_event, cancel)
}

/// The same for tracks that were listed already; their ids are unique.
///
/// # Errors
/// As [`embed`].
pub fn embed_tracks(
    job: &EmbedJob,
    mut listing: Listing,
    encoder: &dyn SegmentEncoder,
    open: &OpenSegments,
    on_event: &mut dyn FnMut(Event),
    cancel: &CancelToken,
) -> Result<EmbedSummary, EmbedError> {
    job.check_names()?;
    if let Some(shard) = job.shard {
        listing.tracks.retain(|track| shard.holds(&track.id));
    }
    let header = job.header(encoder)?;
    let mut journal = Journal::open(&job.journal_path(), &header, job.restart)?;
    job.remove_abandoned()?;
    let run = Run { job, header, encoder, open, cancel };
    let done = run.bring_up_to_date(listing, &mut journal, on_event);
    if done.is_ok() || journal.finished().next().is_none() {
        journal.remove()?;
    }
    done
}

/// What does not change as the run goes on.
struct Run<'a> {
    job: &'a EmbedJob,
    header: JournalHeader,
    encoder: &'a dyn SegmentEncoder,
    open: &'a OpenSegments<'a>,
    cancel: &'a CancelToken,
}

impl Run<'_> {
    /// Everything between the opening of the journal and its removal.
    fn bring_up_to_date(
        &self,
        listing: Listing,
        journal: &mut Journal,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<EmbedSummary, EmbedError> {
        let &Self { job, ref header, encoder, open, cancel } = self;
        let Listing { tracks, ignored, unreadable } = listing;
        let mut earlier = Earlier::open(job, header)?;
        let n_vanished = earlier.n_vanished(&tracks, job)?;

        let (n_tracks, n_ignored, recovery) = (tracks.len(), ignored.len(), journal.recovery());
        on_event(Event::Start { n_tracks, n_ignored, n_vanished, recovery });
        ignored.into_iter().for_each(|(path, reason)| on_event(Event::Ignored { path, reason }));
        unreadable.iter().for_each(|skipped| on_event(Event::Skipped(skipped.clone())));

        let known = Known {
            journal: journal.finished().map(|(id, content)| (id.to_owned(), content)).collect(),
            table: std::mem::take(&mut earlier.complete),
        };
        let decoding = Decoding { tracks: &tracks, next: AtomicUsize::new(0), known, open, cancel };
        let frames = header.frames.as_ref().zip(job.frames.as_ref());
        let mut compute = Compute {
            tracks: &tracks,
            encoder,
            plan: &job.plan,
            frames: frames.map(|(settings, output)| (output.request, settings.dim)),
            n_batch: job.n_batch.get(),
            journal,
            on_event,
            cancel,
            state: State::new(tracks.len(), unreadable),
        };
        let computed = self.decode_and_compute(&decoding, &mut compute);
        let state = compute.state;
        journal.sync()?;
        computed?;

        let sources = finish::sources(&tracks, &state.outcomes);
        let mut summary = EmbedSummary::of(&sources, state, n_vanished);
        finish::write_report(&job.table, &mut summary.skipped)?;
        // A shard may well hold nothing of use: its table is then empty, as a single run over all would have no row of it.
        if let (true, Some(first), None) = (sources.is_empty(), summary.skipped.first(), job.shard)
        {
            let (n_skipped, report) = (summary.skipped.len(), job.report_path());
            let Skipped { path, reason } = first.clone();
            return Err(EmbedError::NothingUsable { n_skipped, reason, report, path });
        }
        on_event(Event::Writing);
        summary.n_rows = finish::write_tables(job, header, journal, &earlier, &sources)?;
        Ok(summary)
    }

    fn decode_and_compute(
        &self,
        decoding: &Decoding,
        compute: &mut Compute,
    ) -> Result<(), EmbedError> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(self.job.n_queue.get());
            for _ in 0..self.job.n_decoders.get() {
                let sender = sender.clone();
                scope.spawn(move || decoding.run(&sender));
            }
            drop(sender);
            // The receiver goes with this call, which stops the decoders should the computation fail.
            compute.run(receiver)
        })
    }
}
