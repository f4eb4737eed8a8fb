//! Exact Lloyd iterations on matrix products.
//!
//! `|x − c|² = |x|² − 2 (x · c − |c|² / 2)`, so the nearest center is where `x · c − |c|² / 2` is largest: one product a
//! block of rows. The caller subtracts the mean of the rows first, since what all rows share costs digits there.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::product;

/// Rows of one product. A constant, so that no sum depends on the number of threads.
const BLOCK: usize = 256;

/// Columns of one task when rows are summed: four cache lines.
const COLUMNS: usize = 64;

/// When the iterations end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// After so many.
    pub(super) max_iterations: usize,
    /// When the summed squared movement of the centers is at most this.
    pub(super) movement: f64,
}

/// Centers and what belongs to them.
#[derive(Debug, Clone)]
pub(super) struct Clusters {
    /// `[K, D]`.
    pub(super) centers: Array2<f32>,
    /// The nearest center of each row.
    pub(super) assignment: Vec<usize>,
    /// `Σ |x − c|²` over all rows.
    pub(super) inertia: f64,
    /// Iterations made.
    pub(super) iterations: usize,
}

/// Moves `centers` to the means of the rows nearest to them until they rest.
/// Source: Lloyd 1982; stopping and empty clusters as in scikit-learn's `KMeans(algorithm="lloyd")`.
///
/// # Shapes
/// - `z`: `[N, D]`, row-major; `centers`: `[K, D]`, K ≤ N
pub(super) fn lloyd(z: ArrayView2<'_, f32>, mut centers: Array2<f32>, stop: Stop) -> Clusters {
    let mut assignment = Vec::new();
    let mut iterations = 0;
    let mut settled = false;
    while !settled && iterations < stop.max_iterations {
        iterations += 1;
        let nearest = assign(z, centers.view());
        let moved = means(z, centers.view(), &nearest);
        let movement: f64 = centers
            .iter()
            .zip(&moved)
            .map(|(old, new)| (f64::from(*new) - f64::from(*old)).powi(2))
            .sum();
        settled = nearest == assignment;
        (centers, assignment) = (moved, nearest);
        if movement <= stop.movement {
            break;
        }
    }
    if !settled {
        assignment = assign(z, centers.view());
    }
    let inertia = squared_distances(z, centers.view(), &assignment).iter().sum();
    Clusters { centers, assignment, inertia, iterations }
}

/// The nearest center of each row; of equally near ones the first.
pub(super) fn assign(z: ArrayView2<'_, f32>, centers: ArrayView2<'_, f32>) -> Vec<usize> {
    let half_norms: Array1<f32> = centers
        .outer_iter()
        .map(|c| (0.5 * c.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>()) as f32)
        .collect();
    let blocks: Vec<_> = z.axis_chunks_iter(Axis(0), BLOCK).collect();
    let nearest = |block: &ArrayView2<'_, f32>| -> Vec<usize> {
        let dots = product(block.view(), centers.t()); // [row, K]
        let nearest_of = |dots: ArrayView1<'_, f32>| {
            let mut best = (0, f32::NEG_INFINITY);
            for (k, (dot, half_norm)) in dots.iter().zip(&half_norms).enumerate() {
                if dot - half_norm > best.1 {
                    best = (k, dot - half_norm);
                }
            }
            best.0
        };
        dots.outer_iter().map(nearest_of).collect()
    };
    blocks.par_iter().flat_map_iter(nearest).collect()
}

