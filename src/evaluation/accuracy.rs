//! The two accuracies alone, for whoever needs them many times over.

use serde::{Deserialize, Serialize};

use super::EvaluationError;
use super::counts::{ClassCounts, ratio};
use super::items::indicator;
use super::summary::balanced_accuracy;

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
    let (expected, found) = (truth.len(), predicted.len());
    if expected != found {
        let what = "lists of predicted labels, one an item";
        return Err(EvaluationError::Length { what, expected, found });
    }
    if truth.is_empty() {
        return Err(EvaluationError::Empty { what: "evaluation" });
    }
    let (truth, predicted) = (indicator(truth, n_classes)?, indicator(predicted, n_classes)?);
    let mut counts = vec![ClassCounts::default(); n_classes];
    let mut n_right = 0;
    for (truth, predicted) in truth.outer_iter().zip(predicted.outer_iter()) {
        n_right += u64::from(truth == predicted);
        for ((counts, truth), predicted) in counts.iter_mut().zip(truth).zip(predicted) {
            counts.add(*truth, *predicted, 1);
        }
    }
    let n = expected as u64;
    Ok(Accuracy { plain: ratio(n_right, n), balanced: balanced_accuracy(&counts, n, multi_label) })
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
