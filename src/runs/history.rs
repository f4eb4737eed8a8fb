//! `history.csv`: how the training went.

use serde::{Deserialize, Serialize};

use crate::training::Point;

/// One evaluation, and the training losses that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Steps done.
    pub step: usize,
    /// Learning rate of the last of them.
    pub learning_rate: f64,
    /// Mean training loss since the row before.
    pub loss: f64,
    /// Mean class loss since the row before.
    pub class_loss: f64,
    /// Mean prototype loss since the row before.
    pub prototype_loss: f64,
    /// Mean diversity term since the row before.
    pub diversity: f64,
    /// Loss on validation; empty without a validation split.
    pub validation_loss: Option<f64>,
    /// Class loss on validation.
    pub validation_class_loss: Option<f64>,
    /// Prototype loss on validation.
    pub validation_prototype_loss: Option<f64>,
    /// Class-balanced accuracy of segments on validation.
    pub validation_balanced_accuracy: Option<f64>,
}

impl From<&Point> for HistoryRow {
    fn from(point: &Point) -> Self {
        Self {
            step: point.step,
            learning_rate: point.lr,
            loss: point.train.total,
            class_loss: point.train.class,
            prototype_loss: point.train.prototype,
            diversity: point.train.diversity,
            validation_loss: point.validation.map(|found| found.loss),
            validation_class_loss: point.validation.map(|found| found.class_loss),
            validation_prototype_loss: point.validation.map(|found| found.prototype_loss),
            validation_balanced_accuracy: point.validation.map(|found| found.balanced_accuracy),
        }
    }
}
