//! Values over steps, as lines.

use plotters::backend::DrawingBackend;
use plotters::chart::SeriesLabelPosition;
use plotters::element::{Circle, PathElement};
use plotters::series::LineSeries;

use super::axes::Axes;
use super::figure::Draw;
use super::pen::{NAME_PX, Pen};
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
        let area = pen.below_heading(SIZE);
        let steps = self.last(|point| point.0).max(1.0);
        let most = self.most.unwrap_or_else(|| self.last(|point| point.1) * 1.05).max(1e-6);
        let mut chart = Axes { x: ("step", steps), y: (&self.values, most) }.draw(pen, &area)?;
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
