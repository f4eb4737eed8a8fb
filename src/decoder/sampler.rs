//! Deterministic sampling: from noise to latents along the probability-flow equation.
//!
//! With `x = cos φ · x₀ + sin φ · ε` the network's velocity `v = cos φ · ε − sin φ · x₀` is `dx/dφ` itself, so sampling
//! is the integration of `v` from `φ = π/2` to 0 (Salimans & Ho 2022, 2202.00512). Each solver below assumes something
//! about how the estimates `x₀` and `ε` change along a step, and integrates the rotation exactly.

use std::fmt;
use std::ops::ControlFlow;
use std::str::FromStr;

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

use super::{Denoiser, NoiseLevel};

/// How a step of the sampler is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Solver {
    /// `x₀` and `ε` stay as they are over a step (DDIM with η = 0): first order, what the paper's authors ran.
    Ddim,
    /// `x₀` and `ε` go on changing as between the last two steps: second order, one network call a step.
    ///
    /// The same idea as DPM-Solver++(2M) (Lu et al. 2022, 2211.01095), but extrapolating in the angle instead of the log
    /// signal-to-noise ratio, which is infinite at both ends of this schedule.
    #[default]
    Multistep,
}

impl fmt::Display for Solver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ddim => "ddim",
            Self::Multistep => "multistep",
        })
    }
}

impl FromStr for Solver {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "ddim" => Ok(Self::Ddim),
            "multistep" => Ok(Self::Multistep),
            other => Err(format!("solver must be ddim or multistep, found {other}")),
        }
    }
}

/// What is sampled; stored with every sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplerConfig {
    /// How a step is taken.
    pub solver: Solver,
    /// Network calls, at least 1.
    pub n_steps: usize,
    /// g in `v + g (v − v_unconditional)`; 0 leaves the unconditional half out.
    pub guidance: f64,
    /// Steps after the last that move the latents to where their sound is heard as z; 0 as published.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refinement: usize,
}

impl SamplerConfig {
    /// Of the sampler, then of the refinement.
    pub fn steps_in_all(&self) -> usize {
        self.n_steps + self.refinement
    }
}

/// Sounds that were made before there was a refinement say nothing of it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(value: &usize) -> bool {
    *value == 0
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { solver: Solver::default(), n_steps: 20, guidance: 1.0, refinement: 0 }
    }
}

/// A network's estimates of the clean signal and of the noise in it, at one angle.
struct Estimate {
    x0: Tensor,
    eps: Tensor,
}

impl Estimate {
    fn new(x: &Tensor, v: &Tensor, level: NoiseLevel) -> Result<Self> {
        let x0 = ((x * level.alpha)? - (v * level.beta)?)?;
        let eps = ((x * level.beta)? + (v * level.alpha)?)?;
        Ok(Self { x0, eps })
    }

    /// `α x₀ + β ε`.
    fn at(&self, level: NoiseLevel) -> Result<Tensor> {
        (&self.x0 * level.alpha)? + (&self.eps * level.beta)?
    }
}

/// Follows `predict_v(x, σ)` from `noise` to a clean signal, in equal steps of σ from 1 to 0.
///
/// `on_step(n, x)` sees the state after each of the `n` finished steps and may end the sampling, which then returns
/// `None`.
///
/// # Errors
/// `predict_v` fails, or `n_steps` is 0.
pub fn solve(
    noise: &Tensor,
    solver: Solver,
    n_steps: usize,
    mut predict_v: impl FnMut(&Tensor, f64) -> Result<Tensor>,
    mut on_step: impl FnMut(usize, &Tensor) -> ControlFlow<()>,
) -> Result<Option<Tensor>> {
    if n_steps == 0 {
        candle_core::bail!("a sampler needs at least one step");
    }
    let levels = NoiseLevel::schedule(n_steps);
    let mut x = noise.clone();
    let mut before: Option<Estimate> = None;
    for step in 0..n_steps {
        let (from, to) = (levels[step], levels[step + 1]);
        let estimate = Estimate::new(&x, &predict_v(&x, from.sigma)?, from)?;
        x = estimate.at(to)?;
        if let (Solver::Multistep, Some(before)) = (solver, &before) {
            x = (x + bend(before, &estimate, from, to)?)?;
        }
        before = Some(estimate);
        if on_step(step + 1, &x).is_break() {
            return Ok(None);
        }
    }
    Ok(Some(x))
}

/// What linear change of both estimates adds to a step: `∫₀^δ τ (Δx₀ sin(φ − τ) − Δε cos(φ − τ)) dτ / δ`.
fn bend(before: &Estimate, now: &Estimate, from: NoiseLevel, to: NoiseLevel) -> Result<Tensor> {
    let step = (from.sigma - to.sigma) * std::f64::consts::FRAC_PI_2;
    let of_x0 = to.alpha - (from.beta - to.beta) / step;
    let of_eps = to.beta - (to.alpha - from.alpha) / step;
    ((&now.x0 - &before.x0)? * of_x0)? + ((&now.eps - &before.eps)? * of_eps)?
}

