//! From the distance between a vector and a prototype to their similarity.

use serde::{Deserialize, Serialize};

/// Which distance `d` the similarity `S = exp(−d)` is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimilarityKind {
    /// `d = mean over features of (z' − p')²`, as in the published code.
    #[default]
    MeanSquared,
    /// `d = sum over features of (z' − p')²`, as in the paper; with hundreds of features `S` comes close to zero.
    SumSquared,
}

impl SimilarityKind {
    /// What a sum of squared differences is multiplied by.
    pub fn scale(self, n_features: usize) -> f64 {
        match self {
            Self::MeanSquared => 1.0 / n_features.max(1) as f64,
            Self::SumSquared => 1.0,
        }
    }
}
