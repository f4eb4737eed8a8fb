//! The two scalars that every z is shifted and scaled by before it meets a prototype.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// `z' = (z − mean) / (2 · std)`, with one mean and one deviation for a whole data set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// Mean over the samples of each sample's mean.
    pub mean: f32,
    /// Mean over the samples of each sample's standard deviation over the features (divisor `n`, not `n − 1`).
    pub std: f32,
}

/// Why no normalization follows from some vectors.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NormalizationError {
    /// There is nothing to measure.
    #[error("cannot normalize {rows} vectors of {features} features, give at least one")]
    Empty {
        /// Number of vectors.
        rows: usize,
        /// Features of each.
        features: usize,
    },
    /// Every vector is constant over its features.
    #[error("all {rows} vectors are constant ({value}), check that the embeddings are real")]
    Constant {
        /// Number of vectors.
        rows: usize,
        /// Their mean.
        value: f64,
    },
    /// A value that is no number.
    #[error("vector {row} holds {value} at feature {feature}, expected finite values")]
    NotFinite {
        /// The vector.
        row: usize,
        /// The feature.
        feature: usize,
        /// The value.
        value: f32,
    },
}

impl Normalization {
    /// Measures the scalars on vectors, as a rule those of the training split.
    ///
    /// # Shapes
    /// - `z`: `[item, feature]`
    ///
    /// # Errors
    /// No value at all, a value that is not finite, or vectors that are all constant.
    pub fn of(z: ArrayView2<'_, f32>) -> Result<Self, NormalizationError> {
        let (rows, features) = z.dim();
        if rows == 0 || features == 0 {
            return Err(NormalizationError::Empty { rows, features });
        }
        if let Some(((row, feature), value)) = z.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(NormalizationError::NotFinite { row, feature, value: *value });
        }
        let (mut means, mut deviations) = (0.0_f64, 0.0_f64);
        for row in z.outer_iter() {
            let n = features as f64;
            let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
            let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
            means += mean;
            deviations += variance.sqrt();
        }
        let (mean, std) = ((means / rows as f64) as f32, (deviations / rows as f64) as f32);
        let found = Self { mean, std };
        if !found.is_usable() {
            return Err(NormalizationError::Constant { rows, value: means / rows as f64 });
        }
        Ok(found)
    }

    /// Whether applying and undoing it stay finite.
    pub(super) fn is_usable(&self) -> bool {
        self.mean.is_finite() && self.std.is_normal() && self.std > 0.0
    }

    /// z → z'.
    ///
    /// # Shapes
    /// - all: `[item, feature]`
    pub fn apply(&self, z: ArrayView2<'_, f32>) -> Array2<f32> {
        z.mapv(|x| self.normalized(x))
    }

    /// z' → z.
    ///
    /// # Shapes
    /// - all: `[item, feature]`
    pub fn undo(&self, z: ArrayView2<'_, f32>) -> Array2<f32> {
        z.mapv(|x| x * (2.0 * self.std) + self.mean)
    }

    /// One value of z'.
    #[inline]
    pub(super) fn normalized(&self, x: f32) -> f32 {
        (x - self.mean) / (2.0 * self.std)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn the_scalars_are_means_over_samples_of_statistics_over_features() {
        let z = array![[0.0, 2.0], [10.0, 16.0]]; // means 1 and 13, deviations 1 and 3
        assert_eq!(Normalization::of(z.view()), Ok(Normalization { mean: 7.0, std: 2.0 }));
        let found = Normalization::of(z.view()).unwrap().apply(z.view());
        assert_eq!(found, array![[-1.75, -1.25], [0.75, 2.25]]);
    }

    #[test]
    fn what_cannot_be_scaled_is_refused() {
        let sentence = |z: Array2<f32>| Normalization::of(z.view()).unwrap_err().to_string();
        assert!(sentence(array![[3.0, 3.0], [3.0, 3.0]]).starts_with("all 2 vectors are constant"));
        assert!(sentence(Array2::zeros((0, 4))).starts_with("cannot normalize 0 vectors"));
        assert!(sentence(array![[1.0, f32::NAN]]).starts_with("vector 0 holds NaN at feature 1"));
    }

    proptest! {
        #[test]
        fn undoing_gives_back_what_was_applied(
            values in prop::collection::vec(-100.0_f32..100.0, 12), mean in -5.0_f32..5.0, std in 0.1_f32..5.0,
        ) {
            let normalization = Normalization { mean, std };
            let z = Array2::from_shape_vec((3, 4), values).unwrap();
            let back = normalization.undo(normalization.apply(z.view()).view());
            for (a, b) in back.iter().zip(&z) {
                prop_assert!((a - b).abs() <= 1e-4, "{a} {b}");
            }
        }
    }
}
