//! The rows of each track of a table.

use std::ops::Range;

use crate::embeddings::{LoadedTable, SegmentPlace};

/// For each track of a table, its rows; they are neighbors.
pub(super) struct TrackRows(Vec<Range<usize>>);

impl TrackRows {
    pub(super) fn of(table: &LoadedTable<SegmentPlace>) -> Self {
        let mut ranges = vec![0..0; table.tracks.len()];
        for (row, track) in table.track_of_row.iter().enumerate() {
            let range: &mut Range<usize> = &mut ranges[*track];
            if range.end == 0 {
                range.start = row;
            }
            range.end = row + 1;
        }
        Self(ranges)
    }

    /// The rows whose middle lies in a part of the track; if there is none, the one nearest to the part's middle.
    pub(super) fn of_part(
        &self,
        track: usize,
        places: &[SegmentPlace],
        start_s: Option<f64>,
        end_s: Option<f64>,
    ) -> Vec<usize> {
        let rows = self.0[track].clone();
        let (start, end) = (start_s.unwrap_or(0.0), end_s.unwrap_or(f64::INFINITY));
        let middle = |row: usize| (places[row].start_s + places[row].end_s) / 2.0;
        let inside: Vec<_> =
            rows.clone().filter(|row| (start..end).contains(&middle(*row))).collect();
        if !inside.is_empty() {
            return inside;
        }
        let wanted = if end.is_finite() { (start + end) / 2.0 } else { start };
        let distance = |row: &usize| (middle(*row) - wanted).abs();
        rows.min_by(|a, b| distance(a).total_cmp(&distance(b))).into_iter().collect()
    }
}
