//! Decoding threads: tracks → segments, ahead of the computation by no more than a queue.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::SystemTime;

use super::encoder::BoxError;
use super::source::ListedTrack;
use crate::audio::{AudioError, Segment, SegmentPlan, SegmentReader};
use crate::embeddings::Origin;
use crate::files::{Sha256Digest, sha256_of_file};
use crate::job::CancelToken;

/// The segments of one file, in order.
pub type Segments = Box<dyn Iterator<Item = Result<Segment, BoxError>>>;

/// Opens a file as segments; called from several threads at once.
pub type OpenSegments<'a> = dyn Fn(&Path) -> Result<Segments, BoxError> + Sync + 'a;

/// Opens audio files, cut as `plan` says. Errors leave the path to whoever reports them, because a report names it anyway.
pub fn open_audio(plan: SegmentPlan) -> impl Fn(&Path) -> Result<Segments, BoxError> + Sync {
    move |path| {
        let suffix = format!(": {}", path.display());
        let reason = move |error: AudioError| {
            let text = error.to_string();
            BoxError::from(text.strip_suffix(&suffix).unwrap_or(&text))
        };
        let segments = SegmentReader::open(path, &plan).map_err(&reason)?;
        Ok(Box::new(segments.map(move |segment| segment.map_err(&reason))))
    }
}

/// What a decoding thread has to say about a track, named by its index.
#[derive(Debug)]
pub(super) enum Message {
    /// Finished by an earlier run, and the file is still the same.
    Known { track: usize, content: Sha256Digest, origin: Origin },
    /// The next segment.
    Segment { track: usize, segment: Segment },
    /// There is no further segment.
    End { track: usize, content: Sha256Digest },
    /// The track cannot be used.
    Failed { track: usize, reason: String },
}

/// Tracks that need no computing if their files are unchanged.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) journal: HashMap<String, Sha256Digest>,
    pub(super) table: HashMap<String, Sha256Digest>,
}

impl Known {
    fn origin_of(&self, id: &str, content: Sha256Digest) -> Option<Origin> {
        if self.journal.get(id) == Some(&content) {
            Some(Origin::Journal)
        } else {
            (self.table.get(id) == Some(&content)).then_some(Origin::Table)
        }
    }
}

/// What all decoding threads share.
pub(super) struct Decoding<'a> {
    pub(super) tracks: &'a [ListedTrack],
    pub(super) next: AtomicUsize,
    pub(super) known: Known,
    pub(super) open: &'a OpenSegments<'a>,
    pub(super) cancel: &'a CancelToken,
}

/// Nobody listens any more, or the run is cancelled.
struct Stopped;

impl Decoding<'_> {
    /// The work of one thread: takes tracks until there are none.
    pub(super) fn run(&self, messages: &SyncSender<Message>) {
        loop {
            let track = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(listed) = self.tracks.get(track) else { return };
            if self.decode(track, listed, messages).is_err() {
                return;
            }
        }
    }

    fn decode(
        &self,
        track: usize,
        listed: &ListedTrack,
        messages: &SyncSender<Message>,
    ) -> Result<(), Stopped> {
        let send = |message| match self.cancel.is_cancelled() {
            true => Err(Stopped),
            false => messages.send(message).map_err(|_| Stopped),
        };
        let failed = |reason: String| send(Message::Failed { track, reason });
        let before = stamp(&listed.path);
        let content = match sha256_of_file(&listed.path) {
            Ok(content) => content,
            Err(error) => return failed(format!("cannot be read ({error})")),
        };
        if let Some(origin) = self.known.origin_of(&listed.id, content) {
            return send(Message::Known { track, content, origin });
        }
        let segments = match (self.open)(&listed.path) {
            Ok(segments) => segments,
            Err(error) => return failed(error.to_string()),
        };
        for segment in segments {
            match segment {
                Ok(segment) => send(Message::Segment { track, segment })?,
                Err(error) => return failed(error.to_string()),
            }
        }
        if stamp(&listed.path) != before {
            return failed("changed while it was being read; run again".to_owned());
        }
        send(Message::End { track, content })
    }
}

/// What changes when somebody writes to the file: the digest and the segments must be of one state of it.
fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}
