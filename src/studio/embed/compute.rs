//! Segments of many tracks → batches → the journal.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::decode::Message;
use super::encoder::{Encoded, FrameRequest, SegmentEncoder};
use super::source::ListedTrack;
use super::{EmbedError, Event, Progress, Skipped};
use crate::audio::{Segment, SegmentPlan};
use crate::embeddings::{FrameBlock, FramePlace, Journal, Origin, SegmentPlace};
use crate::files::Sha256Digest;
use crate::job::CancelToken;

/// How long a cancellation may go unnoticed while decoders are at work.
const PATIENCE: Duration = Duration::from_millis(100);

/// The computing side of a run.
pub(super) struct Compute<'a> {
    pub(super) tracks: &'a [ListedTrack],
    pub(super) encoder: &'a dyn SegmentEncoder,
    pub(super) plan: &'a SegmentPlan,
    pub(super) frames: Option<(FrameRequest, usize)>, // with the features of a frame
    pub(super) n_batch: usize,
    pub(super) journal: &'a mut Journal,
    pub(super) on_event: &'a mut dyn FnMut(Event),
    pub(super) cancel: &'a CancelToken,
    pub(super) state: State,
}

/// What changes as the run goes on.
#[derive(Debug)]
pub(super) struct State {
    /// Segments that wait for their batch to fill, and the tracks they are of.
    waiting: Vec<Segment>,
    waiting_tracks: Vec<usize>,
    open: HashMap<usize, OpenTrack>,
    started: Instant,
    /// `[track]`
    pub(super) outcomes: Vec<Outcome>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) n_reused: usize,
    pub(super) progress: Progress,
}

/// What became of a track.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Pending,
    /// What its rows were made from, and where they are.
    Done(Sha256Digest, Origin),
    Skipped,
}

/// A track whose segments are under way.
#[derive(Debug, Default)]
struct OpenTrack {
    segments_at: Vec<u64>,
    n_waiting: usize,
    /// Set once all segments have come.
    content: Option<Sha256Digest>,
}

impl State {
    pub(super) fn new(n_tracks: usize, skipped: Vec<Skipped>) -> Self {
        Self {
            waiting: Vec::new(),
            waiting_tracks: Vec::new(),
            open: HashMap::new(),
            started: Instant::now(),
            outcomes: vec![Outcome::Pending; n_tracks],
            skipped,
            n_reused: 0,
            progress: Progress { n_tracks, ..Progress::default() },
        }
    }
}

