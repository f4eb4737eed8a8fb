//! How a training went, as figures.

use crate::exports::plots::{Curve, CurvesFigure};
use crate::runs::HistoryRow;

/// The losses over the training; `None` without a history.
pub fn loss_figure(history: &[HistoryRow]) -> Option<CurvesFigure> {
    let training = curve(history, "training", |row| Some(row.loss))?;
    let validation = curve(history, "validation", |row| row.validation_loss);
    Some(CurvesFigure {
        title: "Loss".to_owned(),
        note: kept(history),
        values: "loss".to_owned(),
        most: None,
        curves: [Some(training), validation].into_iter().flatten().collect(),
    })
}

/// Accuracy on validation over the training; `None` where there is no validation split.
pub fn accuracy_figure(history: &[HistoryRow]) -> Option<CurvesFigure> {
    let name = "validation segments, class-balanced";
    let curve = curve(history, name, |row| row.validation_balanced_accuracy)?;
    Some(CurvesFigure {
        title: "Accuracy on validation".to_owned(),
        note: "Class-balanced, of segments".to_owned(),
        values: "accuracy".to_owned(),
        most: Some(1.0),
        curves: vec![curve],
    })
}

/// The row of the history that the classifier was kept from: that of the lowest loss on validation.
fn kept(history: &[HistoryRow]) -> String {
    let rows = history.iter().filter_map(|row| Some((row.step, row.validation_loss?)));
    match rows.min_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((step, loss)) => format!("Lowest on validation after {step} steps: {loss:.3}"),
        None => "There is no validation split".to_owned(),
    }
}

fn curve(history: &[HistoryRow], name: &str, of: fn(&HistoryRow) -> Option<f64>) -> Option<Curve> {
    let points = history.iter().filter_map(|row| Some((row.step as f64, of(row)?)));
    let points: Vec<_> = points.collect();
    (!points.is_empty()).then(|| Curve { name: name.to_owned(), points })
}
