//! Layer normalisation, fused with the sums around it.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::buffer::{Output, Target};
use super::values::with_values;
use super::wide::{Wide, sum_by, wide};

/// Keeps the division away from zero; the published networks' value.
pub(crate) const EPSILON: f32 = 1e-5;
/// Rows that one task takes.
const ROWS_PER_TASK: usize = 64;

/// `LN(x) = (x − mean) / √(variance + 10⁻⁵) · weight + bias`, over the last axis.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl LayerNorm {
    /// # Shapes
    /// - `weight`, `bias`: `[feature]`
    pub fn new(weight: &[f32], bias: &[f32]) -> Self {
        assert_eq!(weight.len(), bias.len());
        Self { weight: weight.to_vec(), bias: bias.to_vec() }
    }

    /// Both streams after a ResiDual block: `(LN(a + y), b + y)`.
    ///
    /// # Shapes
    /// - all: `[…, feature]`
    ///
    /// # Errors
    /// The shapes differ, or the tensors hold no `f32` in main memory.
    pub fn add_and_normalize(
        &self,
        a: &Tensor,
        b: &Tensor,
        y: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let (mut normalized, mut sum) = (self.output_like(a)?, self.output_like(a)?);
        let targets = (normalized.target(), sum.target());
        self.same_shape(&[a, b, y])?;
        with_values(a, |a| {
            with_values(b, |b| {
                with_values(y, |y| {
                    self.for_each_block(a.len(), |first, len| {
                        let [a, b, y] = [a, b, y].map(|x| &x[first..first + len]);
                        wide(AddAndNormalize { norm: self, a, b, y, targets, first });
                    });
                    Ok(())
                })
            })
        })?;
        // SAFETY: the blocks cover every row of both.
        let (normalized, sum) = unsafe { (normalized.finish(), sum.finish()) };
        Ok((
            Tensor::from_vec(normalized, a.shape(), a.device())?,
            Tensor::from_vec(sum, a.shape(), a.device())?,
        ))
    }

    /// The end of a ResiDual stack: `a + LN(b)`.
    ///
    /// # Shapes
    /// - all: `[…, feature]`
    ///
    /// # Errors
    /// As [`LayerNorm::add_and_normalize`].
    pub fn add_normalized(&self, a: &Tensor, b: &Tensor) -> Result<Tensor> {
        let mut output = self.output_like(a)?;
        let target = output.target();
        self.same_shape(&[a, b])?;
        with_values(a, |a| {
            with_values(b, |b| {
                self.for_each_block(a.len(), |first, len| {
                    let [a, b] = [a, b].map(|x| &x[first..first + len]);
                    wide(AddNormalized { norm: self, a, b, target, first });
                });
                Ok(())
            })
        })?;
        // SAFETY: the blocks cover every row.
        Tensor::from_vec(unsafe { output.finish() }, a.shape(), a.device())
    }

    fn output_like(&self, x: &Tensor) -> Result<Output> {
        if x.dims().last() != Some(&self.weight.len()) {
            candle_core::bail!("expected {} features, found {:?}", self.weight.len(), x.dims());
        }
        Ok(Output::new(x.elem_count()))
    }

    fn same_shape(&self, tensors: &[&Tensor]) -> Result<()> {
        if tensors.iter().any(|x| x.dims() != tensors[0].dims()) {
            let shapes: Vec<_> = tensors.iter().map(|x| x.dims()).collect();
            candle_core::bail!("expected equal shapes, found {shapes:?}");
        }
        Ok(())
    }

    fn for_each_block(&self, n_values: usize, task: impl Fn(usize, usize) + Sync) {
        let block = ROWS_PER_TASK * self.weight.len();
        (0..n_values.div_ceil(block)).into_par_iter().for_each(|i| {
            let first = i * block;
            task(first, block.min(n_values - first));
        });
    }

    /// `to = LN(x)`, given `x` in `to`.
    #[inline(always)]
    fn normalize(&self, to: &mut [f32]) {
        let n = to.len() as f32;
        let mean = sum_by(to, |x| x) / n;
        to.iter_mut().for_each(|x| *x -= mean);
        let variance = sum_by(to, |x| x * x) / n;
        let scale = 1.0 / (variance + EPSILON).sqrt();
        for ((x, weight), bias) in to.iter_mut().zip(&self.weight).zip(&self.bias) {
            *x = *x * scale * weight + bias;
        }
    }
}

struct AddAndNormalize<'a> {
    norm: &'a LayerNorm,
    a: &'a [f32],
    b: &'a [f32],
    y: &'a [f32],
    targets: (Target, Target),
    first: usize,
}

impl Wide for AddAndNormalize<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.norm.weight.len();
        for (row, ((a, b), y)) in self
            .a
            .chunks_exact(n)
            .zip(self.b.chunks_exact(n))
            .zip(self.y.chunks_exact(n))
            .enumerate()
        {
            let at = self.first + row * n;
            // SAFETY: blocks do not overlap, and both outputs are as long as the inputs.
            let (normalized, sum) =
                unsafe { (self.targets.0.slice(at, n), self.targets.1.slice(at, n)) };
            for i in 0..n {
                normalized[i] = a[i] + y[i];
                sum[i] = b[i] + y[i];
            }
            self.norm.normalize(normalized);
        }
    }
}

struct AddNormalized<'a> {
    norm: &'a LayerNorm,
    a: &'a [f32],
    b: &'a [f32],
    target: Target,
    first: usize,
}

impl Wide for AddNormalized<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.norm.weight.len();
        for (row, (a, b)) in self.a.chunks_exact(n).zip(self.b.chunks_exact(n)).enumerate() {
            // SAFETY: blocks do not overlap, and the output is as long as the inputs.
            let out = unsafe { self.target.slice(self.first + row * n, n) };
            out.copy_from_slice(b);
            self.norm.normalize(out);
            out.iter_mut().zip(a).for_each(|(out, a)| *out += a);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn a_row_of_two_values_normalizes_to_plus_and_minus_one() -> Result<()> {
        let norm = LayerNorm::new(&[2.0, 2.0], &[1.0, 1.0]);
        let row = |values: [f32; 2]| Tensor::new(&[values], &Device::Cpu);
        let (a, b) =
            norm.add_and_normalize(&row([3.0, 300.0])?, &row([1.0, 1.0])?, &row([1.0, 0.0])?)?;
        assert_eq!(b.to_vec2::<f32>()?, [[2.0, 1.0]]);
        let a = a.get(0)?.to_vec1::<f32>()?;
        assert!((a[0] + 1.0).abs() < 1e-6 && (a[1] - 3.0).abs() < 1e-6, "{a:?}");

        let end = norm.add_normalized(&row([10.0, 20.0])?, &b)?.get(0)?.to_vec1::<f32>()?;
        assert!((end[0] - 13.0).abs() < 1e-3 && (end[1] - 19.0).abs() < 1e-3, "{end:?}");
        Ok(())
    }
}
