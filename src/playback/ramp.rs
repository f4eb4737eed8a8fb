//! A factor that moves without a step.

/// A number on a straight way to another, sample by sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    value: f32,
    target: f32,
    step: f32,
    n_left: u32,
}

impl Ramp {
    /// A number that stays.
    pub(super) fn at(value: f32) -> Self {
        Self { value, target: value, step: 0.0, n_left: 0 }
    }

    /// Begins to move so that the `n`-th sample from now, of at least one, is the first with `target`.
    pub(super) fn aim(&mut self, target: f32, n: u32) {
        *self =
            Self { value: self.value, target, step: (target - self.value) / n as f32, n_left: n };
    }

    /// The number for the next sample.
    pub(super) fn next(&mut self) -> f32 {
        match self.n_left {
            0 => {}
            1 => (self.value, self.n_left) = (self.target, 0),
            _ => (self.value, self.n_left) = (self.value + self.step, self.n_left - 1),
        }
        self.value
    }

    /// Whether it is zero now.
    pub(super) fn is_zero(&self) -> bool {
        self.value == 0.0
    }
}

/// The factor of a level in dB: silence for what is not a number, at most 24 dB for everything else.
pub(super) fn factor(db: f32) -> f32 {
    if db.is_nan() { 0.0 } else { 10.0_f32.powf(db.min(24.0) / 20.0) }
}
