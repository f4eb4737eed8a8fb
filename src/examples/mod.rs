//! Labeled z: a data set joined with the table of its embeddings.
//!
//! ```text
//! dataset  tracks with labels, splits, groups ──┐
//!                                               ├─ join by track id ──▶ Examples
//! table    segments with z, sorted by track  ───┘
//! ```
//!
//! All z of a collection stand in one matrix: 64 000 segments of 768 features are 197 MB.

mod join;
mod of_table;
mod table;

pub use join::{JoinError, Joined, Unused, join};
pub use of_table::dataset_of_table;

use ndarray::{Array2, Axis};

use crate::dataset::Split;
use crate::embeddings::{SegmentPlace, Settings};
use crate::files::Sha256Digest;

/// Segments with their z, and the labeled tracks that they belong to.
#[derive(Debug, Clone)]
pub struct Examples {
    /// Names of the classes, sorted.
    pub labels: Vec<String>,
    /// Whether a track may have several labels.
    pub multi_label: bool,
    /// What tracks are grouped by; `None` if each stands for itself.
    pub grouped_by: Option<String>,
    /// The tracks by id, then by start.
    pub tracks: Vec<ExampleTrack>,
    /// `[segment, feature]`; segments of a track are neighbors, in time order.
    pub z: Array2<f32>,
    /// `[segment]`: index into `tracks`.
    pub track_of_segment: Vec<usize>,
    /// `[segment]`: where in the file.
    pub places: Vec<SegmentPlace>,
    /// How the z were made.
    pub embeddings: Settings,
    /// The user's name for the model that made them.
    pub model: String,
}

/// One labeled track with at least one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleTrack {
    /// Path below the source, with `/`.
    pub id: String,
    /// Where the file lay when it was embedded.
    pub path: String,
    /// Digest of the file's bytes.
    pub content: Sha256Digest,
    /// Indices into [`Examples::labels`], ascending.
    pub labels: Vec<u32>,
    /// `None` for a track that is used in no split.
    pub split: Option<Split>,
    /// What must not be torn apart between splits.
    pub group: Option<String>,
    /// Where the labeled part begins, in seconds; `None` for the beginning of the file.
    pub start_s: Option<f64>,
    /// Where it ends; `None` for the end of the file.
    pub end_s: Option<f64>,
}

/// The segments of one split.
#[derive(Debug, Clone)]
pub struct Part {
    /// `[segment, feature]`
    pub z: Array2<f32>,
    /// `[segment]`: the labels of its track.
    pub labels: Vec<Vec<u32>>,
    /// `[segment]`: index into [`Examples::tracks`].
    pub tracks: Vec<usize>,
    /// `[segment]`: row of [`Examples::z`].
    pub rows: Vec<usize>,
}

impl Examples {
    /// Number of segments.
    pub fn n_segments(&self) -> usize {
        self.track_of_segment.len()
    }

    /// Length of a z.
    pub fn n_features(&self) -> usize {
        self.z.ncols()
    }

    /// Rows of the segments of a split, ascending.
    pub fn rows_of(&self, split: Split) -> Vec<usize> {
        let is_in = |row: &usize| self.tracks[self.track_of_segment[*row]].split == Some(split);
        (0..self.n_segments()).filter(is_in).collect()
    }

    /// The segments of a split.
    pub fn part(&self, split: Split) -> Part {
        self.select(self.rows_of(split))
    }

    /// Some of the segments, in the order given.
    pub fn select(&self, rows: Vec<usize>) -> Part {
        let tracks: Vec<_> = rows.iter().map(|row| self.track_of_segment[*row]).collect();
        let labels = tracks.iter().map(|track| self.tracks[*track].labels.clone()).collect();
        Part { z: self.z.select(Axis(0), &rows), labels, tracks, rows }
    }

    /// Number of tracks in a split.
    pub fn n_tracks_of(&self, split: Split) -> usize {
        self.tracks.iter().filter(|track| track.split == Some(split)).count()
    }
}
