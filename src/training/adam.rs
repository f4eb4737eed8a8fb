//! Adam, on any piece of a parameter.

use super::schedule::Pace;
use super::settings::Adam;
use crate::tensor::{Wide, wide};

/// The rule of one step:
///
/// ```text
/// g ← g + weight_decay · p
/// m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²
/// p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
/// ```
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    weight_decay: f32,
    keep_first: f32,
    keep_second: f32,
    rate: f32,
    second_scale: f32,
    epsilon: f32,
}

impl Rule {
    /// The rule of step `step`, counted from 0.
    pub(super) fn new(adam: &Adam, pace: Pace, step: usize) -> Self {
        let t = step as f64 + 1.0;
        Self {
            weight_decay: adam.weight_decay as f32,
            keep_first: pace.beta1 as f32,
            keep_second: adam.beta2 as f32,
            rate: (pace.lr / (1.0 - pace.beta1.powf(t))) as f32,
            second_scale: (1.0 - adam.beta2.powf(t)).sqrt().recip() as f32,
            epsilon: adam.epsilon as f32,
        }
    }

    /// Moves `values` by `gradient`; all slices are equally long.
    pub(super) fn apply(
        &self,
        values: &mut [f32],
        first: &mut [f32],
        second: &mut [f32],
        gradient: &[f32],
    ) {
        wide(Update { rule: *self, values, first, second, gradient });
    }
}

struct Update<'a> {
    rule: Rule,
    values: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    gradient: &'a [f32],
}

impl Wide for Update<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Rule { weight_decay, keep_first, keep_second, rate, second_scale, epsilon } = self.rule;
        let moments = self.first.iter_mut().zip(self.second);
        for ((p, (m, v)), g) in self.values.iter_mut().zip(moments).zip(self.gradient) {
            let g = g + weight_decay * *p;
            *m = keep_first * *m + (1.0 - keep_first) * g;
            *v = keep_second * *v + (1.0 - keep_second) * g * g;
            *p -= rate * *m / (v.sqrt() * second_scale + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_as_long_as_the_rate_and_the_next_follow_the_formula() {
        let adam = Adam { weight_decay: 0.5, ..Adam::default() };
        let (mut p, mut m, mut v) = ([2.0_f32], [0.0], [0.0]);
        let (mut p64, mut m64, mut v64) = (2.0_f64, 0.0, 0.0);
        for step in 0..5 {
            let pace = Pace { lr: 0.1, beta1: 0.9 - 0.01 * step as f64 };
            Rule::new(&adam, pace, step).apply(&mut p, &mut m, &mut v, &[3.0]);
            let (g, t) = (3.0 + 0.5 * p64, step as f64 + 1.0);
            m64 = pace.beta1 * m64 + (1.0 - pace.beta1) * g;
            v64 = 0.999 * v64 + 0.001 * g * g;
            let (m, v) = (m64 / (1.0 - pace.beta1.powf(t)), v64 / (1.0 - 0.999_f64.powf(t)));
            p64 -= 0.1 * m / (v.sqrt() + 1e-8);
            assert!((f64::from(p[0]) - p64).abs() < 1e-5, "step {step}: {} {p64}", p[0]);
            if step == 0 {
                assert!((p[0] - 1.9).abs() < 1e-6);
            }
        }
    }
}
