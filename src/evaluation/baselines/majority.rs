//! Always the most frequent class.

use super::Segments;

/// The share of training tracks that have each label.
pub(super) fn frequencies(train: &Segments<'_>, n_classes: usize) -> Vec<f64> {
    let mut counts = vec![0_usize; n_classes];
    train.truth.iter().flatten().for_each(|&label| counts[label as usize] += 1);
    counts.into_iter().map(|count| count as f64 / train.truth.len() as f64).collect()
}
