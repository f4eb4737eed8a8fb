//! The table of a report as text, in the layout of scikit-learn's `classification_report`.

use std::fmt::Write as _;

use super::{Average, Report};
use crate::columns;

/// Decimals of every ratio: `digits=3`.
const DIGITS: usize = 3;

impl Report {
    /// Precision, recall, F1 and support of each class and their averages, column for column as
    /// `sklearn.metrics.classification_report(digits=3)` prints them. With one label an item, classes that are neither
    /// true nor given anywhere have no row there and none here. Names stand as wide as a terminal shows them.
    pub fn class_report_text(&self) -> String {
        let multi_label = self.averages.samples.is_some();
        let rows = || self.classes.iter().filter(|class| multi_label || class.counts.occurs());
        let names = rows().map(|class| class.label.as_str());
        let width = names.chain(["weighted avg"]).map(columns::width).max().unwrap_or_default();
        let support: u64 = rows().map(|class| class.counts.support).sum();

        let mut text = format!("{:>width$} ", "");
        for heading in ["precision", "recall", "f1-score", "support"] {
            let _ = write!(text, " {heading:>9}");
        }
        text += "\n\n";
        for class in rows() {
            let ratios = Average { precision: class.precision, recall: class.recall, f1: class.f1 };
            text += &row(width, &class.label, ratios, class.counts.support);
        }
        text += "\n";
        if multi_label {
            text += &row(width, "micro avg", self.averages.micro, support);
        } else {
            let f1 = self.averages.micro.f1;
            let _ = writeln!(
                text,
                "{:>width$}  {:>9} {:>9} {f1:>9.DIGITS$} {support:>9}",
                "accuracy", "", ""
            );
        }
        text += &row(width, "macro avg", self.averages.macro_, support);
        text += &row(width, "weighted avg", self.averages.weighted, support);
        if let Some(samples) = self.averages.samples {
            text += &row(width, "samples avg", samples, support);
        }
        text
    }
}

fn row(width: usize, name: &str, average: Average, support: u64) -> String {
    let Average { precision, recall, f1 } = average;
    let name = columns::right(name, width);
    format!("{name}  {precision:>9.DIGITS$} {recall:>9.DIGITS$} {f1:>9.DIGITS$} {support:>9}\n")
}
