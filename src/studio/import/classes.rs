//! Which class each row of a file of prototypes belongs to.
//!
//! The published training script starts row k · C + c at center k of class c, while its last layer and its loss treat row j as
//! one of class j div K; training may move a row to either. The weights say what a row ended as.

use ndarray::ArrayView2;

use super::ImportDataError;

/// Whose a row is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowOrder {
    /// Row j is one of class j div K, as the last layer and the loss of the published code have it.
    #[default]
    LabelMajor,
    /// Row j is one of class j mod C, as the published code starts them.
    Interleaved,
    /// Row j is one of the class that gives it the largest weight; classes may have different numbers of rows, or none.
    Weights,
}

impl RowOrder {
    /// The class of each row.
    ///
    /// # Shapes
    /// - `weights`: `[class, prototype]`
    /// - returns: `[prototype]`
    ///
    /// # Errors
    /// Rows that cannot be shared evenly.
    pub fn owners(self, weights: ArrayView2<'_, f32>) -> Result<Vec<usize>, ImportDataError> {
        let (n_classes, n_prototypes) = weights.dim();
        if self != Self::Weights && n_prototypes % n_classes != 0 {
            return Err(ImportDataError::Uneven { n_prototypes, n_classes });
        }
        let largest = |column: ndarray::ArrayView1<'_, f32>| {
            let more = |best: usize, c: usize| if column[c] > column[best] { c } else { best };
            (0..n_classes).reduce(more).unwrap_or_default()
        };
        Ok(match self {
            Self::LabelMajor => (0..n_prototypes).map(|j| j / (n_prototypes / n_classes)).collect(),
            Self::Interleaved => (0..n_prototypes).map(|j| j % n_classes).collect(),
            Self::Weights => weights.columns().into_iter().map(largest).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn rows_are_shared_in_each_of_the_three_ways() {
        let weights = array![[1.0, 0.0, 3.0, -1.0], [0.0, 2.0, 4.0, -2.0]];
        let owners = |order: RowOrder| order.owners(weights.view()).unwrap();
        assert_eq!(owners(RowOrder::LabelMajor), [0, 0, 1, 1]);
        assert_eq!(owners(RowOrder::Interleaved), [0, 1, 0, 1]);
        assert_eq!(owners(RowOrder::Weights), [0, 1, 1, 0]);
    }

    #[test]
    fn rows_that_cannot_be_shared_evenly_need_the_weights() {
        let weights = Array2::zeros((2, 3));
        assert!(RowOrder::LabelMajor.owners(weights.view()).is_err());
        assert!(RowOrder::Interleaved.owners(weights.view()).is_err());
        assert_eq!(RowOrder::Weights.owners(weights.view()).unwrap(), [0, 0, 0]);
    }
}
