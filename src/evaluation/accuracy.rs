//! The two accuracies alone, for whoever needs them many times over.

use serde::{Deserialize, Serialize};

use super::{EvaluationError, Tally};

/// How many items are right, counted in two ways; see [`super::Summary`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Share of the items whose labels are all right.
    pub plain: f64,
    /// Class-balanced accuracy.
    pub balanced: f64,
}

/// Counts right items; `multi_label` says that an item may have any number of labels.
///
/// # Errors
/// The lists are of different lengths or empty, or a label is not below `n_classes`.
pub fn accuracy<T: AsRef<[u32]>, P: AsRef<[u32]>>(
    truth: &[T],
    predicted: &[P],
    n_classes: usize,
    multi_label: bool,
) -> Result<Accuracy, EvaluationError> {
    Ok(Tally::new(truth, predicted, n_classes, multi_label)?.accuracy())
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Items, Report, ReportSettings};
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};

    proptest! {
        #[test]
        fn the_accuracies_are_those_of_a_whole_report(seed: u64, n in 1_usize..20, classes in 1_usize..5, multi: bool) {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let p = Array2::from_shape_simple_fn((n, classes), || rng.random_range(0.0..1.0));
            let truth: Vec<Vec<u32>> = (0..n).map(|_| match multi {
                true => (0..classes as u32).filter(|_| rng.random_bool(0.4)).collect(),
                false => vec![rng.random_range(0..classes as u32)],
            }).collect();
            let decision =
                if multi { Decision::Thresholds(vec![0.5; classes]) } else { Decision::MostProbable };
            let items = Items { probabilities: p.view(), truth: &truth, groups: None };
            let labels: Vec<_> = (0..classes).map(|class| class.to_string()).collect();
            let report = Report::new(&items, &labels, &decision, &ReportSettings::default()).unwrap();
            let found = accuracy(&truth, &decision.labels(p.view()), classes, multi).unwrap();
            prop_assert_eq!(found.plain, report.summary.accuracy);
            prop_assert_eq!(found.balanced, report.summary.balanced_accuracy);
        }
    }
}
