//! Values over steps, as lines.

use plotters::backend::DrawingBackend;
use plotters::chart::{ChartBuilder, SeriesLabelPosition};
use plotters::element::{Circle, PathElement};
use plotters::series::LineSeries;

use super::figure::Draw;
use super::pen::{BELOW_HEADING, CELL_PX, MARGIN, NAME_PX, Pen};
use super::{Ink, PlotError};

/// Width and height of a figure.
const SIZE: (u32, u32) = (620, 360);

/// One line of a [`CurvesFigure`].
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What it shows.
    pub name: String,
    /// Steps and values.
    pub points: Vec<(f64, f64)>,
}

/// One or two lines over the steps of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvesFigure {
    /// Above it.
    pub title: String,
    /// Beneath the title.
    pub note: String,
    /// What the values are.
    pub values: String,
    /// The largest value to be shown; `None` for that of the lines.
    pub most: Option<f64>,
    /// The lines; the second is drawn in the second ink.
    pub curves: Vec<Curve>,
}

impl CurvesFigure {
    fn last(&self, of: fn(&(f64, f64)) -> f64) -> f64 {
        self.curves.iter().flat_map(|curve| &curve.points).map(of).fold(0.0, f64::max)
    }
}

impl Draw for CurvesFigure {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        pen.heading(&self.title, &self.note)?;
        let (width, height) = (f64::from(SIZE.0), f64::from(SIZE.1));
        let place = [MARGIN, BELOW_HEADING, width - 2.0 * MARGIN, height - BELOW_HEADING - MARGIN];
        let area = pen.part(place);
        let steps = self.last(|point| point.0).max(1.0);
        let most = self.most.unwrap_or_else(|| self.last(|point| point.1) * 1.05).max(1e-6);
        let mut chart = ChartBuilder::on(&area)
            .margin_right(pen.px(14.0))
            .margin_top(pen.px(6.0))
            .x_label_area_size(pen.px(42.0))
            .y_label_area_size(pen.px(54.0))
            .build_cartesian_2d(0.0..steps, 0.0..most)?;
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
            .x_label_formatter(&|step| format!("{step:.0}"))
            .y_label_formatter(&|value| short(*value))
            .x_desc("step")
            .y_desc(self.values.clone())
            .draw()?;
        for (curve, ink) in self.curves.iter().zip([Ink::First, Ink::Second]) {
            let style = pen.stroke(ink, 1.8);
            let reach = pen.px(18.0);
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), style))?
                .label(curve.name.clone())
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + reach, y)], style));
            // A single point is no line.
            if let [point] = curve.points[..] {
                let dot = Circle::new(point, pen.px(3.0), pen.fill(ink, 1.0));
                chart.draw_series([dot])?;
            }
        }
        if self.curves.len() > 1 {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperRight)
                .legend_area_size(pen.px(24.0))
                .margin(pen.px(6.0))
                .background_style(pen.fill(Ink::Ground, 0.85))
                .border_style(pen.stroke(Ink::Line, 1.0))
                .label_font(pen.letters(NAME_PX, Ink::Text))
                .draw()?;
        }
        Ok(())
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
        assert_eq!([0.0, 0.5, 0.125, 10.0, 2.0].map(short), ["0", "0.5", "0.125", "10", "2"]);
    }
}
