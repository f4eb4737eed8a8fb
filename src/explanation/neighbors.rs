//! The nearest of many segments, in the space in which the classifier compares.

use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use crate::classifier::{Classifier, InputError};

/// Segments that one task measures.
const ROWS_PER_TASK: usize = 256;

/// One of the nearest segments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// Its row among the segments that were searched.
    pub row: usize,
    /// How far it is, as the classifier measures.
    pub distance: f32,
}

/// The `k` segments nearest to a vector, the nearest first; of equally near ones the first.
///
/// The distance is the one that the classifier takes to prototypes: of normalized vectors, mean or sum over features.
///
/// # Shapes
/// - `vector`: `[feature]`; `z`: `[segment, feature]`, both as the encoder gives them
///
/// # Errors
/// Vectors of another length than the classifier's.
pub fn nearest_segments(
    classifier: &Classifier,
    vector: ArrayView1<'_, f32>,
    z: ArrayView2<'_, f32>,
    k: usize,
) -> Result<Vec<Neighbor>, InputError> {
    let expected = classifier.n_features();
    for (what, found) in [("the vector", vector.len()), ("the segments", z.ncols())] {
        if found != expected {
            return Err(InputError::Columns { what, expected, found });
        }
    }
    let deviation = 2.0 * f64::from(classifier.normalization().std);
    let scale = classifier.parts().similarity.scale(expected) / (deviation * deviation);
    let distance = |row: ArrayView1<'_, f32>| {
        let pairs = row.into_iter().zip(vector);
        let sum: f64 = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
        (sum * scale) as f32
    };
    let blocks: Vec<_> = z.axis_chunks_iter(Axis(0), ROWS_PER_TASK).collect();
    let distances: Vec<f32> = blocks
        .par_iter()
        .flat_map_iter(|block| block.outer_iter().map(distance).collect::<Vec<_>>())
        .collect();
    let mut nearest = Nearest::new(k);
    distances.into_iter().enumerate().for_each(|(row, distance)| nearest.offer(row, distance));
    Ok(nearest.into_vec())
}

/// The nearest seen so far, the nearest first.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    k: usize,
    found: Vec<Neighbor>,
}

impl Nearest {
    pub(super) fn new(k: usize) -> Self {
        Self { k, found: Vec::with_capacity(k + 1) }
    }

    /// Rows come in ascending order, so that of equally near ones the first stays ahead.
    pub(super) fn offer(&mut self, row: usize, distance: f32) {
        if self.found.len() == self.k && self.found.last().is_none_or(|l| distance >= l.distance) {
            return;
        }
        let at = self.found.partition_point(|neighbor| neighbor.distance <= distance);
        self.found.insert(at, Neighbor { row, distance });
        self.found.truncate(self.k);
    }

    pub(super) fn into_vec(self) -> Vec<Neighbor> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{parts, vectors};
    use proptest::prelude::*;

    proptest! {
        /// The classifier measures to its own prototypes; a prototype given as a vector must be as far from the segments.
        #[test]
        fn segments_are_as_far_from_a_vector_as_from_a_prototype_there(seed: u64, k in 1_usize..9) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 7, classifier.n_features());
            let wanted = classifier.distances(z.view()).unwrap();
            for m in 0..classifier.n_prototypes() {
                let found = nearest_segments(&classifier, classifier.sonifiable().row(m), z.view(), k).unwrap();
                prop_assert_eq!(found.len(), k.min(7));
                prop_assert!(found.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
                for Neighbor { row, distance } in found {
                    let wanted = wanted[[row, m]];
                    prop_assert!((distance - wanted).abs() <= 1e-3 * wanted + 1e-6, "{} {}", distance, wanted);
                }
            }
        }
    }

    #[test]
    fn of_equally_near_ones_the_first_is_kept() {
        let mut nearest = Nearest::new(2);
        for (row, distance) in [2.0, 1.0, 1.0, 1.0, 0.5].into_iter().enumerate() {
            nearest.offer(row, distance);
        }
        let rows: Vec<_> = nearest.into_vec().into_iter().map(|neighbor| neighbor.row).collect();
        assert_eq!(rows, [4, 1]);
        let mut none = Nearest::new(0);
        none.offer(0, 1.0);
        assert!(none.into_vec().is_empty());
    }
}
