//! Right and wrong answers of one class, and their ratios.

use serde::{Deserialize, Serialize};

/// How often a label was true, given, and both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCounts {
    /// Items that have the label.
    pub support: u64,
    /// Items that were given it.
    pub predicted: u64,
    /// Items that have it and were given it.
    pub correct: u64,
}

impl ClassCounts {
    /// `correct / predicted`; 0 if it was never given.
    pub fn precision(self) -> f64 {
        ratio(self.correct, self.predicted)
    }

    /// `correct / support`; 0 if it is never true.
    pub fn recall(self) -> f64 {
        ratio(self.correct, self.support)
    }

    /// `2 correct / (support + predicted)`, the harmonic mean of precision and recall; 0 if it is neither true nor given.
    pub fn f1(self) -> f64 {
        ratio(2 * self.correct, self.support + self.predicted)
    }

    /// Whether the label is true or was given anywhere.
    pub fn occurs(self) -> bool {
        self.support + self.predicted > 0
    }

    pub(super) fn add(&mut self, truth: bool, predicted: bool, times: u64) {
        self.support += u64::from(truth) * times;
        self.predicted += u64::from(predicted) * times;
        self.correct += u64::from(truth && predicted) * times;
    }
}

impl std::iter::Sum for ClassCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |a, b| Self {
            support: a.support + b.support,
            predicted: a.predicted + b.predicted,
            correct: a.correct + b.correct,
        })
    }
}

/// `part / whole`; 0 of nothing.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0_usize);
    for value in values {
        sum += value;
        n += 1;
    }
    (n > 0).then(|| sum / n as f64)
}
