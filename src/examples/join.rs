//! The data set's tracks meet the table's rows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ndarray::Array2;

use super::table::TrackRows;
use super::{ExampleTrack, Examples};
use crate::dataset::{Dataset, DatasetError, Split, TrackEntry};
use crate::embeddings::{SegmentPlace, Table, TableError};

/// Why a data set and a table cannot be joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table is no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The two have nothing in common.
    #[error(
        "none of the {n_tracks} tracks is in the table, which knows {example:?}; embed the same source: {}",
        path.display()
    )]
    NothingInCommon {
        /// Tracks of the data set.
        n_tracks: usize,
        /// A track of the table.
        example: String,
        /// The table.
        path: PathBuf,
    },
    /// A z that is no vector of numbers.
    #[error(
        "segment {segment} of {track} has {value} in its z; embed the file again: {}",
        path.display()
    )]
    NotFinite {
        /// The track.
        track: String,
        /// The segment.
        segment: u32,
        /// What was found.
        value: f32,
        /// The table.
        path: PathBuf,
    },
}

/// A labeled track without a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The track.
    pub id: String,
    /// Where its file lies.
    pub path: PathBuf,
    /// Why it has none.
    pub reason: &'static str,
}

/// What a join found.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The tracks that have both labels and segments.
    pub examples: Examples,
    /// Labeled tracks without segments.
    pub unused: Vec<Unused>,
}

/// Joins a data set with the table of its z.
///
/// A track that is a part of its file takes the segments whose middle lies in that part, or the one nearest to it.
///
/// # Shapes
/// - `splits`: one entry a track of the data set
///
/// # Errors
/// The table is damaged, knows none of the tracks, or holds a z that is not finite.
pub fn join(
    dataset: &Dataset,
    splits: &[Option<Split>],
    table: &Table<SegmentPlace>,
) -> Result<Joined, JoinError> {
    let loaded = table.load()?;
    let rows = TrackRows::of(&loaded);
    let by_id: BTreeMap<_, _> =
        loaded.tracks.iter().enumerate().map(|(i, track)| (track.id.as_str(), i)).collect();
    let (mut tracks, mut unused) = (Vec::new(), Vec::new());
    let (mut track_of_segment, mut chosen) = (Vec::new(), Vec::new());
    for (entry, split) in dataset.tracks.iter().zip(splits) {
        let Some(&embedded) = by_id.get(entry.id.as_str()) else {
            let reason = "it is not in the table of embeddings";
            unused.push(Unused { id: entry.id.clone(), path: entry.path.clone(), reason });
            continue;
        };
        let of_entry = rows.of_part(embedded, &loaded.places, entry.start_s, entry.end_s);
        track_of_segment.extend(std::iter::repeat_n(tracks.len(), of_entry.len()));
        chosen.extend(of_entry);
        let track = &loaded.tracks[embedded];
        let TrackEntry { id, labels, group, start_s, end_s, .. } = entry.clone();
        let (path, content, split) = (track.path.clone(), track.content, *split);
        tracks.push(ExampleTrack { id, path, content, labels, split, group, start_s, end_s });
    }
    if tracks.is_empty() {
        let example = loaded.tracks.first().map(|track| track.id.clone()).unwrap_or_default();
        let n_tracks = dataset.tracks.len();
        return Err(JoinError::NothingInCommon {
            n_tracks,
            example,
            path: table.path().to_owned(),
        });
    }
    let mut z = Vec::with_capacity(chosen.len() * loaded.dim);
    for row in &chosen {
        let values = &loaded.vectors[row * loaded.dim..][..loaded.dim];
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(JoinError::NotFinite {
                track: loaded.tracks[loaded.track_of_row[*row]].id.clone(),
                segment: loaded.places[*row].segment,
                value: *value,
                path: table.path().to_owned(),
            });
        }
        z.extend_from_slice(values);
    }
    let examples = Examples {
        labels: dataset.labels.clone(),
        multi_label: dataset.multi_label,
        grouped_by: dataset.grouped_by.clone(),
        tracks,
        z: Array2::from_shape_vec((chosen.len(), loaded.dim), z).expect("one z a chosen row"),
        track_of_segment,
        places: chosen.iter().map(|row| loaded.places[*row]).collect(),
        embeddings: table.metadata().settings.clone(),
        model: table.metadata().model.clone(),
    };
    Ok(Joined { examples, unused })
}
