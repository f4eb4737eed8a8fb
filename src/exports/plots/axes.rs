//! Two axes with their names and labels, in the place that a heading leaves.

use plotters::backend::DrawingBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;

use super::pen::{CELL_PX, NAME_PX, Pen};
use super::{Ink, PlotError};

/// Two axes that begin at 0: what each shows, and the largest value of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axes<'a> {
    pub(super) x: (&'a str, f64),
    pub(super) y: (&'a str, f64),
}

/// What is drawn in by the values on its axes.
pub(super) type Chart<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Axes<'_> {
    /// Draws the axes, and a line across for each label of `y`.
    pub(super) fn draw<'a, DB: DrawingBackend>(
        self,
        pen: &Pen<'_, DB>,
        area: &'a DrawingArea<DB, Shift>,
    ) -> Result<Chart<'a, DB>, PlotError> {
        let Self { x: (x_name, x_most), y: (y_name, y_most) } = self;
        let mut chart = ChartBuilder::on(area)
            .margin_right(pen.px(14.0))
            .margin_top(pen.px(12.0))
            .x_label_area_size(pen.px(42.0))
            .y_label_area_size(pen.px(54.0))
            .build_cartesian_2d(0.0..x_most, 0.0..y_most)?;
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
            .x_label_formatter(&|value| short(*value))
            .y_label_formatter(&|value| short(*value))
            .x_desc(x_name)
            .y_desc(y_name)
            .draw()?;
        Ok(chart)
    }
}

/// As few digits as tell the labels of an axis apart.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_an_axis_are_short() {
        let found = [0.0, 0.5, 0.125, 10.0, 2.0, 1500.0].map(short);
        assert_eq!(found, ["0", "0.5", "0.125", "10", "2", "1500"]);
    }
}
