//! Whether probabilities are what they say.

use maud::{Markup, html};

use super::super::HtmlError;
use super::Page;
use super::blocks::{folded, number, plot, table, text};
use crate::evaluation::ReliabilityBin;
use crate::exports::plots::{Figure as _, Look};

impl Page<'_> {
    pub(super) fn calibration(&self) -> Result<Markup, HtmlError> {
        let calibration = &self.results.evaluation.report.calibration;
        let svg = self.results.reliability_figure().svg(Look::Page)?;
        let row = |bin: &ReliabilityBin| {
            let share = |value: Option<f64>| value.map_or_else(|| text("none"), number);
            vec![
                text(&format!("{:.2} to {:.2}", bin.lower, bin.upper)),
                text(&bin.count.to_string()),
                share(bin.confidence),
                share(bin.accuracy),
            ]
        };
        let rows: Vec<_> = calibration.bins.iter().filter(|bin| bin.count > 0).map(row).collect();
        let head = ["probability", "predictions", "mean probability", "share that is right"];
        Ok(html! {
            p {
                "Expected calibration error " (number(calibration.ece)) ", Brier score " (number(calibration.brier))
                ", negative log likelihood " (number(calibration.nll)) "."
            }
            (plot(&svg, "Reliability diagram: how often predictions of each probability are right"))
            (folded("The diagram as a table", &table("Reliability", &head, &rows)))
        })
    }
}
