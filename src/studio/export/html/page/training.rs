//! How the training went.

use maud::{Markup, html};

use super::super::HtmlError;
use super::Page;
use super::blocks::{count, folded, number, plot, table, text};
use crate::exports::plots::{Figure as _, Look};
use crate::runs::HistoryRow;
use crate::studio::export::{accuracy_figure, loss_figure};

/// Rows of the table; of more, every so many are shown.
const ROWS: usize = 50;

impl Page<'_> {
    pub(super) fn training(&self) -> Result<Markup, HtmlError> {
        let (results, status) = (self.results, &self.status);
        let figures = [
            (loss_figure(&results.history), "Learning curve: loss over steps"),
            (
                accuracy_figure(&results.history),
                "Learning curve: accuracy on validation over steps",
            ),
        ];
        let mut plots = Vec::new();
        for (figure, alt) in figures {
            if let Some(figure) = figure {
                plots.push(plot(&figure.svg(Look::Page)?, alt));
            }
        }
        let history = &results.history;
        Ok(html! {
            p {
                "The training is " (status.state.to_string()) " after " (status.step) " of " (count(status.n_steps, "step")) "."
                @if let Some(best) = status.best_step { " The classifier is that of step " (best) "." }
            }
            @if history.is_empty() { p.note { "The run keeps no history of it." } }
            @for plot in &plots { (plot) }
            @if !history.is_empty() { (folded("The curves as a table", &rows(history))) }
        })
    }
}

fn rows(history: &[HistoryRow]) -> Markup {
    let every = history.len().div_ceil(ROWS).max(1);
    let last = history.len() - 1;
    let value = |value: Option<f64>| value.map_or_else(|| text("none"), number);
    let shown = history.iter().enumerate().filter(|(i, _)| i % every == 0 || *i == last);
    let rows: Vec<_> = shown
        .map(|(_, row)| {
            vec![
                text(&row.step.to_string()),
                number(row.loss),
                value(row.validation_loss),
                value(row.validation_balanced_accuracy),
            ]
        })
        .collect();
    let head = ["step", "loss", "loss on validation", "accuracy on validation"];
    table("Learning curves", &head, &rows)
}