/// Turns z into latents: a denoiser, and how to follow it.
#[derive(Debug, Clone, Copy)]
pub struct Sampler<'a> {
    /// The network.
    pub denoiser: &'a Denoiser,
    /// How to follow it.
    pub config: SamplerConfig,
}

impl Sampler<'_> {
    /// Latents of every z, all in one batch together with their unguided halves.
    ///
    /// # Shapes
    /// - `z`: `[batch, feature]`; `noise` and the result: `[batch, frame, latent]`
    ///
    /// # Errors
    /// The shapes contradict each other or the number of steps is 0.
    pub fn sample(
        &self,
        z: &Tensor,
        noise: &Tensor,
        on_step: impl FnMut(usize, &Tensor) -> ControlFlow<()>,
    ) -> Result<Option<Tensor>> {
        let SamplerConfig { solver, n_steps, .. } = self.config;
        solve(noise, solver, n_steps, |x, sigma| self.guided(z, x, sigma as f32), on_step)
    }

    /// `v + g (v − v_unconditional)`.
    fn guided(&self, z: &Tensor, x: &Tensor, sigma: f32) -> Result<Tensor> {
        let guidance = self.config.guidance;
        if guidance <= 0.0 {
            return self.denoiser.v(z, sigma, x);
        }
        let both = Tensor::cat(&[z, &z.zeros_like()?], 0)?;
        let n_items = z.dim(0)?;
        let v = self.denoiser.v(&both, sigma, &Tensor::cat(&[x, x], 0)?)?;
        let (guided, free) = (v.narrow(0, 0, n_items)?, v.narrow(0, n_items, n_items)?);
        &guided + ((&guided - free)? * guidance)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use proptest::prelude::*;

    /// The exact velocity when x₀ is normal with this mean and deviation: the posterior mean is known.
    fn gaussian_v(x: &Tensor, sigma: f64, mean: f64, deviation: f64) -> Result<Tensor> {
        let NoiseLevel { alpha, beta, .. } = NoiseLevel::at(sigma);
        let variance = (alpha * deviation).powi(2) + beta.powi(2);
        let x0 =
            ((((x - alpha * mean)? * (alpha * deviation.powi(2) / variance))? + mean)?).clone();
        // v = α ε − β x₀ with ε = (x − α x₀) / β, which at β = 0 is the limit below.
        let eps = ((x - alpha * mean)? * (beta / variance))?;
        (eps * alpha)? - (x0 * beta)?
    }

    fn run(solver: Solver, n_steps: usize, noise: f64, mean: f64, deviation: f64) -> f64 {
        let noise = Tensor::new(&[noise], &Device::Cpu).unwrap();
        let v = |x: &Tensor, sigma: f64| gaussian_v(x, sigma, mean, deviation);
        let x =
            solve(&noise, solver, n_steps, v, |_, _| ControlFlow::Continue(())).unwrap().unwrap();
        x.to_vec1::<f64>().unwrap()[0]
    }

    proptest! {
        /// The flow carries the standard normal to the data's normal: noise n arrives at mean + n · deviation.
        #[test]
        fn both_solvers_arrive_where_the_flow_leads(noise in -2.0_f64..2.0, mean in -1.0_f64..1.0, deviation in 0.3_f64..2.0) {
            let wanted = mean + noise * deviation;
            prop_assert!((run(Solver::Ddim, 2000, noise, mean, deviation) - wanted).abs() < 0.01);
            prop_assert!((run(Solver::Multistep, 200, noise, mean, deviation) - wanted).abs() < 0.002);
        }

        /// A network that knows the answer is exact in any number of steps.
        #[test]
        fn a_certain_network_needs_one_step(noise in -2.0_f64..2.0, x0 in -1.0_f64..1.0, n_steps in 1_usize..9) {
            for solver in [Solver::Ddim, Solver::Multistep] {
                prop_assert!((run(solver, n_steps, noise, x0, 0.0) - x0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn halving_the_step_quarters_the_error_of_the_second_order_solver() {
        let error = |solver, n| (run(solver, n, 1.3, 0.2, 0.5) - (0.2 + 1.3 * 0.5)).abs();
        let order = |solver| (error(solver, 100) / error(solver, 200)).log2();
        assert!((order(Solver::Ddim) - 1.0).abs() < 0.1, "{}", order(Solver::Ddim));
        assert!((order(Solver::Multistep) - 2.0).abs() < 0.2, "{}", order(Solver::Multistep));
    }

    #[test]
    fn a_caller_can_stop() -> Result<()> {
        let noise = Tensor::new(&[1.0], &Device::Cpu)?;
        let stop = |n: usize, _: &Tensor| {
            if n == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut calls = 0;
        let v = |x: &Tensor, _| {
            calls += 1;
            Ok(x.clone())
        };
        assert!(solve(&noise, Solver::Ddim, 10, v, stop)?.is_none());
        assert_eq!(calls, 3);
        Ok(())
    }
}
