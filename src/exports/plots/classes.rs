//! How well each class is told.

use plotters::backend::DrawingBackend;

use super::figure::Draw;
use super::pen::{Anchor, BELOW_HEADING, CELL_PX, MARGIN, NAME_PX, Pen};
use super::text::{fitted, room};
use super::{Ink, PlotError};
use crate::evaluation::ClassScores;

/// The height of a row.
const ROW: f64 = 24.0;
/// The length of the axis from 0 to 1.
const AXIS: f64 = 340.0;
/// Room for names.
const NAMES: (f64, f64) = (40.0, 170.0);
/// Between names and bars.
const GAP: f64 = 8.0;
/// Room for numbers.
const NUMBERS: f64 = 60.0;

/// F1 of each class, with its interval.
#[derive(Debug, Clone, Copy)]
pub struct ClassesFigure<'a> {
    /// What is shown.
    pub classes: &'a [ClassScores],
    /// What was counted, as in `test split`.
    pub on: &'a str,
}

impl ClassesFigure<'_> {
    fn names(&self) -> f64 {
        room(self.classes.iter().map(|class| class.label.as_str()), NAME_PX, NAMES)
    }
}

impl Draw for ClassesFigure<'_> {
    fn size(&self) -> (u32, u32) {
        let width = MARGIN + self.names() + GAP + AXIS + NUMBERS + MARGIN;
        let height = BELOW_HEADING + ROW * self.classes.len() as f64 + 24.0 + MARGIN;
        (width as u32, height as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let (names, top) = (self.names(), BELOW_HEADING);
        let left = MARGIN + names + GAP;
        let bottom = top + ROW * self.classes.len() as f64;
        pen.heading(
            &format!("F1 of each class, {}", self.on),
            "Lines are 95 % intervals, where there are enough items",
        )?;
        for fifth in 0..=5 {
            let value = f64::from(fifth) / 5.0;
            let x = left + value * AXIS;
            pen.line(&[(x, top), (x, bottom)], Ink::Line, 1.0)?;
            let ink = (CELL_PX, Ink::Faint);
            pen.text(&format!("{value:.1}"), (x, bottom + 12.0), ink, Anchor::Center)?;
        }
        for (row, class) in self.classes.iter().enumerate() {
            let middle = top + (row as f64 + 0.5) * ROW;
            let name = fitted(&class.label, NAME_PX, names);
            pen.text(&name, (left - GAP, middle), (NAME_PX, Ink::Text), Anchor::Right)?;
            pen.rect([left, middle - 7.0, class.f1 * AXIS, 14.0], Ink::For, 1.0)?;
            if let Some(intervals) = &class.intervals {
                let ends = [intervals.f1.lower, intervals.f1.upper];
                let [from, to] = ends.map(|end| left + end * AXIS);
                pen.line(&[(from, middle), (to, middle)], Ink::Text, 1.5)?;
                for x in [from, to] {
                    pen.line(&[(x, middle - 4.0), (x, middle + 4.0)], Ink::Text, 1.5)?;
                }
            }
            let at = (left + AXIS + GAP + 4.0, middle);
            pen.text(&format!("{:.3}", class.f1), at, (CELL_PX, Ink::Text), Anchor::Left)?;
        }
        Ok(())
    }
}
