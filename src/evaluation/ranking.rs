//! How well scores put the items of a class above the others: area under the ROC curve, average precision.

use ndarray::ArrayView1;

/// Items in descending order of the score of one class.
#[derive(Debug)]
pub(super) struct Ranking {
    /// Item number and whether it has the label.
    order: Vec<(u32, bool)>,
    /// Where each run of equal scores ends in `order`.
    ends: Vec<u32>,
}

impl Ranking {
    pub(super) fn new(scores: ArrayView1<'_, f64>, truth: ArrayView1<'_, bool>) -> Self {
        // Scores lie beside their items, so that sorting reads one place.
        let mut items: Vec<(f64, u32)> = scores.iter().copied().zip(0..).collect();
        items.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let ends = (1..=items.len())
            .filter(|&end| end == items.len() || items[end].0 != items[end - 1].0)
            .map(|end| end as u32);
        let ends = ends.collect();
        let order = items.into_iter().map(|(_, item)| (item, truth[item as usize]));
        Self { order: order.collect(), ends }
    }

    /// Positive and negative weight of each run of equal scores, from the highest score down.
    fn runs<'a>(&'a self, times: &'a [u32]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let run = &self.order[start..end as usize];
            start = end as usize;
            run.iter().fold((0.0, 0.0), |(positive, negative), &(item, truth)| {
                let times = f64::from(times[item as usize]);
                if truth { (positive + times, negative) } else { (positive, negative + times) }
            })
        })
    }

    /// The chance that an item with the label scores above one without, equal scores counting half, when item i is there
    /// `times[i]` times; `None` without items of both kinds.
    pub(super) fn roc_auc(&self, times: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut above) = (0.0, 0.0, 0.0);
        for (positive, negative) in self.runs(times) {
            above += negative * (positives + 0.5 * positive);
            positives += positive;
            negatives += negative;
        }
        (positives > 0.0 && negatives > 0.0).then(|| above / (positives * negatives))
    }

    /// `Σ_n (R_n − R_{n−1}) P_n` over the thresholds n, from the highest down, without interpolation; `None` without items
    /// that have the label.
    pub(super) fn average_precision(&self, times: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut area) = (0.0, 0.0, 0.0);
        for (positive, negative) in self.runs(times) {
            positives += positive;
            negatives += negative;
            if positive > 0.0 {
                area += positive * (positives / (positives + negatives));
            }
        }
        (positives > 0.0).then(|| area / positives)
    }

    /// Candidate thresholds, from the highest score down: an item of each distinct score, how many items have that score
    /// or more, and how many of those have the label.
    pub(super) fn cuts(&self) -> impl Iterator<Item = (usize, u64, u64)> {
        let mut correct = 0;
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let run = &self.order[start..end as usize];
            start = end as usize;
            correct += run.iter().filter(|(_, truth)| *truth).count() as u64;
            (run[0].0 as usize, u64::from(end), correct)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;
    use proptest::prelude::*;

    proptest! {
        /// The definition, pair by pair; and an item that is there twice counts like two equal items.
        #[test]
        fn the_area_counts_pairs(
            scores in proptest::collection::vec(0_u8..6, 2..30), truth in proptest::collection::vec(any::<bool>(), 30),
            times in proptest::collection::vec(0_u32..3, 30),
        ) {
            let n = scores.len();
            let scores = Array1::from_iter(scores.into_iter().map(f64::from));
            let ranking = Ranking::new(scores.view(), Array1::from(truth[..n].to_vec()).view());
            let (mut pairs, mut above) = (0.0, 0.0);
            for i in (0..n).filter(|&i| truth[i]) {
                for j in (0..n).filter(|&j| !truth[j]) {
                    let both = f64::from(times[i] * times[j]);
                    pairs += both;
                    above += both * match scores[i].total_cmp(&scores[j]) {
                        std::cmp::Ordering::Greater => 1.0,
                        std::cmp::Ordering::Equal => 0.5,
                        std::cmp::Ordering::Less => 0.0,
                    };
                }
            }
            let found = ranking.roc_auc(&times[..n]);
            prop_assert_eq!(found, (pairs > 0.0).then(|| above / pairs));

            let copies = || (0..n).flat_map(|i| std::iter::repeat_n(i, times[i] as usize));
            let copied_scores: Array1<f64> = copies().map(|i| scores[i]).collect();
            let copied_truth: Array1<bool> = copies().map(|i| truth[i]).collect();
            let copied = Ranking::new(copied_scores.view(), copied_truth.view());
            let once = vec![1; copied_scores.len()];
            prop_assert_eq!(copied.roc_auc(&once), found);
            prop_assert_eq!(copied.average_precision(&once), ranking.average_precision(&times[..n]));
        }
    }
}
