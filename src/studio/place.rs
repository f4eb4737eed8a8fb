//! A training segment as reports name it.

use serde::Serialize;

use super::trained::Training;
use crate::explanation::Neighbor;

/// A training segment that is near.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearSegment {
    /// Its track, as the data set names it.
    pub track: String,
    /// Where the file lay when it was embedded.
    pub path: String,
    /// Where it begins, in seconds.
    pub start_s: f64,
    /// Where its audio ends, in seconds.
    pub end_s: f64,
    /// The labels of its track.
    pub labels: Vec<String>,
    /// How far it is, as the classifier measures.
    pub distance: f32,
}

impl Training {
    /// Names a neighbor among the training segments.
    pub(super) fn name(&self, neighbor: &Neighbor) -> NearSegment {
        let row = self.part.rows[neighbor.row];
        let track = &self.examples.tracks[self.part.tracks[neighbor.row]];
        let place = self.examples.places[row];
        let labels = track.labels.iter().map(|label| self.examples.labels[*label as usize].clone());
        NearSegment {
            track: track.id.clone(),
            path: track.path.clone(),
            start_s: place.start_s,
            end_s: place.end_s,
            labels: labels.collect(),
            distance: neighbor.distance,
        }
    }
}
