//! Accuracies that are kept up to date while the labels of a few items change.

use ndarray::Array2;

use super::counts::{ClassCounts, ratio};
use super::items::indicator;
use super::summary::balanced_accuracy;
use super::{Accuracy, EvaluationError};

/// The labels that items were given, next to the true ones, counted.
#[derive(Debug, Clone)]
pub struct Tally {
    /// `[item, class]`
    truth: Array2<bool>,
    /// `[item, class]`
    given: Array2<bool>,
    counts: Counts,
    multi_label: bool,
}

/// What the accuracies follow from.
#[derive(Debug, Clone)]
struct Counts {
    classes: Vec<ClassCounts>,
    n_right: u64,
}

impl Tally {
    /// Counts right items; `multi_label` says that an item may have any number of labels.
    ///
    /// # Errors
    /// The lists are of different lengths or empty, or a label is not below `n_classes`.
    pub fn new<T: AsRef<[u32]>, P: AsRef<[u32]>>(
        truth: &[T],
        given: &[P],
        n_classes: usize,
        multi_label: bool,
    ) -> Result<Self, EvaluationError> {
        let (expected, found) = (truth.len(), given.len());
        if expected != found {
            let what = "lists of predicted labels, one an item";
            return Err(EvaluationError::Length { what, expected, found });
        }
        if truth.is_empty() {
            return Err(EvaluationError::Empty { what: "evaluation" });
        }
        let (truth, given) = (indicator(truth, n_classes)?, indicator(given, n_classes)?);
        let mut counts = Counts { classes: vec![ClassCounts::default(); n_classes], n_right: 0 };
        for (truth, given) in truth.outer_iter().zip(given.outer_iter()) {
            counts.n_right += u64::from(truth == given);
            for ((counts, truth), given) in counts.classes.iter_mut().zip(truth).zip(given) {
                counts.add(*truth, *given, 1);
            }
        }
        Ok(Self { truth, given, counts, multi_label })
    }

    /// The accuracies of the labels as they are.
    pub fn accuracy(&self) -> Accuracy {
        self.of(&self.counts)
    }

    /// The accuracies if some items, each named once, were given other labels.
    ///
    /// # Panics
    /// An item or a label is out of range.
    pub fn accuracy_with(&self, changes: &[(usize, Vec<u32>)]) -> Accuracy {
        let mut counts = self.counts.clone();
        changes.iter().for_each(|(item, labels)| self.recount(&mut counts, *item, labels));
        self.of(&counts)
    }

    /// Gives an item other labels.
    ///
    /// # Panics
    /// The item or a label is out of range.
    pub fn give(&mut self, item: usize, labels: &[u32]) {
        let mut counts = self.counts.clone();
        self.recount(&mut counts, item, labels);
        self.counts = counts;
        let mut row = self.given.row_mut(item);
        row.fill(false);
        labels.iter().for_each(|label| row[*label as usize] = true);
    }

    fn of(&self, counts: &Counts) -> Accuracy {
        let n = self.truth.nrows() as u64;
        let balanced = balanced_accuracy(&counts.classes, n, self.multi_label);
        Accuracy { plain: ratio(counts.n_right, n), balanced }
    }

    fn recount(&self, counts: &mut Counts, item: usize, labels: &[u32]) {
        let (truth, before) = (self.truth.row(item), self.given.row(item));
        let is_given = |class: usize| labels.contains(&(class as u32));
        counts.n_right -= u64::from(truth == before);
        counts.n_right += u64::from((0..truth.len()).all(|class| truth[class] == is_given(class)));
        for class in (0..truth.len()).filter(|class| before[*class]) {
            counts.classes[class].predicted -= 1;
            counts.classes[class].correct -= u64::from(truth[class]);
        }
        for &label in labels {
            let class = label as usize;
            counts.classes[class].predicted += 1;
            counts.classes[class].correct += u64::from(truth[class]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::accuracy;
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};

    proptest! {
        #[test]
        fn changed_labels_count_as_if_they_had_been_given_from_the_start(seed: u64, n in 1_usize..20, classes in 1_usize..5, multi: bool) {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let mut labels = || -> Vec<u32> {
                match multi {
                    true => (0..classes as u32).filter(|_| rng.random_bool(0.4)).collect(),
                    false => vec![rng.random_range(0..classes as u32)],
                }
            };
            let truth: Vec<_> = (0..n).map(|_| labels()).collect();
            let mut given: Vec<_> = (0..n).map(|_| labels()).collect();
            let mut tally = Tally::new(&truth, &given, classes, multi).unwrap();
            let changes: Vec<_> = (0..n).step_by(2).map(|item| (item, labels())).collect();
            let found = tally.accuracy_with(&changes);
            for (item, labels) in changes {
                tally.give(item, &labels);
                given[item] = labels;
            }
            let wanted = accuracy(&truth, &given, classes, multi).unwrap();
            prop_assert_eq!(found, wanted);
            prop_assert_eq!(tally.accuracy(), wanted);
        }
    }
}
