//! A vector added to every row.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::values::values;
#[cfg(feature = "cuda")]
use crate::pretraining::cuda::{self, Number::Int};
use crate::tensor::{Wide, wide};

/// `x + b` for every row of `x`.
///
/// # Shapes
/// - `x` and the result: `[…, channel]`; `bias`: `[channel]`
///
/// # Errors
/// The channels differ, or the device fails.
pub(in super::super) fn add_bias(x: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op2(bias, AddBias)
}

struct AddBias;

impl CustomOp2 for AddBias {
    fn name(&self) -> &'static str {
        "add-bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, bias) = (values(x, layout)?, values(bias, bias_layout)?);
        if layout.dims().last() != Some(&bias.len()) {
            candle_core::bail!("expected {:?} biases, found {}", layout.dims(), bias.len());
        }
        Ok((CpuStorage::F32(wide(Add { x, bias })), layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
        bias: &candle_core::CudaStorage,
        bias_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (n, width) = (layout.shape().elem_count(), bias_layout.shape().elem_count());
        if layout.dims().last() != Some(&width) {
            candle_core::bail!("expected {:?} biases, found {width}", layout.dims());
        }
        let inputs = [cuda::values(x, layout)?, cuda::values(bias, bias_layout)?];
        let numbers = [Int(n), Int(width)];
        cuda::launch(x, "add_bias", &inputs, layout.shape(), cuda::one_each(n), &numbers)
    }

    fn bwd(
        &self,
        x: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let of_bias = bias.track_op().then(|| sum_of_rows(gradient)).transpose()?;
        Ok((x.track_op().then(|| gradient.clone()), of_bias))
    }
}

/// `[…, channel]` → `[channel]`.
pub(super) fn sum_of_rows(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1_no_bwd(&SumOfRows)
}

/// The sum of rows that lie one after the other.
pub(super) fn sum_of(x: &[f32], width: usize) -> Vec<f32> {
    wide(Sum { x, width })
}

/// Rows that all hold the same.
pub(super) fn repeated(row: &[f32], n_rows: usize) -> Vec<f32> {
    let mut rows = Vec::with_capacity(n_rows * row.len());
    (0..n_rows).for_each(|_| rows.extend_from_slice(row));
    rows
}

struct SumOfRows;

impl CustomOp1 for SumOfRows {
    fn name(&self) -> &'static str {
        "sum-of-rows"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = layout.dims().last().copied().unwrap_or(1);
        let sum = sum_of(values(x, layout)?, width);
        Ok((CpuStorage::F32(sum), Shape::from(width)))
    }

    /// Blocks of rows, then blocks of those sums, until one is left.
    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        const ROWS_PER_BLOCK: usize = 512;
        let width = layout.dims().last().copied().unwrap_or(1);
        let summed = |x: &candle_core::CudaStorage, layout: &Layout| {
            let n_rows = layout.shape().elem_count() / width.max(1);
            let n_blocks = n_rows.div_ceil(ROWS_PER_BLOCK).max(1);
            let numbers = [Int(n_rows), Int(width), Int(ROWS_PER_BLOCK)];
            let (inputs, shape) = ([cuda::values(x, layout)?], (n_blocks, width));
            let config = cuda::block_each(n_blocks, cuda::BLOCK, cuda::BLOCK);
            cuda::launch(x, "sum_rows", &inputs, shape, config, &numbers)
        };
        let (mut sums, mut shape) = summed(x, layout)?;
        while shape.dims2()?.0 > 1 {
            (sums, shape) = summed(&sums, &Layout::contiguous(shape))?;
        }
        Ok((sums, Shape::from(width)))
    }
}

struct Add<'a> {
    x: &'a [f32],
    bias: &'a [f32],
}

impl Wide for Add<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let mut sum = self.x.to_vec();
        for row in sum.chunks_exact_mut(self.bias.len()) {
            row.iter_mut().zip(self.bias).for_each(|(y, b)| *y += b);
        }
        sum
    }
}

/// Rows whose sum is taken in single precision before it is added to the whole, so that long sums keep their digits.
const ROWS_PER_PART: usize = 256;

struct Sum<'a> {
    x: &'a [f32],
    width: usize,
}

impl Wide for Sum<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let (mut sum, mut part) = (vec![0.0_f64; self.width], vec![0.0_f32; self.width]);
        for rows in self.x.chunks(ROWS_PER_PART * self.width) {
            part.fill(0.0);
            for row in rows.chunks_exact(self.width) {
                part.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            sum.iter_mut().zip(&part).for_each(|(sum, part)| *sum += f64::from(*part));
        }
        sum.into_iter().map(|sum| sum as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_function() -> Result<()> {
        check(&[&[3, 5, 2], &[2]], |x| add_bias(&x[0], &x[1]))
    }
}
