//! How well each class is told.

use maud::{Markup, html};

use super::super::HtmlError;
use super::Page;
use super::blocks::{interval, number, plot, table, text};
use crate::evaluation::{Average, ClassScores};
use crate::exports::plots::{Figure as _, Look};

impl Page<'_> {
    pub(super) fn classes(&self) -> Result<Markup, HtmlError> {
        let report = &self.results.evaluation.report;
        let svg = self.results.classes_figure().svg(Look::Page)?;
        let row = |class: &ClassScores| {
            let intervals = class.intervals.as_ref();
            vec![
                text(&class.label),
                number(class.precision),
                interval(intervals.map(|i| i.precision)),
                number(class.recall),
                interval(intervals.map(|i| i.recall)),
                number(class.f1),
                interval(intervals.map(|i| i.f1)),
                class.roc_auc.map_or_else(|| text("undefined"), number),
                text(&class.counts.support.to_string()),
            ]
        };
        let rows: Vec<_> = report.classes.iter().map(row).collect();
        let head = [
            "class",
            "precision",
            "interval",
            "recall",
            "interval",
            "F1",
            "interval",
            "ROC AUC",
            "tracks",
        ];
        let average = |name: &str, average: Average| {
            vec![text(name), number(average.precision), number(average.recall), number(average.f1)]
        };
        let averages = &report.averages;
        let means = [
            average("macro average", averages.macro_),
            average("weighted average", averages.weighted),
        ];
        let unit = if report.grouped { "tracks or groups of tracks" } else { "tracks" };
        Ok(html! {
            p {
                "Intervals hold " (format!("{:.0} %", 100.0 * report.bootstrap.level)) " of "
                (report.bootstrap.n_resamples) " draws of " (report.n_units) " " (unit) "."
            }
            (plot(&svg, "F1 of each class with its interval"))
            (table("Classes", &head, &rows))
            (table("Averages over classes", &["average", "precision", "recall", "F1"], &means))
        })
    }
}
