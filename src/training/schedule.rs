//! The learning rate and Adam's first memory over a run.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::settings::require;

/// One cosine up and one down, `β₁` the other way round.
///
/// `torch.optim.lr_scheduler.OneCycleLR` with its defaults, but for the names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneCycle {
    /// The highest learning rate.
    pub max_lr: f64,
    /// Share of the steps on the way up.
    pub warm_up: f64,
    /// The run starts at `max_lr` divided by this.
    pub start_divisor: f64,
    /// The run ends at the start's rate divided by this.
    pub end_divisor: f64,
    /// `β₁` at the highest learning rate.
    pub low_beta1: f64,
    /// `β₁` at the start and at the end.
    pub high_beta1: f64,
}

/// What one step takes from the schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Learning rate.
    pub(super) lr: f64,
    /// Memory of Adam's first moment.
    pub(super) beta1: f64,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self {
            max_lr: 1e-3,
            warm_up: 0.3,
            start_divisor: 25.0,
            end_divisor: 1e4,
            low_beta1: 0.85,
            high_beta1: 0.95,
        }
    }
}

impl OneCycle {
    /// The pace of step `step` of a cycle of `n_steps`; after the cycle, that of its end.
    pub(super) fn pace(&self, step: usize, n_steps: usize) -> Pace {
        let (step, last) = (step as f64, n_steps as f64 - 1.0);
        let top = self.warm_up * n_steps as f64 - 1.0;
        let start = self.max_lr / self.start_divisor;
        let end = start / self.end_divisor;
        if step <= top {
            let share = if top > 0.0 { step / top } else { 1.0 };
            Pace {
                lr: cosine(start, self.max_lr, share),
                beta1: cosine(self.high_beta1, self.low_beta1, share),
            }
        } else {
            let share = ((step - top) / (last - top)).min(1.0);
            Pace {
                lr: cosine(self.max_lr, end, share),
                beta1: cosine(self.low_beta1, self.high_beta1, share),
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        for (field, found) in [
            ("schedule.max_lr", self.max_lr),
            ("schedule.start_divisor", self.start_divisor),
            ("schedule.end_divisor", self.end_divisor),
        ] {
            require(field, "a number above 0", found, found > 0.0 && found.is_finite())?;
        }
        require("schedule.warm_up", "in [0, 1)", self.warm_up, (0.0..1.0).contains(&self.warm_up))?;
        for (field, found) in
            [("schedule.low_beta1", self.low_beta1), ("schedule.high_beta1", self.high_beta1)]
        {
            require(field, "in [0, 1)", found, (0.0..1.0).contains(&found))?;
        }
        Ok(())
    }
}

/// From `from` to `to` along half a cosine.
fn cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) / 2.0 * (1.0 + (PI * share).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_nothing() {
        let cycle = OneCycle::default();
        let rate = |step| cycle.pace(step, 100).lr;
        assert!((rate(0) - 4e-5).abs() < 1e-18 && (rate(29) - 1e-3).abs() < 1e-18);
        assert!((rate(99) - 4e-9).abs() < 1e-18, "{}", rate(99));
        assert!((0..99).all(|step| (rate(step) < rate(step + 1)) == (step < 29)));
        assert_eq!((cycle.pace(29, 100).beta1, cycle.pace(500, 100).beta1), (0.85, 0.95));
    }

    #[test]
    fn cycles_of_any_length_stay_within_their_bounds() {
        for n_steps in 1..50 {
            for step in 0..n_steps + 2 {
                let Pace { lr, beta1 } = OneCycle::default().pace(step, n_steps);
                assert!((3.9e-9..=1e-3).contains(&lr), "{n_steps} {step}: {lr}");
                assert!((0.85 - 1e-9..=0.95 + 1e-9).contains(&beta1), "{n_steps} {step}: {beta1}");
            }
        }
    }
}
