//! The outline of a sound.

use plotters::backend::DrawingBackend;

use super::figure::Draw;
use super::pen::Pen;
use super::{Ink, PlotError};

/// Width and height of the figure.
const SIZE: (u32, u32) = (480, 72);

/// The outline of a sound, as tall as its loudest sample.
#[derive(Debug, Clone, Copy)]
pub struct WaveformFigure<'a> {
    /// `[sample]`
    pub samples: &'a [f32],
}

impl Draw for WaveformFigure<'_> {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let n_columns = (SIZE.0 as usize / 2).min(self.samples.len()).max(1);
        let peak = self.samples.iter().fold(1e-6_f32, |peak, sample| peak.max(sample.abs()));
        let middle = f64::from(SIZE.1) / 2.0;
        let height = |value: f32| middle - f64::from(value / peak) * (middle - 1.0);
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for column in 0..n_columns {
            let edge = |column: usize| column * self.samples.len() / n_columns;
            let part = &self.samples[edge(column)..edge(column + 1)];
            let high = part.iter().fold(0.0_f32, |high, sample| high.max(*sample));
            let low = part.iter().fold(0.0_f32, |low, sample| low.min(*sample));
            let x = (column as f64 + 0.5) * f64::from(SIZE.0) / n_columns as f64;
            // Silence is a line, too.
            above.push((x, height(high) - 0.5));
            below.push((x, height(low) + 0.5));
        }
        above.extend(below.into_iter().rev());
        pen.polygon(&above, Ink::First)
    }
}