/// Means of the rows of each cluster, summed in double precision in the order of the rows.
///
/// A cluster without rows takes the row that is farthest from its own center, and that row leaves its cluster.
fn means(
    z: ArrayView2<'_, f32>,
    centers: ArrayView2<'_, f32>,
    assignment: &[usize],
) -> Array2<f32> {
    let k = centers.nrows();
    let mut counts = vec![0_usize; k];
    assignment.iter().for_each(|&cluster| counts[cluster] += 1);
    let mut owner = assignment.to_vec();
    let empty: Vec<usize> = (0..k).filter(|&cluster| counts[cluster] == 0).collect();
    if !empty.is_empty() {
        let distances = squared_distances(z, centers, assignment);
        let mut farthest: Vec<usize> = (0..z.nrows()).collect();
        farthest.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
        // A row that is alone in its cluster stays: taking it would only move the hole.
        let mut farthest = farthest.into_iter();
        for cluster in empty {
            let Some(row) = farthest.find(|&row| counts[owner[row]] > 1) else { break };
            counts[owner[row]] -= 1;
            counts[cluster] = 1;
            owner[row] = cluster;
        }
    }
    let mut means = centers.to_owned();
    let slabs: Vec<_> = means.axis_chunks_iter_mut(Axis(1), COLUMNS).collect();
    slabs.into_par_iter().enumerate().for_each(|(i, mut slab)| {
        let columns = slab.ncols();
        let z = z.slice(s![.., i * COLUMNS..i * COLUMNS + columns]);
        let mut sums = vec![0.0; k * columns];
        Arch::new().dispatch(Sums { z, owner: &owner, sums: &mut sums });
        for (cluster, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let sums = &sums[cluster * columns..][..columns];
            for (mean, sum) in slab.row_mut(cluster).iter_mut().zip(sums) {
                *mean = (sum / count as f64) as f32;
            }
        }
    });
    means
}

/// Adds each row to the sum of its cluster, in double precision and in the order of the rows.
struct Sums<'a> {
    /// Some columns of all rows.
    z: ArrayView2<'a, f32>,
    /// The cluster of each row.
    owner: &'a [usize],
    /// One row of sums after the other.
    sums: &'a mut [f64],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let columns = self.z.ncols();
        for (row, &cluster) in self.z.outer_iter().zip(self.owner) {
            let sums = &mut self.sums[cluster * columns..][..columns];
            let row = row.to_slice().expect("rows of a row-major matrix are contiguous");
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
        }
    }
}

/// `|x − c|²` of each row and its center, from the differences themselves.
fn squared_distances(
    z: ArrayView2<'_, f32>,
    centers: ArrayView2<'_, f32>,
    assignment: &[usize],
) -> Vec<f64> {
    let distance = |(row, cluster): (usize, &usize)| -> f64 {
        let (x, c) = (z.row(row), centers.row(*cluster));
        x.iter().zip(c).map(|(x, c)| (f64::from(*x) - f64::from(*c)).powi(2)).sum()
    };
    assignment.par_iter().enumerate().map(|(row, cluster)| distance((row, cluster))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    struct Case {
        z: Vec<Vec<f32>>,
        initial: Vec<Vec<f32>>,
        tolerance: f64,
        max_iterations: usize,
        centers: Vec<Vec<f32>>,
        assignment: Vec<usize>,
        inertia: f64,
        iterations: usize,
    }

    fn matrix(rows: &[Vec<f32>]) -> Array2<f32> {
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
    }

    #[test]
    fn given_centers_move_where_scikit_learn_moves_them() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/kmeans/lloyd.json");
        let cases: BTreeMap<String, Case> =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(cases.len(), 4);
        for (name, case) in cases {
            let z = matrix(&case.z);
            let variance = z.mapv(f64::from).var_axis(Axis(0), 0.0).mean().unwrap();
            let stop =
                Stop { max_iterations: case.max_iterations, movement: case.tolerance * variance };
            let found = lloyd(z.view(), matrix(&case.initial), stop);
            assert_eq!(found.assignment, case.assignment, "{name}");
            assert_eq!(found.iterations, case.iterations, "{name}");
            let error = (found.centers - matrix(&case.centers)).mapv(f32::abs);
            let error = error.iter().copied().fold(0.0, f32::max);
            assert!(error <= 5e-7 * 4.0, "{name}: centers differ by {error:e}");
            assert!((found.inertia / case.inertia - 1.0).abs() < 1e-6, "{name}");
        }
    }

    #[test]
    fn a_lone_row_is_not_taken_to_fill_an_empty_cluster() {
        // Nothing is nearest to the third center; the row at 50 is farthest from its own but alone with it.
        let z = Array2::from_shape_fn((4, 1), |(i, _)| [0.0, 1.0, 3.0, 50.0][i]);
        let centers = Array2::from_shape_fn((3, 1), |(i, _)| [1.0, 60.0, -500.0][i]);
        let found = lloyd(z.view(), centers, Stop { max_iterations: 1, movement: 0.0 });
        assert_eq!(found.centers, Array2::from_shape_fn((3, 1), |(i, _)| [0.5, 50.0, 3.0][i]));
    }
}
