//! How fast parameters move, step by step.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// A linear rise to the peak rate, then half a cosine down to a share of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Steps in all.
    pub n_steps: u64,
    /// Steps of the rise.
    pub n_warm_up: u64,
    /// The highest rate.
    pub peak: f64,
    /// The last rate, as a share of the highest.
    pub last_share: f64,
}

impl Schedule {
    /// The rate of the step that follows `n_done` steps.
    pub fn rate(&self, n_done: u64) -> f64 {
        if n_done < self.n_warm_up {
            return self.peak * (n_done + 1) as f64 / self.n_warm_up as f64;
        }
        let n_fall = self.n_steps.saturating_sub(self.n_warm_up).max(1);
        let way = ((n_done - self.n_warm_up) as f64 / n_fall as f64).min(1.0);
        let share = self.last_share + (1.0 - self.last_share) * 0.5 * (1.0 + (PI * way).cos());
        self.peak * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_falls_and_stays() {
        let schedule = Schedule { n_steps: 110, n_warm_up: 10, peak: 2.0, last_share: 0.1 };
        let near = |n_done, wanted: f64| assert!((schedule.rate(n_done) - wanted).abs() < 1e-9);
        near(0, 0.2);
        near(9, 2.0);
        near(10, 2.0);
        near(60, 1.1);
        near(110, 0.2);
        near(500, 0.2);
    }
}
