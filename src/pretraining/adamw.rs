//! Adam with decoupled weight decay.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor, Var};
use rayon::prelude::*;

use super::{Gradients, Parameters};
use crate::tensor::{Wide, sum_by, wide, with_values};

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
        let members: Vec<Member<'_>> = parameters
            .iter()
            .filter_map(|(name, var)| Some(Member { name, var, gradient: gradients.get(name)? }))
            .collect();
        let in_memory = parameters.device().is_cpu();
        let norm = if in_memory { norm_in_memory(&members)? } else { norm_in_rows(&members)? };
        if !norm.is_finite() {
            candle_core::bail!("the gradients are not finite in step {}", self.n_steps + 1);
        }
        let AdamWSettings { beta1, beta2, max_norm, .. } = self.settings;
        self.n_steps += 1;
        let count = i32::try_from(self.n_steps).unwrap_or(i32::MAX);
        let amounts = Amounts {
            shorten: (max_norm / norm.max(max_norm)).min(1.0),
            bias1: 1.0 - beta1.powi(count),
            bias2: 1.0 - beta2.powi(count),
            rate,
        };
        if in_memory {
            self.move_in_memory(&members, amounts)?;
        } else {
            let (matrices, others) =
                members.into_iter().partition::<Vec<_>, _>(|member| member.var.rank() > 1);
            self.move_in_rows(&matrices, amounts, self.settings.weight_decay)?;
            self.move_in_rows(&others, amounts, 0.0)?;
        }
        Ok(norm)
    }

    /// All numbers in one pass, parameters side by side.
    fn move_in_memory(&mut self, members: &[Member<'_>], amounts: Amounts) -> Result<()> {
        let settings = self.settings;
        let before = members.iter().map(|member| Ok((member, self.taken(member)?)));
        let before = before.collect::<Result<Vec<_>>>()?;
        let moved =
            before.into_par_iter().map(|(Member { name, var, gradient }, (mean, square))| {
                let decay = if var.rank() > 1 { settings.weight_decay } else { 0.0 };
                let [weight, mean, square] = with_values(var, |weight| {
                    with_values(gradient, |gradient| {
                        with_values(&mean, |mean| {
                            with_values(&square, |square| {
                                let pass = Pass {
                                    settings,
                                    amounts,
                                    decay,
                                    weight,
                                    gradient,
                                    mean,
                                    square,
                                };
                                Ok(wide(pass))
                            })
                        })
                    })
                })?;
                let tensor = |values| Tensor::from_vec(values, var.shape(), var.device());
                var.set(&tensor(weight)?)?;
                Ok(((*name).to_owned(), (tensor(mean)?, tensor(square)?)))
            });
        self.moments.extend(moved.collect::<Result<Vec<_>>>()?);
        Ok(())
    }

    /// All numbers in one row: what is done to it is done to all parameters at once, which spares a GPU from being asked for each.
    fn move_in_rows(&mut self, members: &[Member<'_>], amounts: Amounts, decay: f64) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let AdamWSettings { beta1, beta2, .. } = self.settings;
        let Amounts { shorten, bias1, bias2, rate } = amounts;
        let (mut means, mut squares) = (Vec::new(), Vec::new());
        for member in members {
            let (mean, square) = self.taken(member)?;
            means.push(mean);
            squares.push(square);
        }
        let gradient = row(members.iter().map(|member| member.gradient))?;
        let mean = ((row(&means)? * beta1)? + gradient.affine((1.0 - beta1) * shorten, 0.0)?)?;
        let square = ((row(&squares)? * beta2)?
            + gradient.sqr()?.affine((1.0 - beta2) * shorten * shorten, 0.0)?)?;
        let scale = (&square / bias2)?.sqrt()?.affine(1.0, EPSILON)?;
        let step = (&mean / scale)?.affine(rate / bias1, 0.0)?;
        let weights = row(members.iter().map(|member| member.var.as_tensor()))?;
        let weights = (weights.affine(1.0 - rate * decay, 0.0)? - step)?;
        let mut first = 0;
        for Member { name, var, .. } in members {
            let n = var.elem_count();
            let part = |row: &Tensor| row.narrow(0, first, n)?.reshape(var.shape());
            var.set(&part(&weights)?)?;
            self.moments.insert((*name).to_owned(), (part(&mean)?, part(&square)?));
            first += n;
        }
        Ok(())
    }

    /// The moments of a parameter, taken out to be replaced.
    fn taken(&mut self, Member { name, var, .. }: &Member<'_>) -> Result<(Tensor, Tensor)> {
        match self.moments.remove(*name) {
            Some(moments) => Ok(moments),
            None => Ok((var.zeros_like()?, var.zeros_like()?)),
        }
    }
}

/// A parameter that moves.
struct Member<'a> {
    name: &'a str,
    var: &'a Var,
    gradient: &'a Tensor,
}

/// What a step's moves depend on besides the settings.
#[derive(Clone, Copy)]
struct Amounts {
    /// What the gradient is multiplied by.
    shorten: f64,
    /// What the moments' averages lack, because they began at 0.
    bias1: f64,
    bias2: f64,
    rate: f64,
}

/// One parameter's step: its weights and moments afterwards.
struct Pass<'a> {
    settings: AdamWSettings,
    amounts: Amounts,
    decay: f64,
    weight: &'a [f32],
    gradient: &'a [f32],
    mean: &'a [f32],
    square: &'a [f32],
}

impl Wide for Pass<'_> {
    type Output = [Vec<f32>; 3];
    #[inline(always)]
    fn run(self) -> [Vec<f32>; 3] {
        let Self { settings, amounts, decay, gradient, .. } = self;
        let Amounts { shorten, bias1, bias2, rate } = amounts;
        let (beta1, beta2) = (settings.beta1 as f32, settings.beta2 as f32);
        let fresh1 = ((1.0 - settings.beta1) * shorten) as f32;
        let fresh2 = ((1.0 - settings.beta2) * shorten * shorten) as f32;
        let (bias2, epsilon) = ((1.0 / bias2) as f32, EPSILON as f32);
        let (keep, rate) = ((1.0 - rate * decay) as f32, (rate / bias1) as f32);
        // Loops that write in place: an iterator that collects is compiled apart, without the instructions of `wide`.
        let (mut mean, mut square) = (self.mean.to_vec(), self.square.to_vec());
        let mut weight = self.weight.to_vec();
        mean.iter_mut().zip(gradient).for_each(|(m, g)| *m = beta1 * *m + fresh1 * g);
        square.iter_mut().zip(gradient).for_each(|(v, g)| *v = beta2 * *v + fresh2 * (g * g));
        for (w, (m, v)) in weight.iter_mut().zip(mean.iter().zip(&square)) {
            *w = keep * *w - rate * (m / ((v * bias2).sqrt() + epsilon));
        }
        [weight, mean, square]
    }
}

fn norm_in_memory(members: &[Member<'_>]) -> Result<f64> {
    let squares = members.par_iter().map(|member| {
        with_values(member.gradient, |values| Ok(f64::from(wide(SumOfSquares(values)))))
    });
    Ok(squares.collect::<Result<Vec<_>>>()?.into_iter().sum::<f64>().sqrt())
}

struct SumOfSquares<'a>(&'a [f32]);

impl Wide for SumOfSquares<'_> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        sum_by(self.0, |x| x * x)
    }
}

fn norm_in_rows(members: &[Member<'_>]) -> Result<f64> {
    let square = row(members.iter().map(|member| member.gradient))?.sqr()?.sum_all()?;
    Ok(f64::from(square.to_scalar::<f32>()?).sqrt())
}

/// The values of all tensors in one row, without their history.
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
