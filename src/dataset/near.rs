//! Tracks that sound nearly the same although they are in different splits.

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;
use serde::Serialize;

use super::Split;

/// Tracks compared at a time with all after them.
const BLOCK: usize = 512;

/// Two tracks of different splits, by their indices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NearPair {
    /// The one with the lower index.
    pub a: usize,
    /// The other one.
    pub b: usize,
    /// Cosine of the angle between their means, seen from the mean of all.
    pub cosine: f32,
}

/// Pairs of tracks in different splits whose `cos(mᵢ − m̄, mⱼ − m̄)` is at least `threshold`, the nearest first; at most `n_most`
/// of them, and how many there are.
///
/// The mean over all tracks, m̄, is taken away because vectors of one network share most of their length: without that, any two
/// tracks look alike. A track with a value that is not finite, or one at the mean, is like no other.
///
/// # Shapes
/// - `means`: `[track, feature]`, the mean z of each track
/// - `splits`: `[track]`; tracks in none are left out
pub fn near_pairs(
    means: ArrayView2<'_, f32>,
    splits: &[Option<Split>],
    threshold: f32,
    n_most: usize,
) -> (Vec<NearPair>, usize) {
    let used: Vec<usize> = (0..means.nrows())
        .filter(|i| splits[*i].is_some() && means.row(*i).iter().all(|value| value.is_finite()))
        .collect();
    let mut unit = means.select(Axis(0), &used);
    if let Some(mean) = unit.mean_axis(Axis(0)) {
        unit -= &mean;
    }
    for mut row in unit.rows_mut() {
        let norm = row.dot(&row).sqrt();
        let scale = if norm > 1e-6 { 1.0 / norm } else { 0.0 };
        row *= scale;
    }
    let n = unit.nrows();
    let blocks: Vec<usize> = (0..n).step_by(BLOCK).collect();
    let mut pairs: Vec<NearPair> = blocks
        .into_par_iter()
        .flat_map_iter(|start| {
            let n_block = BLOCK.min(n - start);
            let block = unit.slice(s![start..start + n_block, ..]);
            let cosines = unit.slice(s![start.., ..]).dot(&block.t()); // [track from start, track of the block]
            let mut near = Vec::new();
            for (i, row) in cosines.rows().into_iter().enumerate() {
                for (j, &cosine) in row.iter().enumerate().take(i) {
                    let (a, b) = (used[start + j], used[start + i]);
                    if cosine >= threshold && splits[a] != splits[b] {
                        near.push(NearPair { a, b, cosine });
                    }
                }
            }
            near
        })
        .collect();
    let n_pairs = pairs.len();
    pairs.sort_by(|x, y| y.cosine.total_cmp(&x.cosine).then((x.a, x.b).cmp(&(y.a, y.b))));
    pairs.truncate(n_most);
    (pairs, n_pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn only_twins_in_different_splits_are_near() {
        let n = 2 * BLOCK + 7;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        // A shared offset makes all raw cosines nearly 1.
        let mut means = Array2::from_shape_simple_fn((n, 24), || 9.0 + rng.random::<f32>());
        let mut splits = vec![Some(Split::Train); n];
        let twin = |means: &mut Array2<f32>, a: usize, b: usize| {
            let row = means.row(a).mapv(|value| 0.001 + value);
            means.row_mut(b).assign(&row);
        };
        twin(&mut means, 3, n - 1); // across blocks
        twin(&mut means, 5, 6); // in one split
        twin(&mut means, 7, 8); // one in none
        (splits[n - 1], splits[8]) = (Some(Split::Test), None);
        (means[[9, 0]], splits[10]) = (f32::NAN, Some(Split::Validation));
        let (pairs, n_pairs) = near_pairs(means.view(), &splits, 0.999, 10);
        assert_eq!(n_pairs, 1);
        assert_eq!((pairs[0].a, pairs[0].b), (3, n - 1));
        assert_eq!(near_pairs(means.slice(s![..0, ..]), &[], 0.9, 10), (vec![], 0));
    }
}
