//! From logits to probabilities, and from those to labels.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// How logits are read, as they were trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// Exactly one label: `softmax(logits / temperature)`.
    Softmax {
        /// What the logits are divided by, in training too.
        temperature: f32,
    },
    /// Any number of labels: `1 / (1 + exp(−logit))` for each class by itself.
    Sigmoid {
        /// Probability from which a label is given, one a class.
        thresholds: Vec<f32>,
    },
}

impl Objective {
    /// Probabilities; rows sum to one only for [`Objective::Softmax`].
    ///
    /// # Shapes
    /// - all: `[item, class]`
    pub fn probabilities(&self, logits: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut found = logits.to_owned();
        match self {
            Self::Softmax { temperature } => {
                for mut row in found.outer_iter_mut() {
                    let largest = row.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
                    row.mapv_inplace(|x| ((x - largest) / temperature).exp());
                    let total: f32 = row.sum();
                    row.mapv_inplace(|x| x / total);
                }
            }
            Self::Sigmoid { .. } => found.mapv_inplace(|x| 1.0 / (1.0 + (-x).exp())),
        }
        found
    }

    /// The labels of each row, ascending: the most probable one, or all that reach their threshold.
    ///
    /// Of equal probabilities the first class wins.
    ///
    /// # Shapes
    /// - `probabilities`: `[item, class]`
    pub fn labels(&self, probabilities: ArrayView2<'_, f32>) -> Vec<Vec<u32>> {
        let of_row = |row: ndarray::ArrayView1<'_, f32>| match self {
            Self::Softmax { .. } => {
                let first_largest = |best: usize, (i, p): (usize, &f32)| {
                    if *p > row[best] { i } else { best }
                };
                if row.is_empty() {
                    return Vec::new();
                }
                vec![row.iter().enumerate().fold(0, first_largest) as u32]
            }
            Self::Sigmoid { thresholds } => {
                let classes = (0_u32..).zip(row.iter().zip(thresholds));
                classes.filter(|(_, (p, threshold))| p >= threshold).map(|(c, _)| c).collect()
            }
        };
        probabilities.outer_iter().map(of_row).collect()
    }

    /// The rule that it breaks, if it breaks one.
    pub(super) fn flaw(&self, n_classes: usize) -> Option<String> {
        match self {
            Self::Softmax { temperature } if !(*temperature > 0.0 && temperature.is_finite()) => {
                Some(format!("the temperature is {temperature}, expected a number above 0"))
            }
            Self::Sigmoid { thresholds } if thresholds.len() != n_classes => {
                let found = thresholds.len();
                Some(format!("{found} thresholds for {n_classes} labels, expected one a label"))
            }
            Self::Sigmoid { thresholds } => {
                let outside = thresholds.iter().find(|t| !(0.0..=1.0).contains(*t))?;
                Some(format!("a threshold is {outside}, expected 0 to 1"))
            }
            Self::Softmax { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn softmax_divides_by_the_temperature_and_gives_one_label() {
        let objective = Objective::Softmax { temperature: 0.5 };
        let p = objective.probabilities(array![[0.0, 3_f32.ln() / 2.0], [900.0, 900.0]].view());
        for (found, wanted) in p.iter().zip([0.25, 0.75, 0.5, 0.5]) {
            assert!((found - wanted).abs() < 1e-6, "{p}");
        }
        assert_eq!(objective.labels(p.view()), [vec![1], vec![0]]);
    }

    #[test]
    fn sigmoid_gives_every_label_that_reaches_its_threshold() {
        let objective = Objective::Sigmoid { thresholds: vec![0.5, 0.9, 0.2] };
        let p = objective.probabilities(array![[0.0, 0.0, 0.0], [-1000.0, 1000.0, -9.0]].view());
        assert_eq!(p.row(0), array![0.5, 0.5, 0.5]);
        assert_eq!(objective.labels(p.view()), [vec![0, 2], vec![1]]);
    }
}
