//! What a run has seen so far.

use serde::{Deserialize, Serialize};

use super::Evaluation;

/// The loss of a step and its terms.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Losses {
    /// `L = λ · L_c + (1 − λ) · L_p + w · L_d`.
    pub total: f64,
    /// `L_c`.
    pub class: f64,
    /// `L_p`.
    pub prototype: f64,
    /// `L_d`; 0 where its weight is.
    pub diversity: f64,
}

/// One evaluation with the training losses that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps done by then.
    pub step: usize,
    /// Learning rate of the last of them.
    pub lr: f64,
    /// Mean over the steps since the point before.
    pub train: Losses,
    /// The evaluation; `None` without validation examples.
    pub validation: Option<Evaluation>,
}

/// Numbers of a stored point.
pub(super) const WIDTH: usize = 12;

/// The points of a run, and what has come since the last.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    points: Vec<Point>,
    sums: Losses,
    n_steps: usize,
}

impl History {
    /// The points, in order of steps.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Counts one step.
    pub(super) fn add(&mut self, losses: Losses) {
        self.sums.total += losses.total;
        self.sums.class += losses.class;
        self.sums.prototype += losses.prototype;
        self.sums.diversity += losses.diversity;
        self.n_steps += 1;
    }

    /// Closes a point.
    pub(super) fn close(&mut self, step: usize, lr: f64, validation: Option<Evaluation>) {
        let n = self.n_steps.max(1) as f64;
        let Losses { total, class, prototype, diversity } = std::mem::take(&mut self.sums);
        let train = Losses {
            total: total / n,
            class: class / n,
            prototype: prototype / n,
            diversity: diversity / n,
        };
        self.points.push(Point { step, lr, train, validation });
        self.n_steps = 0;
    }

    /// Rows of numbers, the open point last: what a checkpoint keeps.
    pub(super) fn to_rows(&self) -> Vec<[f64; WIDTH]> {
        let row = |step: usize, lr, train: Losses, validation: Option<Evaluation>| {
            let seen = f64::from(u8::from(validation.is_some()));
            let Losses { total, class, prototype, diversity } = train;
            let found = validation.unwrap_or_default();
            [
                step as f64,
                lr,
                total,
                class,
                prototype,
                diversity,
                seen,
                found.loss,
                found.class_loss,
                found.prototype_loss,
                found.diversity,
                found.balanced_accuracy,
            ]
        };
        let closed = self.points.iter().map(|p| row(p.step, p.lr, p.train, p.validation));
        closed.chain([row(self.n_steps, 0.0, self.sums, None)]).collect()
    }

    /// The history that [`History::to_rows`] was asked for; `None` without any row.
    pub(super) fn from_rows(rows: &[[f64; WIDTH]]) -> Option<Self> {
        let point = |row: &[f64; WIDTH]| {
            let [step, lr, total, class, prototype, diversity, seen, rest @ ..] = *row;
            let train = Losses { total, class, prototype, diversity };
            let [loss, class_loss, prototype_loss, diversity, balanced_accuracy] = rest;
            let found =
                Evaluation { loss, class_loss, prototype_loss, diversity, balanced_accuracy };
            Point { step: step as usize, lr, train, validation: (seen > 0.0).then_some(found) }
        };
        let (open, closed) = rows.split_last()?;
        let Point { step: n_steps, train: sums, .. } = point(open);
        Some(Self { points: closed.iter().map(point).collect(), sums, n_steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_holds_the_means_since_the_one_before_and_survives_a_file() {
        let losses = |total| Losses { total, class: 1.0, prototype: 0.1, diversity: 0.0 };
        let mut history = History::default();
        history.add(losses(1.0));
        history.add(losses(3.0));
        history.close(2, 0.5, Some(Evaluation { loss: 0.1, ..Evaluation::default() }));
        history.add(losses(7.0));
        assert_eq!(history.points()[0].train.total, 2.0);
        let read = History::from_rows(&history.to_rows()).unwrap();
        assert_eq!(read, history);
        history.close(3, 0.5, None);
        assert_eq!(
            (history.points()[1].train, history.points()[1].validation),
            (losses(7.0), None)
        );
    }
}
