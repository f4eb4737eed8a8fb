//! Precision, recall and F1 averaged over classes, decisions or items.

use serde::{Deserialize, Serialize};

use super::counts::{ClassCounts, mean};
use super::items::Decided;
use super::summary::averaged;

/// Averaged precision, recall and F1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Average {
    /// Averaged precision.
    pub precision: f64,
    /// Averaged recall.
    pub recall: f64,
    /// Averaged F1; not the F1 of the averages.
    pub f1: f64,
}

/// The averages of a report.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Averages {
    /// Over all decisions together.
    pub micro: Average,
    /// Over classes, each counting once.
    #[serde(rename = "macro")]
    pub macro_: Average,
    /// Over classes, each counting by its support.
    pub weighted: Average,
    /// Over items; only where an item may have several labels.
    pub samples: Option<Average>,
}

impl Averages {
    pub(super) fn new(decided: &Decided, counts: &[ClassCounts]) -> Self {
        let classes: Vec<ClassCounts> = averaged(counts, decided.multi_label).collect();
        let support: u64 = classes.iter().map(|counts| counts.support).sum();
        let weighted = |of: fn(ClassCounts) -> f64| {
            let sum: f64 = classes.iter().map(|counts| of(*counts) * counts.support as f64).sum();
            if support == 0 { 0.0 } else { sum / support as f64 }
        };
        Self {
            micro: Average::by(|of| of(classes.iter().copied().sum())),
            macro_: Average::by(|of| mean(classes.iter().map(|counts| of(*counts))).unwrap_or(0.0)),
            weighted: Average::by(weighted),
            samples: decided.multi_label.then(|| {
                let of_item = items(decided);
                Average::by(|of| mean(of_item.iter().map(|counts| of(*counts))).unwrap_or(0.0))
            }),
        }
    }
}

impl Average {
    fn by(average: impl Fn(fn(ClassCounts) -> f64) -> f64) -> Self {
        Self {
            precision: average(ClassCounts::precision),
            recall: average(ClassCounts::recall),
            f1: average(ClassCounts::f1),
        }
    }
}

/// The counts of each item over its labels.
fn items(decided: &Decided) -> Vec<ClassCounts> {
    let rows = decided.truth.outer_iter().zip(decided.predicted.outer_iter());
    let of_row = |(truth, predicted): (ndarray::ArrayView1<'_, bool>, _)| {
        let predicted: ndarray::ArrayView1<'_, bool> = predicted;
        let mut counts = ClassCounts::default();
        truth.iter().zip(predicted).for_each(|(t, p)| counts.add(*t, *p, 1));
        counts
    };
    rows.map(of_row).collect()
}
