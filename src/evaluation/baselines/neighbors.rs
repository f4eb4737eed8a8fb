//! k nearest neighbors, by matrix products.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::Segments;
use crate::clustering::product;

/// Segments of one product.
const BLOCK: usize = 128;

/// Training segments and their labels.
pub(super) struct Neighbors<'a> {
    z: ArrayView2<'a, f32>,
    labels: Vec<&'a [u32]>,
    half_norms: Vec<f32>,
    n_classes: usize,
}

impl<'a> Neighbors<'a> {
    pub(super) fn new(train: &'a Segments<'_>, n_classes: usize) -> Self {
        let half_norm = |z: ArrayView1<'_, f32>| {
            (0.5 * z.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>()) as f32
        };
        let half_norms = train.z.outer_iter().map(half_norm).collect();
        Self { z: train.z.view(), labels: train.labels().collect(), half_norms, n_classes }
    }

    /// The at most `k` nearest training segments of each row, the nearest first; of equally near ones the first.
    pub(super) fn nearest(&self, z: ArrayView2<'_, f32>, k: usize) -> Vec<Vec<usize>> {
        let k = k.min(self.z.nrows());
        let blocks: Vec<_> = z.axis_chunks_iter(Axis(0), BLOCK).collect();
        let of_block = |block: &ArrayView2<'_, f32>| -> Vec<Vec<usize>> {
            let dots = product(block.view(), self.z.t()); // [row, training segment]
            dots.outer_iter().map(|dots| self.nearest_of(dots, k)).collect()
        };
        blocks.par_iter().flat_map_iter(of_block).collect()
    }

    fn nearest_of(&self, dots: ArrayView1<'_, f32>, k: usize) -> Vec<usize> {
        // |x − t|² / 2 without the term that all share.
        let mut near: Vec<(f32, usize)> = self
            .half_norms
            .iter()
            .zip(dots)
            .map(|(half_norm, dot)| half_norm - dot)
            .zip(0..)
            .collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if k < near.len() {
            near.select_nth_unstable_by(k, order);
            near.truncate(k);
        }
        near.sort_unstable_by(order);
        near.into_iter().map(|(_, row)| row).collect()
    }

    /// `[row, class]`: the share of the first `k` neighbors that have the label.
    pub(super) fn votes(&self, nearest: &[Vec<usize>], k: usize) -> Array2<f32> {
        let mut votes = Array2::zeros((nearest.len(), self.n_classes));
        for (mut votes, nearest) in votes.outer_iter_mut().zip(nearest) {
            let voters = k.min(nearest.len());
            for &row in &nearest[..voters] {
                self.labels[row].iter().for_each(|&label| votes[label as usize] += 1.0);
            }
            votes /= voters as f32;
        }
        votes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn neighbors_are_those_of_the_definition(
            values in proptest::collection::vec(-20_i8..20, 600), n_train in 1_usize..60, n in 1_usize..140, k in 1_usize..8,
        ) {
            // Small whole numbers: distances are exact, and often equal.
            let matrix = |rows, from: usize| {
                Array2::from_shape_fn((rows, 3), |(i, j)| f32::from(values[(from + 3 * i + j) % 600]))
            };
            let (train, queries) = (matrix(n_train, 0), matrix(n, 200));
            let track_of_segment: Vec<usize> = (0..n_train).collect();
            let truth: Vec<Vec<u32>> = (0..n_train).map(|i| vec![i as u32 % 3]).collect();
            let set =
                Segments { z: train.view(), track_of_segment: &track_of_segment, truth: &truth, groups: None };
            let neighbors = Neighbors::new(&set, 3);
            let found = neighbors.nearest(queries.view(), k);
            for (query, found) in queries.outer_iter().zip(&found) {
                let distance = |row: usize| (&train.row(row) - &query).mapv(|x| x * x).sum();
                let mut wanted: Vec<usize> = (0..n_train).collect();
                wanted.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
                wanted.truncate(k);
                prop_assert_eq!(found, &wanted);
            }
            let votes = neighbors.votes(&found, k);
            for (votes, found) in votes.outer_iter().zip(&found) {
                let ones = found.iter().filter(|row| *row % 3 == 1).count();
                prop_assert_eq!(votes[1], ones as f32 / found.len() as f32);
            }
        }
    }
}
