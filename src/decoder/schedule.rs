//! How much signal and how much noise there is at each moment of the diffusion.

use std::f64::consts::FRAC_PI_2;

/// Signal and noise amplitudes: `x = α x₀ + β ε` with `α = cos φ`, `β = sin φ`, `φ = σ π / 2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseLevel {
    /// Noise level in `[0, 1]`: 0 is clean, 1 is pure noise. The network is told this number.
    pub sigma: f64,
    /// Signal amplitude.
    pub alpha: f64,
    /// Noise amplitude.
    pub beta: f64,
}

impl NoiseLevel {
    /// The level at σ.
    pub fn at(sigma: f64) -> Self {
        let (beta, alpha) = (sigma * FRAC_PI_2).sin_cos();
        Self { sigma, alpha, beta }
    }

    /// `n_steps + 1` levels from pure noise to clean, equally spaced in σ.
    pub fn schedule(n_steps: usize) -> Vec<Self> {
        (0..=n_steps).map(|i| Self::at(1.0 - i as f64 / n_steps as f64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn power_is_kept(sigma in 0.0_f64..1.0) {
            let level = NoiseLevel::at(sigma);
            prop_assert!((level.alpha.powi(2) + level.beta.powi(2) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_schedule_runs_from_noise_to_clean() {
        let levels = NoiseLevel::schedule(8);
        assert_eq!(levels.len(), 9);
        assert!(levels[0].alpha.abs() < 1e-15);
        assert_eq!((levels[8].alpha, levels[8].beta), (1.0, 0.0));
    }
}
