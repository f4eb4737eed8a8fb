//! Which class is taken for which.

use plotters::backend::DrawingBackend;

use super::figure::Draw;
use super::pen::{Anchor, BELOW_HEADING, CELL_PX, MARGIN, NAME_PX, Pen};
use super::text::{fitted, room};
use super::{Ink, PlotError};
use crate::evaluation::Confusion;

/// What the cells take together, as far as they are neither too small nor too large.
const TOGETHER: f64 = 560.0;
/// The smallest and the largest side of a cell.
const SIDES: (f64, f64) = (20.0, 54.0);
/// The side from which on a cell also has room for its share.
const WITH_SHARE: f64 = 36.0;
/// Room for names.
const NAMES: (f64, f64) = (40.0, 150.0);
/// Room for what an axis is.
const AXIS: f64 = 24.0;
/// Between names and cells.
const GAP: f64 = 6.0;

/// A confusion matrix: counts, over the share of the true class as depth of color.
#[derive(Debug, Clone, Copy)]
pub struct ConfusionFigure<'a> {
    /// What is shown.
    pub confusion: &'a Confusion,
    /// What was counted, as in `test split`.
    pub on: &'a str,
}

impl ConfusionFigure<'_> {
    fn side(&self) -> f64 {
        let n = self.confusion.labels.len().max(1) as f64;
        (TOGETHER / n).clamp(SIDES.0, SIDES.1).floor()
    }

    fn names(&self) -> f64 {
        room(self.confusion.labels.iter().map(String::as_str), NAME_PX, NAMES)
    }

    /// Left and top of the cells.
    fn corner(&self) -> (f64, f64) {
        let names = self.names() + GAP;
        (MARGIN + AXIS + names, BELOW_HEADING + AXIS + names)
    }
}

impl Draw for ConfusionFigure<'_> {
    fn size(&self) -> (u32, u32) {
        let cells = self.side() * self.confusion.labels.len() as f64;
        let (left, top) = self.corner();
        // The heading wants some width even where there are few classes.
        ((left + cells + MARGIN).max(430.0) as u32, (top + cells + MARGIN) as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let (side, (left, top)) = (self.side(), self.corner());
        let cells = side * self.confusion.labels.len() as f64;
        let title = format!("Confusion, {}", self.on);
        pen.heading(
            &title,
            "Counts; the deeper the color, the larger the share of the true class",
        )?;
        let (middle_x, middle_y) = (left + cells / 2.0, top + cells / 2.0);
        let axis = (NAME_PX, Ink::Faint);
        let above = (middle_x, BELOW_HEADING + AXIS / 2.0);
        pen.text("predicted class", above, axis, Anchor::Center)?;
        pen.upward("true class", (MARGIN + AXIS / 2.0, middle_y), axis, Anchor::Center)?;
        for (class, label) in self.confusion.labels.iter().enumerate() {
            let name = fitted(label, NAME_PX, self.names());
            let middle = (class as f64 + 0.5) * side;
            let ink = (NAME_PX, Ink::Text);
            pen.text(&name, (left - GAP, top + middle), ink, Anchor::Right)?;
            pen.upward(&name, (left + middle, top - GAP), ink, Anchor::Left)?;
        }
        let shares = self.confusion.shares();
        for (truth, counts) in self.confusion.counts.iter().enumerate() {
            for (given, count) in counts.iter().enumerate() {
                let (x, y) = (left + given as f64 * side, top + truth as f64 * side);
                let ink = if truth == given { Ink::For } else { Ink::Against };
                let share = shares[truth][given];
                pen.rect([x + 0.5, y + 0.5, side - 1.0, side - 1.0], ink, share)?;
                if *count == 0 {
                    continue;
                }
                let (number, ink) = (count.to_string(), (CELL_PX, Ink::Text));
                let (x, y) = (x + side / 2.0, y + side / 2.0);
                if side < WITH_SHARE {
                    pen.text(&number, (x, y), ink, Anchor::Center)?;
                } else {
                    pen.text(&number, (x, y - 7.0), (NAME_PX, Ink::Text), Anchor::Center)?;
                    let share = format!("{:.0} %", 100.0 * share);
                    pen.text(&share, (x, y + 8.0), (9.5, Ink::Text), Anchor::Center)?;
                }
            }
        }
        pen.frame([left, top, cells, cells], Ink::Line, 1.0)
    }
}
