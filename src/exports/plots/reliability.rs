//! Whether probabilities are what they say.

use plotters::backend::DrawingBackend;
use plotters::element::{Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axes::Axes;
use super::figure::Draw;
use super::pen::Pen;
use super::{Ink, PlotError};
use crate::evaluation::Calibration;

/// Width and height of the figure.
const SIZE: (u32, u32) = (460, 440);
/// The share of a bin that its bar takes.
const BAR: f64 = 0.9;

/// How often predictions of each probability are right, beside how often they ought to be.
#[derive(Debug, Clone, Copy)]
pub struct ReliabilityFigure<'a> {
    /// What is shown.
    pub calibration: &'a Calibration,
    /// What was counted, as in `test split`.
    pub on: &'a str,
}

impl Draw for ReliabilityFigure<'_> {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let title = format!("Reliability, {}", self.on);
        let note = format!(
            "Calibration error {:.3}; numbers count predictions, the line is ideal",
            self.calibration.ece
        );
        pen.heading(&title, &note)?;
        let area = pen.below_heading(SIZE);
        let axes = Axes { x: ("probability", 1.0), y: ("share that is right", 1.0) };
        let mut chart = axes.draw(pen, &area)?;
        let bins = || self.calibration.bins.iter().filter_map(|bin| Some((bin, bin.accuracy?)));
        let fill = pen.fill(Ink::For, 1.0);
        chart.draw_series(bins().map(|(bin, accuracy)| {
            let inset = (bin.upper - bin.lower) * (1.0 - BAR) / 2.0;
            Rectangle::new([(bin.lower + inset, 0.0), (bin.upper - inset, accuracy)], fill)
        }))?;
        chart
            .draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], pen.stroke(Ink::Second, 1.5)))?;
        let letters = pen.letters(9.5, Ink::Text).pos(Pos::new(HPos::Center, VPos::Bottom));
        chart.draw_series(bins().map(|(bin, _)| {
            let at = ((bin.lower + bin.upper) / 2.0, 0.005);
            Text::new(bin.count.to_string(), at, letters.clone())
        }))?;
        Ok(())
    }
}
