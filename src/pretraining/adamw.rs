//! Adam with decoupled weight decay.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor};

use super::{Gradients, Parameters};

/// The constants of [`AdamW`]; those of EnCodecMAE by default (Pepino et al. 2023).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWSettings {
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Share of a weight that a step of rate 1 would take away. Vectors and scalars (biases, norms) are left alone.
    pub weight_decay: f64,
    /// Longest gradient, over all parameters together; longer ones are shortened to it.
    pub max_norm: f64,
}

impl Default for AdamWSettings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.95, weight_decay: 0.05, max_norm: 1.0 }
    }
}

/// Added to the root of the mean square.
const EPSILON: f64 = 1e-8;

/// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `w ← w − η(m̂ / (√v̂ + ε) + d·w)` (Loshchilov & Hutter 2019).
#[derive(Debug, Clone)]
pub struct AdamW {
    settings: AdamWSettings,
    n_steps: u64,
    moments: BTreeMap<String, (Tensor, Tensor)>,
}

impl AdamW {
    /// Before the first step.
    pub fn new(settings: AdamWSettings) -> Self {
        Self { settings, n_steps: 0, moments: BTreeMap::new() }
    }

    /// After `n_steps` steps: the two moments by the name of their parameter.
    pub fn resumed(
        settings: AdamWSettings,
        n_steps: u64,
        moments: BTreeMap<String, (Tensor, Tensor)>,
    ) -> Self {
        Self { settings, n_steps, moments }
    }

    /// Steps so far.
    pub fn n_steps(&self) -> u64 {
        self.n_steps
    }

    /// Mean and mean square of the gradients of each parameter that has moved.
    pub fn moments(&self) -> impl Iterator<Item = (&str, &Tensor, &Tensor)> {
        self.moments.iter().map(|(name, (mean, square))| (name.as_str(), mean, square))
    }

    /// Moves every parameter that has a gradient; returns the gradients' norm before it was limited.
    ///
    /// # Errors
    /// The norm is not finite, in which case nothing moves; or the device fails.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &Gradients,
        rate: f64,
    ) -> Result<f64> {
        let AdamWSettings { beta1, beta2, weight_decay, max_norm } = self.settings;
        let (matrices, others) = parameters
            .iter()
            .filter_map(|(name, var)| Some((name, var, gradients.get(name)?)))
            .partition::<Vec<_>, _>(|(_, var, _)| var.rank() > 1);
        let mut groups = Vec::new();
        for (members, decay) in [(matrices, weight_decay), (others, 0.0)] {
            if !members.is_empty() {
                let gradient = row(members.iter().map(|(_, _, gradient)| *gradient))?;
                groups.push((members, decay, gradient));
            }
        }
        let squares = groups.iter().map(|(_, _, gradient)| gradient.sqr()?.sum_all());
        let squares = Tensor::stack(&squares.collect::<Result<Vec<_>>>()?, 0)?.to_vec1::<f32>()?;
        let norm = squares.into_iter().map(f64::from).sum::<f64>().sqrt();
        if !norm.is_finite() {
            candle_core::bail!("the gradients are not finite in step {}", self.n_steps + 1);
        }
        let shorten = (max_norm / norm.max(max_norm)).min(1.0);
        self.n_steps += 1;
        let count = i32::try_from(self.n_steps).unwrap_or(i32::MAX);
        let (bias1, bias2) = (1.0 - beta1.powi(count), 1.0 - beta2.powi(count));
        for (members, decay, gradient) in groups {
            let (mut means, mut squares) = (Vec::new(), Vec::new());
            for (name, var, _) in &members {
                let (mean, square) = match self.moments.remove(*name) {
                    Some(moments) => moments,
                    None => (var.zeros_like()?, var.zeros_like()?),
                };
                means.push(mean);
                squares.push(square);
            }
            let mean =
                ((row(&means)? * beta1)? + gradient.affine((1.0 - beta1) * shorten, 0.0)?)?;
            let square = ((row(&squares)? * beta2)?
                + gradient.sqr()?.affine((1.0 - beta2) * shorten * shorten, 0.0)?)?;
            let scale = (&square / bias2)?.sqrt()?.affine(1.0, EPSILON)?;
            let step = (&mean / scale)?.affine(rate / bias1, 0.0)?;
            let weights = row(members.iter().map(|(_, var, _)| var.as_tensor()))?;
            let weights = (weights.affine(1.0 - rate * decay, 0.0)? - step)?;
            let mut first = 0;
            for (name, var, _) in members {
                let n = var.elem_count();
                let part = |row: &Tensor| row.narrow(0, first, n)?.reshape(var.shape());
                var.set(&part(&weights)?)?;
                self.moments.insert(name.to_owned(), (part(&mean)?, part(&square)?));
                first += n;
            }
        }
        Ok(norm)
    }
}

