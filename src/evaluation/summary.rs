//! The figures that stand at the head of a report and are compared between runs.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::counts::{ClassCounts, mean, ratio};
use super::items::Decided;
use super::ranking::Ranking;
use super::{Decision, EvaluationError, Items};

/// The figures at the head of a report; `T` is a number, or its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary<T = f64> {
    /// Share of the items whose labels are all right.
    pub accuracy: T,
    /// Class-balanced accuracy. One label an item: the mean recall of the classes that have items. Several: the mean over
    /// labels of `(recall of yes + recall of no) / 2`, where both occur.
    pub balanced_accuracy: T,
    /// Unweighted mean of F1 over the classes that are true or given somewhere; over all labels if an item may have
    /// several.
    pub macro_f1: T,
    /// F1 of all decisions together; equals the accuracy if each item has one label.
    pub micro_f1: T,
    /// Mean over classes of the area under the one-against-rest ROC curve, where it is defined.
    pub roc_auc: Option<T>,
    /// Mean over classes of the average precision, where it is defined.
    pub average_precision: Option<T>,
}

impl Summary {
    /// The figures of a report and nothing else of it: what an editor asks for many times.
    ///
    /// # Errors
    /// As [`super::Report::new`].
    pub fn new<L: AsRef<[u32]>>(
        items: &Items<'_, L>,
        n_classes: usize,
        decision: &Decision,
    ) -> Result<Self, EvaluationError> {
        let decided = Decided::new(items, n_classes, decision)?;
        Ok(Summarizer::new(&decided).summary(&vec![1; decided.n()]))
    }
}

/// What the summary of any resample is computed from.
#[derive(Debug)]
pub(super) struct Summarizer<'a> {
    decided: &'a Decided,
    rankings: Vec<Ranking>,
}

impl<'a> Summarizer<'a> {
    pub(super) fn new(decided: &'a Decided) -> Self {
        let scored = decided.probabilities.columns().into_iter().zip(decided.truth.columns());
        let scored: Vec<_> = scored.collect();
        let ranking = |(scores, truth)| Ranking::new(scores, truth);
        Self { decided, rankings: scored.into_par_iter().map(ranking).collect() }
    }

    /// One a class.
    pub(super) fn rankings(&self) -> &[Ranking] {
        &self.rankings
    }

    /// The counts of each class when item i is there `times[i]` times.
    pub(super) fn counts(&self, times: &[u32]) -> Vec<ClassCounts> {
        let mut counts = vec![ClassCounts::default(); self.decided.n_classes()];
        let rows = self.decided.truth.outer_iter().zip(self.decided.predicted.outer_iter());
        for ((truth, predicted), &times) in rows.zip(times).filter(|(_, times)| **times > 0) {
            for ((counts, truth), predicted) in counts.iter_mut().zip(truth).zip(predicted) {
                counts.add(*truth, *predicted, u64::from(times));
            }
        }
        counts
    }

    /// The summary when item i is there `times[i]` times.
    pub(super) fn summary(&self, times: &[u32]) -> Summary {
        self.summary_of(times, &self.counts(times))
    }

    /// The same from the counts of these items.
    pub(super) fn summary_of(&self, times: &[u32], counts: &[ClassCounts]) -> Summary {
        let n: u64 = times.iter().map(|times| u64::from(*times)).sum();
        let rows = self.decided.truth.outer_iter().zip(self.decided.predicted.outer_iter());
        let right = rows.zip(times).filter(|((truth, predicted), _)| truth == predicted);
        let right: u64 = right.map(|(_, times)| u64::from(*times)).sum();
        Summary {
            accuracy: ratio(right, n),
            balanced_accuracy: balanced_accuracy(counts, n, self.decided.multi_label),
            macro_f1: mean(averaged(counts, self.decided.multi_label).map(ClassCounts::f1))
                .unwrap_or(0.0),
            micro_f1: counts.iter().copied().sum::<ClassCounts>().f1(),
            roc_auc: mean(self.rankings.iter().filter_map(|ranking| ranking.roc_auc(times))),
            average_precision: mean(
                self.rankings.iter().filter_map(|ranking| ranking.average_precision(times)),
            ),
        }
    }
}

/// The classes that averages are taken over: as in scikit-learn, those that occur, or all labels.
pub(super) fn averaged(
    counts: &[ClassCounts],
    multi_label: bool,
) -> impl Iterator<Item = ClassCounts> + '_ {
    counts.iter().copied().filter(move |counts| multi_label || counts.occurs())
}

pub(super) fn balanced_accuracy(counts: &[ClassCounts], n: u64, multi_label: bool) -> f64 {
    let of_class = |counts: &ClassCounts| {
        let without = n - counts.support;
        match multi_label {
            false => (counts.support > 0).then(|| counts.recall()),
            true => (counts.support > 0 && without > 0).then(|| {
                let rightly_refused = without - (counts.predicted - counts.correct);
                (counts.recall() + ratio(rightly_refused, without)) / 2.0
            }),
        }
    };
    mean(counts.iter().filter_map(of_class)).unwrap_or(0.0)
}
