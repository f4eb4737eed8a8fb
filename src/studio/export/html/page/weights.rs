//! What each prototype counts for each class.

use maud::{Markup, html};

use super::super::HtmlError;
use super::Page;
use super::blocks::{folded, plot, signed, table};
use crate::exports::plots::{Figure as _, Look};

impl Page<'_> {
    pub(super) fn weights(&self) -> Result<Markup, HtmlError> {
        let svg = self.results.weights_figure().svg(Look::Page)?;
        let classes = self.results.trained.classifier.labels();
        let mut head = vec!["prototype"];
        head.extend(classes.iter().map(String::as_str));
        let row = |column: &crate::exports::plots::WeightColumn| {
            let name = self.link(&column.name);
            let weights = column.weights.iter().map(|weight| signed(f64::from(*weight)));
            std::iter::once(name).chain(weights).collect()
        };
        let rows: Vec<Vec<_>> = self.results.columns.iter().map(row).collect();
        Ok(html! {
            p {
                "A similarity, from 0 to 1, times its weight is what a prototype adds to the logit of a class. One that is off \
                 keeps its weights and adds nothing."
            }
            (plot(&svg, "Heatmap of the weights, a row for each prototype and a column for each class"))
            (folded("The weights as a table", &table("Weights", &head, &rows)))
        })
    }
}