impl Compute<'_> {
    /// Takes messages until every track is done or skipped.
    ///
    /// # Errors
    /// [`EmbedError::Cancelled`], or the encoder or the journal fails; everything finished is in the journal.
    pub(super) fn run(&mut self, messages: Receiver<Message>) -> Result<(), EmbedError> {
        loop {
            if self.cancel.is_cancelled() {
                let Progress { n_tracks_done: n_done, n_tracks, .. } = self.state.progress;
                return Err(EmbedError::Cancelled { n_done, n_tracks });
            }
            match messages.recv_timeout(PATIENCE) {
                Ok(message) => self.take(message)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if self.cancel.is_cancelled() => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.compute_batch()?;
                    self.tell_progress(); // the last tracks may have needed no computing
                    return Ok(());
                }
            }
        }
    }

    fn take(&mut self, message: Message) -> Result<(), EmbedError> {
        match message {
            Message::Known { track, content, origin } => {
                self.state.outcomes[track] = Outcome::Done(content, origin);
                self.state.n_reused += 1;
                self.state.progress.n_tracks_done += 1;
                (self.on_event)(Event::TrackReused { id: self.tracks[track].id.clone() });
            }
            Message::Segment { track, segment } => {
                if self.is_skipped(track) {
                    return Ok(());
                }
                self.state.open.entry(track).or_default().n_waiting += 1;
                self.state.waiting.push(segment);
                self.state.waiting_tracks.push(track);
                if self.state.waiting.len() >= self.n_batch {
                    self.compute_batch()?;
                }
            }
            Message::End { track, .. } if self.is_skipped(track) => {}
            Message::End { track, content } => {
                self.state.open.entry(track).or_default().content = Some(content);
                self.finish_if_complete(track)?;
            }
            Message::Failed { track, reason } => self.skip(track, reason),
        }
        Ok(())
    }

    fn compute_batch(&mut self) -> Result<(), EmbedError> {
        let segments = std::mem::take(&mut self.state.waiting);
        let tracks = std::mem::take(&mut self.state.waiting_tracks);
        if segments.is_empty() {
            return Ok(());
        }
        let request = self.frames.map(|(request, _)| request);
        let encoded = self.encoder.encode(&segments, request).map_err(EmbedError::Encoder)?;
        if encoded.len() != segments.len() {
            let (found, expected) = (encoded.len(), segments.len());
            let error = format!("{found} answers for a batch of {expected} segments");
            return Err(EmbedError::Encoder(error.into()));
        }
        for ((&track, segment), encoded) in tracks.iter().zip(&segments).zip(encoded) {
            self.keep(track, segment, encoded)?;
        }
        for &track in &tracks {
            self.finish_if_complete(track)?;
        }
        self.tell_progress();
        Ok(())
    }

    fn tell_progress(&mut self) {
        self.state.progress.elapsed = self.state.started.elapsed();
        (self.on_event)(Event::Progress(self.state.progress));
    }

    /// Puts one segment's vectors into the journal.
    fn keep(
        &mut self,
        track: usize,
        segment: &Segment,
        encoded: Encoded,
    ) -> Result<(), EmbedError> {
        let Some(open) = self.state.open.get_mut(&track) else { return Ok(()) };
        open.n_waiting -= 1;
        let place = SegmentPlace::of(segment, self.plan.sample_rate_hz);
        let wrong = |found: usize, expected: usize| {
            EmbedError::Encoder(format!("vectors of {found} values, expected {expected}").into())
        };
        if encoded.z.len() != self.encoder.dim() {
            return Err(wrong(encoded.z.len(), self.encoder.dim()));
        }
        let frames = match (self.frames, encoded.frames) {
            (None, _) => None,
            (Some((_, dim)), Some(values)) if values.len() >= dim && values.len() % dim == 0 => {
                Some(true_frames(segment, values, dim, self.plan))
            }
            (Some((_, dim)), values) => return Err(wrong(values.map_or(0, |v| v.len()), dim)),
        };
        let values = frames.iter().flat_map(|block| &block.embeddings).chain(&encoded.z);
        if !values.copied().all(f32::is_finite) {
            self.encoder.check()?;
            let start_s = place.start_s;
            let reason = format!("the model's answer to the segment at {start_s} s is not finite");
            self.skip(track, reason);
            return Ok(());
        }
        open.segments_at.push(self.journal.append_segment(place, encoded.z, frames)?);
        self.state.progress.n_segments += 1;
        self.state.progress.audio_seconds += place.true_length_s;
        Ok(())
    }

    fn finish_if_complete(&mut self, track: usize) -> Result<(), EmbedError> {
        let Some(open) = self.state.open.get(&track) else { return Ok(()) };
        let (0, Some(content)) = (open.n_waiting, open.content) else { return Ok(()) };
        let segments_at = self.state.open.remove(&track).unwrap_or_default().segments_at;
        if segments_at.is_empty() {
            self.skip(track, "it holds no audio".to_owned());
            return Ok(());
        }
        let (id, n_segments) = (self.tracks[track].id.clone(), segments_at.len());
        self.journal.finish_track(&id, content, segments_at)?;
        self.state.outcomes[track] = Outcome::Done(content, Origin::Journal);
        self.state.progress.n_tracks_done += 1;
        (self.on_event)(Event::TrackDone { id, n_segments });
        Ok(())
    }

    /// Segments of the track that still wait are computed and forgotten.
    fn skip(&mut self, track: usize, reason: String) {
        self.state.open.remove(&track);
        let skipped = Skipped { path: self.tracks[track].path.clone(), reason };
        self.state.outcomes[track] = Outcome::Skipped;
        self.state.skipped.push(skipped.clone());
        self.state.progress.n_tracks_done += 1;
        (self.on_event)(Event::Skipped(skipped));
    }

    fn is_skipped(&self, track: usize) -> bool {
        matches!(self.state.outcomes[track], Outcome::Skipped)
    }
}

/// The frames that lie within the audio, as the model counts them; at least one.
fn true_frames(
    segment: &Segment,
    mut embeddings: Vec<f32>,
    dim: usize,
    plan: &SegmentPlan,
) -> FrameBlock {
    let n_true = (segment.true_samples / plan.hop_samples.max(1)).max(1);
    embeddings.truncate(n_true * dim);
    let place = |frame: usize| FramePlace {
        segment: u32::try_from(segment.index).unwrap_or(u32::MAX),
        frame: frame as u32,
        time_s: (segment.start_sample + (frame * plan.hop_samples) as u64) as f64
            / f64::from(plan.sample_rate_hz),
    };
    FrameBlock { places: (0..embeddings.len() / dim).map(place).collect(), embeddings }
}
