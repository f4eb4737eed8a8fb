//! What a run tells while it goes on, and at its end.

use std::path::PathBuf;
use std::time::Duration;

use super::Skipped;
use super::compute::State;
use crate::embeddings::{Recovery, Source};

/// What a run tells while it goes on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The source has been listed; the work begins.
    Start {
        /// Tracks of this run.
        n_tracks: usize,
        /// Files that are no tracks.
        n_ignored: usize,
        /// Tracks of the earlier table that the source no longer has.
        n_vanished: usize,
        /// What an interrupted run left.
        recovery: Recovery,
    },
    /// A file is no track.
    Ignored {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// A file cannot be used.
    Skipped(Skipped),
    /// An earlier run finished the track, and its file is unchanged.
    TrackReused {
        /// The track.
        id: String,
    },
    /// A track is finished, safely in the journal.
    TrackDone {
        /// The track.
        id: String,
        /// Its rows.
        n_segments: usize,
    },
    /// A batch is done.
    Progress(Progress),
    /// All is computed; the table is being written.
    Writing,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// Tracks finished, reused or skipped.
    pub n_tracks_done: usize,
    /// Tracks of the run.
    pub n_tracks: usize,
    /// Segments computed.
    pub n_segments: usize,
    /// Audio in those segments, in seconds.
    pub audio_seconds: f64,
    /// Time since the start.
    pub elapsed: Duration,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbedSummary {
    /// Tracks in the table.
    pub n_tracks: usize,
    /// Rows in the table.
    pub n_rows: u64,
    /// Tracks that an earlier run had finished.
    pub n_reused: usize,
    /// Tracks of the earlier table that the source no longer has.
    pub n_vanished: usize,
    /// Files that could not be used.
    pub skipped: Vec<Skipped>,
    /// Segments computed, their audio and the time it took.
    pub progress: Progress,
}

impl Progress {
    /// The part of the tracks that is done, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        match self.n_tracks {
            0 => 1.0,
            n_tracks => self.n_tracks_done as f64 / n_tracks as f64,
        }
    }
}

impl EmbedSummary {
    pub(super) fn of(sources: &[Source], state: State, n_vanished: usize) -> Self {
        let State { skipped, progress, n_reused, .. } = state;
        Self { n_tracks: sources.len(), n_rows: 0, n_reused, n_vanished, skipped, progress }
    }
}
