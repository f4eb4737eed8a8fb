//! Distances from many vectors to the prototypes, by one matrix product.
//!
//! `|a − b|² = |a|² + |b|² − 2 a·b` loses digits where the distance is small against the norms. Three things keep them:
//! both sides are centered on the mean of the prototypes, which takes away what all vectors have in common; the norms
//! are summed in double precision; and a distance below 1/32 of the norms is computed again from the differences.
//! What remains is a relative error below 10⁻⁴, for near and equal vectors too.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::{Normalization, SimilarityKind};
use crate::tensor::{Activation, Kernel, PackedMatrix, Precision, Rows};

/// Vectors that one task takes; bounds the working memory, not the numbers.
const ROWS_PER_TASK: usize = 256;

/// A squared distance below this share of the squared norms has lost too many digits.
const CANCELLED: f64 = 1.0 / 32.0;

/// The prototypes, laid out for comparison with any number of vectors.
#[derive(Debug)]
pub(super) struct Distances {
    normalization: Normalization,
    scale: f64,
    center: Vec<f32>,
    /// `[prototype, feature]`
    centered: Array2<f32>,
    squared_norms: Vec<f64>,
    packed: PackedMatrix,
}

impl Distances {
    /// # Shapes
    /// - `prototypes`: `[prototype, feature]`, adapted
    pub(super) fn new(
        prototypes: ArrayView2<'_, f32>,
        normalization: Normalization,
        kind: SimilarityKind,
    ) -> Self {
        let (n_prototypes, n_features) = prototypes.dim();
        let mean = |column: ndarray::ArrayView1<'_, f32>| {
            let sum: f64 = column.iter().map(|x| f64::from(*x)).sum();
            (sum / n_prototypes.max(1) as f64) as f32
        };
        let center: Vec<f32> = prototypes.axis_iter(Axis(1)).map(mean).collect();
        let centered = &prototypes
            - &ArrayView2::from_shape((1, n_features), &center).expect("one value a feature");
        let squared_norms = centered.outer_iter().map(|row| squared_norm(row.iter())).collect();
        let kernel = Kernel::best(Precision::F32);
        let packed = PackedMatrix::pack(kernel, n_features, n_prototypes, |i, j| centered[[j, i]]);
        Self {
            normalization,
            scale: kind.scale(n_features),
            center,
            centered,
            squared_norms,
            packed,
        }
    }

    /// `d`, never negative.
    ///
    /// # Shapes
    /// - `z`: `[item, feature]`, as the encoder gives it
    /// - returns: `[item, prototype]`
    pub(super) fn to(&self, z: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut found = Array2::zeros((z.nrows(), self.centered.nrows()));
        // An edit may leave no prototype to be compared anew.
        if found.is_empty() {
            return found;
        }
        found
            .axis_chunks_iter_mut(Axis(0), ROWS_PER_TASK)
            .into_par_iter()
            .zip(z.axis_chunks_iter(Axis(0), ROWS_PER_TASK))
            .for_each(|(mut found, z)| {
                let n_features = self.center.len();
                let values = z.outer_iter().flat_map(|row| {
                    let centered = row.into_iter().zip(&self.center);
                    centered.map(|(x, center)| self.normalization.normalized(*x) - center)
                });
                let rows: Vec<f32> = values.collect();
                let operand = Rows { data: &rows, stride: n_features, count: z.nrows() };
                let products = self.packed.product(operand, None, Activation::None);
                let n_prototypes = self.centered.nrows();
                let products = products.chunks_exact(n_prototypes);
                for ((row, products), mut found) in
                    rows.chunks_exact(n_features).zip(products).zip(found.outer_iter_mut())
                {
                    self.finish(row, products, found.as_slice_mut().expect("rows of a new array"));
                }
            });
        found
    }

    /// One row of distances from one row of products.
    fn finish(&self, row: &[f32], products: &[f32], found: &mut [f32]) {
        let squared_norm = squared_norm(row);
        for (j, (product, found)) in products.iter().zip(found).enumerate() {
            let norms = squared_norm + self.squared_norms[j];
            let mut squared = norms - 2.0 * f64::from(*product);
            if squared < CANCELLED * norms {
                let pairs = row.iter().zip(self.centered.row(j));
                squared = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            }
            *found = (squared * self.scale) as f32;
        }
    }
}

fn squared_norm<'a>(values: impl IntoIterator<Item = &'a f32>) -> f64 {
    values.into_iter().map(|x| f64::from(*x).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};

    const PLAIN: Normalization = Normalization { mean: 0.0, std: 0.5 };

    proptest! {
        /// Vectors far from the origin and close to each other are where the expanded square fails.
        #[test]
        fn distances_keep_four_digits_however_near(
            n in 1_usize..6, m in 1_usize..6, d in 1_usize..40, offset in -50_f32..50.0, spread in 1e-3_f32..2.0, seed: u64,
        ) {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let prototypes = Array2::from_shape_fn((m, d), |_| offset + spread * rng.random_range(-1.0..1.0));
            let mut z = Array2::from_shape_fn((n, d), |_| offset + spread * rng.random_range(-1.0..1.0));
            z.row_mut(0).assign(&prototypes.row(0));
            let kind = SimilarityKind::MeanSquared;
            let found = Distances::new(prototypes.view(), PLAIN, kind).to(z.view());
            // Centering rounds each value to its own precision; nothing else may be lost.
            let rounding = 1e-6 * offset.abs().max(spread);
            for ((i, j), found) in found.indexed_iter() {
                let pairs = z.row(i).into_iter().zip(prototypes.row(j));
                let squares = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
                let wanted = (squares.sum::<f64>() / d as f64) as f32;
                let tolerance = 1e-4 * wanted + rounding * wanted.sqrt() + rounding * rounding;
                prop_assert!((found - wanted).abs() <= tolerance, "[{i}, {j}]: {found:e}, wanted {wanted:e}");
            }
            prop_assert_eq!(found[[0, 0]], 0.0);
        }
    }

    #[test]
    fn there_is_no_distance_to_no_prototype() {
        let prototypes = Array2::zeros((0, 4));
        let distances = Distances::new(prototypes.view(), PLAIN, SimilarityKind::SumSquared);
        assert_eq!(distances.to(Array2::zeros((3, 4)).view()).dim(), (3, 0));
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbors() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let prototypes = Array2::from_shape_fn((5, 24), |_| rng.random_range(-1.0..1.0));
        let z = Array2::from_shape_fn((600, 24), |_| rng.random_range(-1.0_f32..1.0));
        let distances = Distances::new(prototypes.view(), PLAIN, SimilarityKind::SumSquared);
        let all = distances.to(z.view());
        for i in [0, 255, 256, 599] {
            let alone = distances.to(z.slice(ndarray::s![i..=i, ..]));
            assert_eq!(alone.row(0), all.row(i));
        }
    }
}
