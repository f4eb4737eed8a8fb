//! What each prototype counts for each class.

use plotters::backend::DrawingBackend;

use super::figure::Draw;
use super::pen::{Anchor, BELOW_HEADING, CELL_PX, MARGIN, NAME_PX, Pen};
use super::text::{fitted, room, signed};
use super::{Ink, PlotError};

/// What the columns take together, as far as they are neither too narrow nor too wide.
const TOGETHER: f64 = 600.0;
/// The narrowest and the widest column.
const WIDTHS: (f64, f64) = (16.0, 50.0);
/// The width from which on a cell has room for its number.
const WITH_NUMBER: f64 = 32.0;
/// The height of a row.
const ROW: f64 = 19.0;
/// Room for names.
const NAMES: (f64, f64) = (40.0, 170.0);
/// Between names and cells.
const GAP: f64 = 6.0;
/// The scale of colors beneath the cells.
const SCALE: [f64; 2] = [200.0, 12.0];
/// Steps of that scale.
const STEPS: i32 = 21;

/// One prototype of a [`WeightsFigure`].
#[derive(Debug, Clone, PartialEq)]
pub struct WeightColumn {
    /// Its name.
    pub name: String,
    /// Its class, as an index.
    pub class: usize,
    /// Whether it counts.
    pub enabled: bool,
    /// `[class]`: what it counts for each.
    pub weights: Vec<f32>,
}

/// The weights of the last layer: a row for each prototype, a column for each class, a color for each sign.
#[derive(Debug, Clone, Copy)]
pub struct WeightsFigure<'a> {
    /// The classes.
    pub classes: &'a [String],
    /// The prototypes, those of a class together.
    pub prototypes: &'a [WeightColumn],
}

impl WeightsFigure<'_> {
    fn width(&self) -> f64 {
        (TOGETHER / self.classes.len().max(1) as f64).clamp(WIDTHS.0, WIDTHS.1).floor()
    }

    fn names(&self) -> (f64, f64) {
        let rows = self.prototypes.iter().map(|prototype| prototype.name.as_str());
        let columns = self.classes.iter().map(String::as_str);
        (room(rows, NAME_PX, NAMES), room(columns, NAME_PX, NAMES))
    }

    /// Left and top of the cells.
    fn corner(&self) -> (f64, f64) {
        let (rows, columns) = self.names();
        (MARGIN + rows + GAP, BELOW_HEADING + columns + GAP)
    }

    /// Width and height of the cells together.
    fn cells(&self) -> (f64, f64) {
        (self.width() * self.classes.len() as f64, ROW * self.prototypes.len() as f64)
    }

    fn largest(&self) -> f32 {
        let weights = self.prototypes.iter().flat_map(|prototype| &prototype.weights);
        weights.fold(0.0, |largest, weight| largest.max(weight.abs()))
    }

    fn scale<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        (left, top): (f64, f64),
    ) -> Result<(), PlotError> {
        let ([width, height], largest) = (SCALE, self.largest());
        let step = width / f64::from(STEPS);
        for i in 0..STEPS {
            let value = f64::from(2 * i - (STEPS - 1)) / f64::from(STEPS - 1);
            let place = [left + f64::from(i) * step, top, step, height];
            pen.rect(place, sign(value), value.abs())?;
        }
        pen.frame([left, top, width, height], Ink::Line, 1.0)?;
        let below = top + height + 11.0;
        let ink = (CELL_PX, Ink::Faint);
        pen.text(&signed(f64::from(-largest), 1), (left, below), ink, Anchor::Left)?;
        pen.text("0", (left + width / 2.0, below), ink, Anchor::Center)?;
        pen.text(&signed(f64::from(largest), 1), (left + width, below), ink, Anchor::Right)
    }
}

impl Draw for WeightsFigure<'_> {
    fn size(&self) -> (u32, u32) {
        let ((left, top), (width, height)) = (self.corner(), self.cells());
        let below = GAP + 12.0 + SCALE[1] + 20.0 + MARGIN;
        ((left + width + MARGIN).max(430.0) as u32, (top + height + below) as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let ((left, top), (cells_width, cells_height)) = (self.corner(), self.cells());
        let (width, (rows, columns)) = (self.width(), self.names());
        let note = "What a prototype counts for a class; framed: its own";
        pen.heading("Weights of the prototypes", note)?;
        for (class, label) in self.classes.iter().enumerate() {
            let at = (left + (class as f64 + 0.5) * width, top - GAP);
            let name = fitted(label, NAME_PX, columns);
            pen.upward(&name, at, (NAME_PX, Ink::Text), Anchor::Left)?;
        }
        let largest = f64::from(self.largest()).max(f64::MIN_POSITIVE);
        for (row, prototype) in self.prototypes.iter().enumerate() {
            let y = top + row as f64 * ROW;
            let ink = if prototype.enabled { Ink::Text } else { Ink::Faint };
            let name = fitted(&prototype.name, NAME_PX, rows);
            pen.text(&name, (left - GAP, y + ROW / 2.0), (NAME_PX, ink), Anchor::Right)?;
            for (class, weight) in prototype.weights.iter().map(|w| f64::from(*w)).enumerate() {
                let x = left + class as f64 * width;
                // One that is off counts nothing, whatever its weight.
                if prototype.enabled {
                    let cell = [x + 0.5, y + 0.5, width - 1.0, ROW - 1.0];
                    pen.rect(cell, sign(weight), weight.abs() / largest)?;
                }
                if width >= WITH_NUMBER {
                    let (number, at) = (signed(weight, 1), (x + width / 2.0, y + ROW / 2.0));
                    pen.text(&number, at, (CELL_PX, ink), Anchor::Center)?;
                }
                if class == prototype.class {
                    pen.frame([x + 1.0, y + 1.0, width - 2.0, ROW - 2.0], ink, 1.0)?;
                }
            }
            let is_next = row > 0 && self.prototypes[row - 1].class != prototype.class;
            if is_next {
                pen.line(&[(left - GAP, y), (left + cells_width, y)], Ink::Line, 1.0)?;
            }
        }
        pen.frame([left, top, cells_width, cells_height], Ink::Line, 1.0)?;
        self.scale(pen, (left, top + cells_height + GAP + 12.0))
    }
}

fn sign(value: f64) -> Ink {
    if value >= 0.0 { Ink::For } else { Ink::Against }
}
