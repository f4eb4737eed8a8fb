//! Tracks of different splits that the encoder hears as nearly the same.

use std::collections::HashMap;
use std::path::Path;

use ndarray::Array2;
use serde::Serialize;

use crate::dataset::{Assignment, Dataset, NearPair, near_pairs};
use crate::embeddings::{SegmentPlace, Table, TableError};

/// Pairs that are listed.
const MOST: usize = 1000;

/// What a table says about leaks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearTracks {
    /// Pairs with at least this cosine count.
    pub threshold: f32,
    /// Such pairs with their tracks in different splits.
    pub n_pairs: usize,
    /// The nearest of them, the nearest first.
    pub pairs: Vec<NearTrackPair>,
    /// Tracks of the data set that the table does not have.
    pub n_not_in_table: usize,
    /// Tracks of the table that the data set does not have.
    pub n_not_in_source: usize,
}

/// Two tracks of different splits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearTrackPair {
    /// The id of one.
    pub a: String,
    /// The id of the other.
    pub b: String,
    /// Cosine of the angle between their means, seen from the mean of all.
    pub cosine: f32,
}

/// Compares the mean z of each track with that of every other.
pub(super) fn find(
    table: &Path,
    dataset: &Dataset,
    assignment: &Assignment,
    threshold: f32,
) -> Result<NearTracks, TableError> {
    let table = Table::<SegmentPlace>::open(table)?.load()?;
    let row_of: HashMap<&str, usize> =
        table.tracks.iter().map(|t| t.id.as_str()).zip(0..).collect();
    let mut means = Array2::<f32>::zeros((table.tracks.len(), table.dim));
    let mut n_rows = vec![0.0_f32; table.tracks.len()];
    for (vector, track) in table.vectors.chunks_exact(table.dim).zip(&table.track_of_row) {
        means.row_mut(*track).iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        n_rows[*track] += 1.0;
    }
    for (mut row, n) in means.rows_mut().into_iter().zip(n_rows) {
        row /= n.max(1.0);
    }
    // Parts of one file are one track here: the first of them stands for all.
    let mut entry_of: HashMap<usize, usize> = HashMap::new();
    let mut n_not_in_table = 0;
    for (i, track) in dataset.tracks.iter().enumerate() {
        match row_of.get(track.id.as_str()) {
            Some(row) => drop(entry_of.entry(*row).or_insert(i)),
            None => n_not_in_table += 1,
        }
    }
    let split = |row: usize| assignment.of_track[*entry_of.get(&row)?];
    let splits: Vec<_> = (0..table.tracks.len()).map(split).collect();
    let (pairs, n_pairs) = near_pairs(means.view(), &splits, threshold, MOST);
    let id = |row: usize| table.tracks[row].id.clone();
    let named = |NearPair { a, b, cosine }| NearTrackPair { a: id(a), b: id(b), cosine };
    let pairs = pairs.into_iter().map(named).collect();
    let n_not_in_source = table.tracks.len() - entry_of.len();
    Ok(NearTracks { threshold, n_pairs, pairs, n_not_in_table, n_not_in_source })
}
