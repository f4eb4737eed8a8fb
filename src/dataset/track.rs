//! What a source was read as.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use super::{Layout, Split};

/// A labeled collection of audio: files by name, not yet opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// How the source was read.
    pub layout: Layout,
    /// The folder that ids are below.
    pub root: PathBuf,
    /// Names of the classes, sorted; a track's labels are indices into them.
    pub labels: Vec<String>,
    /// Whether a track may have several labels, because some track has.
    pub multi_label: bool,
    /// The tracks by id, then by start.
    pub tracks: Vec<TrackEntry>,
    /// What tracks are grouped by, as in `song_id`; `None` if each track stands for itself.
    pub grouped_by: Option<String>,
    /// What is no track and was not meant to be one.
    pub ignored: Vec<Ignored>,
    /// What was meant to be a track and cannot be used.
    pub problems: Vec<Problem>,
    /// How the source was understood where it left a choice.
    pub notes: Vec<String>,
    /// What is probably not as it was meant.
    pub warnings: Vec<String>,
}

/// One labeled file, or a part of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackEntry {
    /// Path below the root, with `/`: the id that the track has in a table of embeddings. Parts of one file share it.
    pub id: String,
    /// Where the file lies.
    pub path: PathBuf,
    /// Indices into [`Dataset::labels`], ascending, at least one.
    pub labels: Vec<u32>,
    /// The split that the source states.
    pub split: Option<Split>,
    /// The fold of a cross-validation that the source states.
    pub fold: Option<u32>,
    /// What must not be torn apart between splits: an artist, a song.
    pub group: Option<String>,
    /// Where the part begins, in seconds; `None` for the beginning of the file.
    pub start_s: Option<f64>,
    /// Where the part ends, in seconds; `None` for the end of the file.
    pub end_s: Option<f64>,
}

/// A file that is no track.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ignored {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// A file or a row that should have become a track.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, or the list that has the row.
    pub path: PathBuf,
    /// The line of the list, from 1.
    pub line: Option<u64>,
    /// What is wrong and what to do.
    pub reason: String,
}

impl Dataset {
    /// Which splits the source states for at least one track.
    pub fn given_splits(&self) -> BTreeSet<Split> {
        self.tracks.iter().filter_map(|track| track.split).collect()
    }

    /// Tracks of each class: `[class]`. A track with several labels counts for each of them.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.labels.len()];
        for label in self.tracks.iter().flat_map(|track| &track.labels) {
            counts[*label as usize] += 1;
        }
        counts
    }

    /// The labels of each track, in the order of the tracks: `[track][label]`.
    pub fn truth(&self) -> Vec<Vec<u32>> {
        self.tracks.iter().map(|track| track.labels.clone()).collect()
    }

    /// Leaves out tracks that turned out unusable; classes that lose all their tracks stay.
    pub fn retain(&mut self, mut keep: impl FnMut(&TrackEntry) -> bool) {
        self.tracks.retain(|track| keep(track));
    }
}
