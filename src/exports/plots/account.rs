//! A sum, term by term.

use plotters::backend::DrawingBackend;

use super::figure::Draw;
use super::pen::{Anchor, BELOW_HEADING, CELL_PX, MARGIN, NAME_PX, Pen};
use super::text::{fitted, room, signed};
use super::{Ink, PlotError};

/// The height of a row.
const ROW: f64 = 22.0;
/// The length of the axis.
const AXIS: f64 = 320.0;
/// Room for names.
const NAMES: (f64, f64) = (60.0, 200.0);
/// Between names, bars and numbers.
const GAP: f64 = 8.0;
/// Room for numbers.
const NUMBERS: f64 = 64.0;

/// One term of an [`AccountFigure`].
#[derive(Debug, Clone, PartialEq)]
pub struct AccountStep {
    /// What it is.
    pub name: String,
    /// What it adds.
    pub value: f64,
}

/// A waterfall: where a sum starts, what each term adds, where it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountFigure {
    /// Above it.
    pub title: String,
    /// Beneath the title.
    pub note: String,
    /// The terms, in order; the first starts at zero.
    pub steps: Vec<AccountStep>,
    /// What the sum is called.
    pub total: String,
}

impl AccountFigure {
    fn names(&self) -> f64 {
        let names = self.steps.iter().map(|step| step.name.as_str());
        room(names.chain([self.total.as_str()]), NAME_PX, NAMES)
    }

    /// From where to where each term and the sum go.
    fn spans(&self) -> Vec<(f64, f64)> {
        let mut sum = 0.0;
        let mut spans: Vec<_> = self
            .steps
            .iter()
            .map(|step| {
                let from = sum;
                sum += step.value;
                (from, sum)
            })
            .collect();
        spans.push((0.0, sum));
        spans
    }
}

impl Draw for AccountFigure {
    fn size(&self) -> (u32, u32) {
        let width = 2.0 * MARGIN + self.names() + 2.0 * GAP + AXIS + NUMBERS;
        let height = BELOW_HEADING + ROW * (self.steps.len() + 1) as f64 + MARGIN;
        (width as u32, height as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        pen.heading(&self.title, &self.note)?;
        let (names, spans) = (self.names(), self.spans());
        let ends = || spans.iter().flat_map(|(from, to)| [*from, *to]);
        let low = ends().fold(0.0, f64::min);
        let range = (ends().fold(0.0, f64::max) - low).max(f64::MIN_POSITIVE);
        let left = MARGIN + names + GAP;
        let place = |value: f64| left + (value - low) / range * AXIS;
        let top = BELOW_HEADING;
        let bottom = top + ROW * spans.len() as f64;
        pen.line(&[(place(0.0), top), (place(0.0), bottom)], Ink::Faint, 1.0)?;
        let terms = self.steps.iter().map(|step| (step.name.as_str(), step.value));
        let sum = spans.last().map_or(0.0, |(_, sum)| *sum);
        for (row, ((name, value), (from, to))) in
            terms.chain([(self.total.as_str(), sum)]).zip(&spans).enumerate()
        {
            let (y, is_total) = (top + row as f64 * ROW, row == self.steps.len());
            if is_total {
                pen.line(&[(MARGIN, y), (left + AXIS + NUMBERS, y)], Ink::Line, 1.0)?;
            }
            let middle = y + ROW / 2.0;
            let name = fitted(name, NAME_PX, names);
            pen.text(&name, (left - GAP, middle), (NAME_PX, Ink::Text), Anchor::Right)?;
            let ink = if value >= 0.0 { Ink::First } else { Ink::Second };
            let (from, to) = (place(from.min(*to)), place(from.max(*to)));
            pen.rect([from, y + 4.0, (to - from).max(1.0), ROW - 8.0], ink, 1.0)?;
            let at = (left + AXIS + GAP + NUMBERS, middle);
            pen.text(&signed(value, 3), at, (CELL_PX, Ink::Text), Anchor::Right)?;
            if !is_total {
                let edge = place(spans[row].1);
                pen.line(&[(edge, y + ROW - 4.0), (edge, y + ROW + 4.0)], Ink::Faint, 1.0)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_begin_where_the_one_before_ends_and_the_sum_spans_all() {
        let step = |value| AccountStep { name: String::new(), value };
        let steps = vec![step(0.5), step(1.0), step(-2.0)];
        let figure = AccountFigure {
            title: String::new(),
            note: String::new(),
            steps,
            total: String::new(),
        };
        assert_eq!(figure.spans(), [(0.0, 0.5), (0.5, 1.5), (1.5, -0.5), (0.0, -0.5)]);
    }
}
