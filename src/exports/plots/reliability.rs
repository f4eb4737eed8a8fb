//! Whether probabilities are what they say.

use plotters::backend::DrawingBackend;
use plotters::chart::ChartBuilder;
use plotters::element::{Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::figure::Draw;
use super::pen::{BELOW_HEADING, CELL_PX, MARGIN, NAME_PX, Pen};
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
            "Calibration error {:.3}; numbers count predictions; the line is what ought to be",
            self.calibration.ece
        );
        pen.heading(&title, &note)?;
        let (width, height) = (f64::from(SIZE.0), f64::from(SIZE.1));
        let place = [MARGIN, BELOW_HEADING, width - 2.0 * MARGIN, height - BELOW_HEADING - MARGIN];
        let area = pen.part(place);
        let mut chart = ChartBuilder::on(&area)
            .margin_right(pen.px(10.0))
            .margin_top(pen.px(12.0))
            .x_label_area_size(pen.px(42.0))
            .y_label_area_size(pen.px(48.0))
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(pen.fill(Ink::Line, 0.0))
            .bold_line_style(pen.stroke(Ink::Line, 1.0))
            .axis_style(pen.stroke(Ink::Faint, 1.0))
            .label_style(pen.letters(CELL_PX, Ink::Text))
            .axis_desc_style(pen.letters(NAME_PX, Ink::Faint))
            .set_all_tick_mark_size(pen.px(4.0))
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|value| format!("{value:.1}"))
            .y_label_formatter(&|value| format!("{value:.1}"))
            .x_desc("probability")
            .y_desc("share that is right")
            .draw()?;
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
