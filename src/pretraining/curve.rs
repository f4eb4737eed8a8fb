//! How a training goes: losses as they come, and what is measured now and then.

use super::Measured;

/// What was measured, and the losses since.
#[derive(Debug, Default)]
pub(super) struct Curve {
    history: Vec<Measured>,
    sum: f64,
    n: u64,
}

impl Curve {
    /// Goes on after what was measured before.
    pub(super) fn resumed(history: Vec<Measured>) -> Self {
        Self { history, sum: 0.0, n: 0 }
    }

    pub(super) fn history(&self) -> &[Measured] {
        &self.history
    }

    /// Takes note of the loss of a step.
    pub(super) fn step(&mut self, loss: f64) {
        self.sum += loss;
        self.n += 1;
    }

    /// Remembers a measurement; the mean loss of the steps since the last one is filled in.
    pub(super) fn measured(&mut self, measured: Measured) -> Measured {
        let training_loss = self.sum / self.n.max(1) as f64;
        (self.sum, self.n) = (0.0, 0);
        let measured = Measured { training_loss, ..measured };
        self.history.push(measured.clone());
        measured
    }
}
