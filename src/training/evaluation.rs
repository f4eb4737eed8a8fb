//! How well the network does on examples it does not learn from.

use serde::{Deserialize, Serialize};

use super::settings::ClassLoss;

/// Losses and accuracy on all validation examples, without dropout.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Evaluation {
    /// `λ · L_c + (1 − λ) · L_p + w · L_d`: what decides which state of a run is kept.
    pub loss: f64,
    /// `L_c`, the mean over all examples.
    pub class_loss: f64,
    /// `L_p`, with the smallest distances taken over all examples, so that it does not depend on a batch size.
    pub prototype_loss: f64,
    /// `L_d`, which does not depend on the examples; without it the kept state would be the one that it changed least.
    pub diversity: f64,
    /// Mean over the classes of the recall; where several labels are possible, of the mean of recall and specificity at
    /// probability ½. Classes that cannot be measured are left out.
    pub balanced_accuracy: f64,
}

/// Counts from which the balanced accuracy follows.
#[derive(Debug)]
pub(super) struct Tally {
    single: bool,
    /// Per class, without and with the label: examples, and how many of them were judged right.
    counts: Vec<[(usize, usize); 2]>,
}

impl Tally {
    pub(super) fn new(class_loss: ClassLoss, n_classes: usize) -> Self {
        let single = matches!(class_loss, ClassLoss::CrossEntropy { .. });
        Self { single, counts: vec![[(0, 0); 2]; n_classes] }
    }

    /// Counts a batch.
    ///
    /// # Shapes
    /// - `logits`, `truth`: `[item, class]`
    pub(super) fn add(&mut self, logits: &[f32], truth: &[f32]) {
        let n_classes = self.counts.len();
        for (logits, truth) in logits.chunks_exact(n_classes).zip(truth.chunks_exact(n_classes)) {
            let first_largest = |best, i| if logits[i] > logits[best] { i } else { best };
            let best = (0..n_classes).fold(0, first_largest);
            for (class, counts) in self.counts.iter_mut().enumerate() {
                let said = if self.single { class == best } else { logits[class] >= 0.0 };
                let is = truth[class] > 0.0;
                let (all, right) = &mut counts[usize::from(is)];
                *all += 1;
                *right += usize::from(said == is);
            }
        }
    }

    /// The balanced accuracy; 0 where no class can be measured.
    pub(super) fn balanced_accuracy(&self) -> f64 {
        let share = |(all, right): (usize, usize)| (all > 0).then(|| right as f64 / all as f64);
        let of_class = |[without, with]: &[(usize, usize); 2]| {
            let recall = share(*with)?;
            if self.single { Some(recall) } else { Some((recall + share(*without)?) / 2.0) }
        };
        let measured: Vec<f64> = self.counts.iter().filter_map(of_class).collect();
        measured.iter().sum::<f64>() / measured.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_counts_the_same_however_many_examples_it_has() {
        let mut tally = Tally::new(ClassLoss::default(), 3);
        // Class 0: 2 of 3 right; class 1: 0 of 1; class 2 is absent.
        let logits = [2.0, 1.0, 0.0, 2.0, 1.0, 0.0, 0.0, 1.0, 0.0, 5.0, 4.0, 0.0];
        let truth = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        tally.add(&logits, &truth);
        assert_eq!(tally.balanced_accuracy(), 1.0 / 3.0);
    }

    #[test]
    fn with_several_labels_recall_and_specificity_count_the_same() {
        let mut tally = Tally::new(ClassLoss::BinaryCrossEntropy, 1);
        tally.add(&[1.0, -1.0, -1.0, -1.0, 1.0], &[1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(tally.balanced_accuracy(), (0.5 + 2.0 / 3.0) / 2.0);
    }
}
