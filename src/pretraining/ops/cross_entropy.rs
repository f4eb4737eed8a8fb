//! Weighted cross-entropy of many choices at once.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::values::values;
use crate::tensor::{Wide, exp, max_of, sum_by, wide};

/// `Σ weightᵢ · (log Σ exp(logitsᵢ) − logitsᵢ[targetᵢ])` over rows, a scalar.
///
/// # Shapes
/// - `logits`: `[row, choice]`; `targets`: `[row]`, `u32`; `weights`: `[row]`
///
/// # Errors
/// The rows differ in number, a target is no choice, or the device fails.
pub(in super::super) fn cross_entropy(
    logits: &Tensor,
    targets: &Tensor,
    weights: &Tensor,
) -> Result<Tensor> {
    let (n_rows, n_choices) = logits.dims2()?;
    if logits.device().is_cpu() {
        let (targets, weights) = (targets.to_vec1::<u32>()?, weights.to_vec1::<f32>()?);
        let fits = targets.len() == n_rows && weights.len() == n_rows;
        if !fits || targets.iter().any(|target| *target as usize >= n_choices) {
            candle_core::bail!("targets and weights do not fit {:?}", logits.dims());
        }
        return logits.contiguous()?.apply_op1(CrossEntropy { targets, weights, n_choices });
    }
    let shifted = logits.broadcast_sub(&logits.max_keepdim(1)?.detach())?;
    let total = shifted.exp()?.sum(1)?.log()?;
    let chosen = shifted.gather(&targets.unsqueeze(1)?, 1)?.squeeze(1)?;
    ((total - chosen)? * weights)?.sum_all()
}

struct CrossEntropy {
    targets: Vec<u32>,
    weights: Vec<f32>,
    n_choices: usize,
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let logits = values(storage, layout)?;
        let rows = logits.par_chunks_exact(self.n_choices).zip(&self.targets);
        let losses: Vec<f32> =
            rows.map(|(row, target)| wide(LogSum(row)) - row[*target as usize]).collect();
        let weighted = losses.iter().zip(&self.weights);
        let sum: f64 = weighted.map(|(loss, weight)| f64::from(*loss) * f64::from(*weight)).sum();
        Ok((CpuStorage::F32(vec![sum as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        logits.apply_op2_no_bwd(gradient, &CrossEntropyGradient(self)).map(Some)
    }
}

/// `g · weightᵢ · (softmax(logitsᵢ) − 1[targetᵢ])`.
struct CrossEntropyGradient<'a>(&'a CrossEntropy);

impl CustomOp2 for CrossEntropyGradient<'_> {
    fn name(&self) -> &'static str {
        "cross-entropy-gradient"
    }

    fn cpu_fwd(
        &self,
        logits: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let CrossEntropy { targets, weights, n_choices } = self.0;
        let (logits, g) = (values(logits, layout)?, values(gradient, gradient_layout)?[0]);
        let mut out = logits.to_vec();
        let rows = out.par_chunks_exact_mut(*n_choices).zip(targets).zip(weights);
        rows.for_each(|((row, target), weight)| {
            wide(ScaledSoftmax { row, scale: g * weight });
            row[*target as usize] -= g * weight;
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

struct LogSum<'a>(&'a [f32]);

impl Wide for LogSum<'_> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let max = max_of(self.0);
        max + sum_by(self.0, |x| exp(x - max)).ln()
    }
}

struct ScaledSoftmax<'a> {
    row: &'a mut [f32],
    scale: f32,
}

impl Wide for ScaledSoftmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let max = max_of(self.row);
        self.row.iter_mut().for_each(|x| *x = exp(*x - max));
        let scale = self.scale / sum_by(self.row, |x| x);
        self.row.iter_mut().for_each(|x| *x *= scale);
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::super::finite_difference::check;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_function() -> Result<()> {
        let targets = Tensor::new(&[2_u32, 0, 4], &Device::Cpu)?;
        let weights = Tensor::new(&[0.5_f32, 1.0, 0.0], &Device::Cpu)?;
        check(&[&[3, 5]], |x| cross_entropy(&x[0], &targets, &weights)?.reshape(1))
    }

    #[test]
    fn equal_logits_cost_the_logarithm_of_their_number() -> Result<()> {
        let logits = Tensor::zeros((1, 8), candle_core::DType::F32, &Device::Cpu)?;
        let one = |x: &[f32]| Tensor::new(x, &Device::Cpu);
        let targets = Tensor::new(&[3_u32], &Device::Cpu)?;
        let found = cross_entropy(&logits, &targets, &one(&[2.0])?)?.to_scalar::<f32>()?;
        assert!((found - 2.0 * 8_f32.ln()).abs() < 1e-6, "{found}");
        assert!(
            cross_entropy(&logits, &Tensor::new(&[8_u32], &Device::Cpu)?, &one(&[1.0])?).is_err()
        );
        Ok(())
    }
}
