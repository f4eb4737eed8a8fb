//! The probability from which a label is given.

use ndarray::ArrayView2;

use super::EvaluationError;
use super::items::indicator;
use super::ranking::Ranking;

/// For each label the threshold of the largest F1, chosen on validation data.
///
/// A threshold lies halfway between the lowest probability that is accepted and the next lower one. Of equally good ones
/// the nearest to 0.5 is taken; a label that is never true keeps 0.5.
///
/// # Shapes
/// - `probabilities`: `[item, class]`; `truth`: the label numbers of each item; returns: one a class
///
/// # Errors
/// Lengths differ, a label number is too large, or a probability is not finite.
pub fn best_f1_thresholds<L: AsRef<[u32]>>(
    probabilities: ArrayView2<'_, f64>,
    truth: &[L],
) -> Result<Vec<f64>, EvaluationError> {
    let (expected, found) = (probabilities.nrows(), truth.len());
    if expected != found {
        return Err(EvaluationError::Length {
            what: "lists of true labels, one an item",
            expected,
            found,
        });
    }
    let not_finite = |row: ndarray::ArrayView1<'_, f64>| row.iter().any(|p| !p.is_finite());
    if let Some(item) = probabilities.outer_iter().position(not_finite) {
        return Err(EvaluationError::NotFinite { what: "the probabilities", item });
    }
    let truth = indicator(truth, probabilities.ncols())?;
    let columns = probabilities.columns().into_iter().zip(truth.columns());
    Ok(columns.map(|(scores, truth)| best_f1_threshold(scores, truth)).collect())
}

fn best_f1_threshold(
    scores: ndarray::ArrayView1<'_, f64>,
    truth: ndarray::ArrayView1<'_, bool>,
) -> f64 {
    let support = truth.iter().filter(|yes| **yes).count() as u64;
    if support == 0 {
        return 0.5;
    }
    let ranking = Ranking::new(scores, truth);
    let cuts: Vec<_> =
        ranking.cuts().map(|(item, accepted, correct)| (scores[item], accepted, correct)).collect();
    let mut best = (0.0, 0.5);
    for (i, &(score, accepted, correct)) in cuts.iter().enumerate() {
        let threshold = match cuts.get(i + 1) {
            Some((next, ..)) => next + (score - next) / 2.0,
            None => score,
        };
        let f1 = 2.0 * correct as f64 / (accepted + support) as f64;
        let nearer = (threshold - 0.5).abs() < (best.1 - 0.5_f64).abs();
        if f1 > best.0 || (f1 == best.0 && nearer) {
            best = (f1, threshold);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::ClassCounts;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    #[test]
    fn a_threshold_parts_what_can_be_parted() {
        let p = array![[0.9, 0.5, 0.2], [0.8, 0.1, 0.3], [0.2, 0.4, 0.1]];
        let thresholds = best_f1_thresholds(p.view(), &[vec![0], vec![0, 1], vec![]]).unwrap();
        assert!((thresholds[0] - 0.5).abs() < 1e-12, "halfway between 0.8 and 0.2");
        assert_eq!(thresholds[1], 0.1, "everything is accepted");
        assert_eq!(thresholds[2], 0.5, "the label is never true");
    }

    proptest! {
        #[test]
        fn no_other_threshold_does_better(
            scores in proptest::collection::vec(0_u8..8, 1..30), truth in proptest::collection::vec(any::<bool>(), 30),
        ) {
            let n = scores.len();
            let p = Array2::from_shape_fn((n, 1), |(i, _)| f64::from(scores[i]) / 7.0);
            let labels: Vec<Vec<u32>> = truth[..n].iter().map(|yes| vec![0; usize::from(*yes)]).collect();
            let found = best_f1_thresholds(p.view(), &labels).unwrap()[0];
            let f1 = |threshold: f64| {
                let mut counts = ClassCounts::default();
                (0..n).for_each(|i| counts.add(truth[i], p[[i, 0]] >= threshold, 1));
                counts.f1()
            };
            for threshold in (0..=16).map(|i| f64::from(i) / 15.0) {
                prop_assert!(f1(found) >= f1(threshold), "{found} {threshold}");
            }
        }
    }
}