/// The values of all tensors in one row, without their history: what is done to a row is done to all of them at once, which spares
/// a GPU from being asked for each.
fn row<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Result<Tensor> {
    let rows = tensors.into_iter().map(|tensor| tensor.detach().flatten_all());
    Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::super::Initial;
    use super::*;

    /// `w` after each of three steps on the loss `Σ w³ / 3`, whose gradient is `w²`.
    fn trajectory(settings: AdamWSettings, shape: &[usize]) -> Result<Vec<f64>> {
        let mut parameters = Parameters::new(0, &Device::Cpu);
        let weight = parameters.scope("a").tensor("w", shape, Initial::Value(2.0))?;
        let mut adam = AdamW::new(settings);
        (0..3)
            .map(|_| {
                let loss = (weight.sqr()? * &weight)?.sum_all()?.affine(1.0 / 3.0, 0.0)?;
                adam.step(&parameters, &Gradients::of(&loss, &parameters)?, 0.1)?;
                Ok(f64::from(weight.flatten_all()?.to_vec1::<f32>()?[0]))
            })
            .collect()
    }

    /// The same by the formula, for one number.
    fn expected(settings: AdamWSettings, decays: bool) -> Vec<f64> {
        let (mut w, mut m, mut v) = (2.0_f64, 0.0, 0.0);
        (1..=3)
            .map(|t| {
                let g = (w * w) * (settings.max_norm / (w * w)).min(1.0);
                m = settings.beta1 * m + (1.0 - settings.beta1) * g;
                v = settings.beta2 * v + (1.0 - settings.beta2) * g * g;
                let (mh, vh) =
                    (m / (1.0 - settings.beta1.powi(t)), v / (1.0 - settings.beta2.powi(t)));
                let decay = if decays { settings.weight_decay * w } else { 0.0 };
                w -= 0.1 * (mh / (vh.sqrt() + EPSILON) + decay);
                w
            })
            .collect()
    }

    #[test]
    fn steps_follow_the_formula_and_only_matrices_decay() -> Result<()> {
        for max_norm in [1e9, 0.5] {
            let settings = AdamWSettings { max_norm, ..AdamWSettings::default() };
            for (shape, decays) in [([1, 1].as_slice(), true), (&[1], false)] {
                let (found, wanted) = (trajectory(settings, shape)?, expected(settings, decays));
                let near = found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5);
                assert!(near, "{max_norm} {shape:?}: {found:?}, {wanted:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_gradient_that_is_not_finite_moves_nothing() -> Result<()> {
        let mut parameters = Parameters::new(0, &Device::Cpu);
        let weight = parameters.scope("a").tensor("w", &[2], Initial::Value(0.0))?;
        let loss = weight.sqrt()?.sum_all()?;
        let gradients = Gradients::of(&loss, &parameters)?;
        assert!(AdamW::new(AdamWSettings::default()).step(&parameters, &gradients, 0.1).is_err());
        assert_eq!(weight.to_vec1::<f32>()?, [0.0, 0.0]);
        Ok(())
    }
}
