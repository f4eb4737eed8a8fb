//! Which class is taken for which.

use maud::{Markup, html};

use super::super::HtmlError;
use super::Page;
use super::blocks::{count, folded, percent, plot, table, text};
use crate::evaluation::Confusion;
use crate::exports::plots::{Figure as _, Look};

/// Confusions that are named.
const NAMED: usize = 5;

impl Page<'_> {
    /// `None` where a track may have several labels.
    pub(super) fn confusion(&self) -> Result<Option<Markup>, HtmlError> {
        let Some(figure) = self.results.confusion_figure() else { return Ok(None) };
        let svg = figure.svg(Look::Page)?;
        let pairs = figure.confusion.most_confused();
        Ok(Some(html! {
            @if pairs.is_empty() { p { "No track is taken for another class." } }
            @else {
                p { "Most often:" }
                ul {
                    @for (truth, given, n) in pairs.iter().take(NAMED) {
                        li { (count(*n as usize, "track")) " of " (truth) " taken for " (given) }
                    }
                }
            }
            (plot(&svg, "Confusion matrix, true classes in rows and predicted classes in columns"))
            (folded("The confusions as a table", &cells(figure.confusion)))
        }))
    }
}

fn cells(confusion: &Confusion) -> Markup {
    let mut head = vec!["true, as predicted"];
    head.extend(confusion.labels.iter().map(String::as_str));
    let shares = confusion.shares();
    let row = |(truth, counts): (usize, &Vec<u64>)| {
        let cells = counts.iter().zip(&shares[truth]).map(|(n, share)| match n {
            0 => text("0"),
            n => text(&format!("{n} ({})", percent(*share))),
        });
        std::iter::once(text(&confusion.labels[truth])).chain(cells).collect()
    };
    let rows: Vec<Vec<_>> = confusion.counts.iter().enumerate().map(row).collect();
    table("Tracks, and their share of the true class", &head, &rows)
}
