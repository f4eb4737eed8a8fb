//! What is evaluated, checked once.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::EvaluationError;

/// How probabilities become labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Exactly one label an item: the most probable; of equal ones the first.
    MostProbable,
    /// Any number of labels: each whose probability is at least its threshold, one threshold a label.
    Thresholds(Vec<f64>),
}

impl Decision {
    /// Whether an item may have any number of labels.
    pub fn is_multi_label(&self) -> bool {
        matches!(self, Self::Thresholds(_))
    }

    /// The labels of each item.
    ///
    /// # Shapes
    /// - `probabilities`: `[item, class]`
    pub fn labels(&self, probabilities: ArrayView2<'_, f64>) -> Vec<Vec<u32>> {
        let of_row = |row: ndarray::ArrayView1<'_, f64>| match self {
            Self::MostProbable => most_probable(row).into_iter().collect(),
            Self::Thresholds(thresholds) => {
                let reached = row.iter().zip(thresholds).map(|(p, threshold)| p >= threshold);
                reached.enumerate().filter(|(_, yes)| *yes).map(|(class, _)| class as u32).collect()
            }
        };
        probabilities.outer_iter().map(of_row).collect()
    }
}

fn most_probable(row: ndarray::ArrayView1<'_, f64>) -> Option<u32> {
    let first = (0, *row.first()?);
    let keep_first = |best: (usize, f64), (class, p): (usize, &f64)| {
        if *p > best.1 { (class, *p) } else { best }
    };
    Some(row.iter().enumerate().fold(first, keep_first).0 as u32)
}

/// Scored items and the truth about them.
#[derive(Debug)]
pub struct Items<'a, L> {
    /// `[item, class]`, in `[0, 1]`.
    pub probabilities: ArrayView2<'a, f64>,
    /// The label numbers of each item.
    pub truth: &'a [L],
    /// What each item belongs to (an artist, an album): resampling keeps items of one group together. An item without
    /// a group stands alone.
    pub groups: Option<&'a [Option<String>]>,
}

/// [`Items`] that passed every check, decided.
#[derive(Debug)]
pub(super) struct Decided {
    /// `[item, class]`.
    pub(super) probabilities: Array2<f64>,
    /// `[item, class]`: whether the label is true.
    pub(super) truth: Array2<bool>,
    /// `[item, class]`: whether it was given.
    pub(super) predicted: Array2<bool>,
    /// Whether every item has any number of labels, rather than one.
    pub(super) multi_label: bool,
}

impl Decided {
    pub(super) fn new<L: AsRef<[u32]>>(
        items: &Items<'_, L>,
        n_classes: usize,
        decision: &Decision,
    ) -> Result<Self, EvaluationError> {
        let (n, found) = items.probabilities.dim();
        let same = |what, expected, found| match expected == found {
            true => Ok(()),
            false => Err(EvaluationError::Length { what, expected, found }),
        };
        same("probabilities an item, one a class", n_classes, found)?;
        same("lists of true labels, one an item", n, items.truth.len())?;
        if let Some(groups) = items.groups {
            same("groups, one an item", n, groups.len())?;
        }
        if let Decision::Thresholds(thresholds) = decision {
            same("thresholds, one a class", n_classes, thresholds.len())?;
        }
        if n == 0 || n_classes == 0 {
            return Err(EvaluationError::Empty { what: "evaluation" });
        }
        for (item, row) in items.probabilities.outer_iter().enumerate() {
            if row.iter().any(|p| !p.is_finite()) {
                return Err(EvaluationError::NotFinite { what: "the probabilities", item });
            }
            if let Some(&found) = row.iter().find(|p| !(0.0..=1.0).contains(*p)) {
                return Err(EvaluationError::NotProbability { item, found });
            }
        }
        let truth = indicator(items.truth, n_classes)?;
        let multi_label = decision.is_multi_label();
        if !multi_label {
            one_label_each(&truth)?;
        }
        let predicted = indicator(&decision.labels(items.probabilities), n_classes)?;
        let probabilities = items.probabilities.to_owned();
        Ok(Self { probabilities, truth, predicted, multi_label })
    }

    pub(super) fn n(&self) -> usize {
        self.truth.nrows()
    }

    pub(super) fn n_classes(&self) -> usize {
        self.truth.ncols()
    }
}

/// `[item, class]`: whether the item has the label.
pub(super) fn indicator<L: AsRef<[u32]>>(
    labels: &[L],
    n_classes: usize,
) -> Result<Array2<bool>, EvaluationError> {
    let mut out = Array2::from_elem((labels.len(), n_classes), false);
    for (item, labels) in labels.iter().enumerate() {
        for &label in labels.as_ref() {
            match out.get_mut((item, label as usize)) {
                Some(cell) => *cell = true,
                None => {
                    return Err(EvaluationError::LabelOutOfRange { item, found: label, n_classes });
                }
            }
        }
    }
    Ok(out)
}

/// Refuses items with no label or with several.
pub(super) fn one_label_each(truth: &Array2<bool>) -> Result<(), EvaluationError> {
    for (item, row) in truth.outer_iter().enumerate() {
        let found = row.iter().filter(|yes| **yes).count();
        if found != 1 {
            return Err(EvaluationError::NotOneLabel { item, found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn of_equal_probabilities_the_first_wins_and_a_threshold_is_reached_by_equality() {
        let p = array![[0.25, 0.5, 0.5], [0.3, 0.3, 0.3]];
        assert_eq!(Decision::MostProbable.labels(p.view()), [[1], [0]]);
        let thresholds = Decision::Thresholds(vec![0.25, 0.3, 0.6]);
        assert_eq!(thresholds.labels(p.view()), [vec![0, 1], vec![0, 1]]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let p = array![[0.25, 0.75], [0.5, 0.5]];
        let message = |truth: &[Vec<u32>], p: &Array2<f64>, decision: &Decision| {
            let items = Items { probabilities: p.view(), truth, groups: None };
            Decided::new(&items, 2, decision).unwrap_err().to_string()
        };
        let one = Decision::MostProbable;
        insta::assert_snapshot!(message(&[vec![0]], &p, &one), @"expected 2 lists of true labels, one an item, found 1");
        insta::assert_snapshot!(message(&[vec![0], vec![2]], &p, &one), @"item 1 has label number 2, expected less than 2");
        insta::assert_snapshot!(message(&[vec![0], vec![]], &p, &one), @"item 1 has 0 labels, expected exactly 1: several labels need a multi-label model");
        insta::assert_snapshot!(message(&[vec![0], vec![1]], &array![[0.5, 0.5], [f64::NAN, 0.0]], &one), @"the probabilities of item 1 hold a value that is not finite");
        insta::assert_snapshot!(message(&[vec![0], vec![1]], &array![[1.5, 0.5], [0.0, 0.0]], &one), @"the probabilities of item 0 hold 1.5, expected 0 to 1");
        insta::assert_snapshot!(message(&[vec![0], vec![1]], &p, &Decision::Thresholds(vec![0.5])), @"expected 2 thresholds, one a class, found 1");
    }
}
