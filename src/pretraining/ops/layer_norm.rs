//! Layer normalisation with its gradient.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};

use super::add_bias;
use super::bias::sum_of_rows;
use super::values::values;
#[cfg(feature = "cuda")]
use crate::pretraining::cuda::{
    self,
    Number::{Float, Int},
};
use crate::tensor::{LAYER_NORM_EPSILON, Wide, sum_by, wide};

/// `(x − mean) / √(variance + 10⁻⁵) · weight + bias`, over the last axis.
///
/// # Shapes
/// - `x` and the result: `[…, feature]`; `weight`, `bias`: `[feature]`
///
/// # Errors
/// The features differ, or the device fails.
pub(in super::super) fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    add_bias(&x.contiguous()?.apply_op2(weight, Scaled)?, bias)
}

/// The normalised rows times the weight, without the bias.
struct Scaled;

impl CustomOp2 for Scaled {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (values(x, layout)?, values(weight, weight_layout)?);
        if layout.dims().last() != Some(&weight.len()) {
            candle_core::bail!("{} weights for {:?}", weight.len(), layout.dims());
        }
        Ok((CpuStorage::F32(wide(Forward { x, weight })), layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
        weight: &candle_core::CudaStorage,
        weight_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (n_rows, width) = rows(layout);
        if weight_layout.dims() != [width] {
            candle_core::bail!("{:?} weights for {:?}", weight_layout.dims(), layout.dims());
        }
        let inputs = [cuda::values(x, layout)?, cuda::values(weight, weight_layout)?];
        let numbers = [Int(n_rows), Int(width), Float(LAYER_NORM_EPSILON)];
        cuda::launch(x, "layer_norm", &inputs, layout.shape(), cuda::warp_each(n_rows), &numbers)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let of_x = || x.apply_op3_no_bwd(weight, &gradient, &GradientOfInput);
        let of_weight = || {
            let of_weight = x.apply_op2_no_bwd(&gradient, &GradientOfWeight)?;
            if of_weight.rank() > 1 { sum_of_rows(&of_weight) } else { Ok(of_weight) }
        };
        Ok((x.track_op().then(of_x).transpose()?, weight.track_op().then(of_weight).transpose()?))
    }
}

/// `(h − mean h − x̂ · mean(h x̂)) / σ` with `h = g · weight`.
struct GradientOfInput;

impl CustomOp3 for GradientOfInput {
    fn name(&self) -> &'static str {
        "layer-norm-gradient"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (values(x, layout)?, values(weight, weight_layout)?);
        let gradient = values(gradient, gradient_layout)?;
        let of_x = wide(Backward { x, weight, gradient });
        Ok((CpuStorage::F32(of_x), layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
        weight: &candle_core::CudaStorage,
        weight_layout: &Layout,
        gradient: &candle_core::CudaStorage,
        gradient_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (n_rows, width) = rows(layout);
        let inputs = [
            cuda::values(x, layout)?,
            cuda::values(weight, weight_layout)?,
            cuda::values(gradient, gradient_layout)?,
        ];
        let numbers = [Int(n_rows), Int(width), Float(LAYER_NORM_EPSILON)];
        let config = cuda::warp_each(n_rows);
        cuda::launch(x, "layer_norm_gradient", &inputs, layout.shape(), config, &numbers)
    }
}

/// `Σ g · x̂` over rows; on a GPU the terms of the sum, which are added in another kernel.
struct GradientOfWeight;

impl CustomOp2 for GradientOfWeight {
    fn name(&self) -> &'static str {
        "layer-norm-weight-gradient"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let width = layout.dims().last().copied().unwrap_or(1);
        let (x, gradient) = (values(x, layout)?, values(gradient, gradient_layout)?);
        Ok((CpuStorage::F32(wide(OfWeight { x, gradient, width })), Shape::from(width)))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
        gradient: &candle_core::CudaStorage,
        gradient_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (n_rows, width) = rows(layout);
        let inputs = [cuda::values(x, layout)?, cuda::values(gradient, gradient_layout)?];
        let numbers = [Int(n_rows), Int(width), Float(LAYER_NORM_EPSILON)];
        let config = cuda::warp_each(n_rows);
        cuda::launch(x, "layer_norm_weight_gradient", &inputs, layout.shape(), config, &numbers)
    }
}

/// Rows, and the width of one.
#[cfg(feature = "cuda")]
fn rows(layout: &Layout) -> (usize, usize) {
    let width = layout.dims().last().copied().unwrap_or(1);
    (layout.shape().elem_count() / width.max(1), width)
}

/// Mean and reciprocal deviation of a row.
#[inline(always)]
fn moments(row: &[f32]) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = sum_by(row, |x| x) / n;
    let variance = sum_by(row, |x| (x - mean) * (x - mean)) / n;
    (mean, 1.0 / (variance + LAYER_NORM_EPSILON).sqrt())
}

struct Forward<'a> {
    x: &'a [f32],
    weight: &'a [f32],
}

impl Wide for Forward<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let mut y = vec![0.0; self.x.len()];
        let width = self.weight.len();
        for (row, y) in self.x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
            let (mean, scale) = moments(row);
            for ((y, x), w) in y.iter_mut().zip(row).zip(self.weight) {
                *y = (x - mean) * scale * w;
            }
        }
        y
    }
}

struct Backward<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    gradient: &'a [f32],
}

impl Wide for Backward<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let mut of_x = vec![0.0; self.x.len()];
        let width = self.weight.len();
        let rows = self.x.chunks_exact(width).zip(self.gradient.chunks_exact(width));
        for ((x, g), out) in rows.zip(of_x.chunks_exact_mut(width)) {
            let (mean, scale) = moments(x);
            for ((h, g), w) in out.iter_mut().zip(g).zip(self.weight) {
                *h = g * w;
            }
            let n = width as f32;
            let mean_h = sum_by(out, |h| h) / n;
            let mut along = [0.0_f32; 16];
            let (h, x16) = (out.as_chunks::<16>(), x.as_chunks::<16>());
            for (h, x) in h.0.iter().zip(x16.0) {
                for i in 0..16 {
                    along[i] += h[i] * (x[i] - mean);
                }
            }
            let rest = h.1.iter().zip(x16.1).map(|(h, x)| h * (x - mean)).sum::<f32>();
            let along = (along.iter().sum::<f32>() + rest) * scale / n;
            for (h, x) in out.iter_mut().zip(x) {
                *h = (*h - mean_h - (x - mean) * scale * along) * scale;
            }
        }
        of_x
    }
}

/// Rows whose sum is taken in single precision before it is added to the whole, so that long sums keep their digits.
const ROWS_PER_PART: usize = 256;

struct OfWeight<'a> {
    x: &'a [f32],
    gradient: &'a [f32],
    width: usize,
}

impl Wide for OfWeight<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let width = self.width;
        let (mut sum, mut part) = (vec![0.0_f64; width], vec![0.0_f32; width]);
        let parts = self.x.chunks(ROWS_PER_PART * width);
        for (x, gradient) in parts.zip(self.gradient.chunks(ROWS_PER_PART * width)) {
            part.fill(0.0);
            for (x, g) in x.chunks_exact(width).zip(gradient.chunks_exact(width)) {
                let (mean, scale) = moments(x);
                for ((sum, x), g) in part.iter_mut().zip(x).zip(g) {
                    *sum += g * (x - mean) * scale;
                }
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
        check(&[&[3, 7], &[7], &[7]], |x| layer_norm(&x[0], &x[1], &x[2]))?;
        check(&[&[2, 2, 19], &[19], &[19]], |x| layer_norm(&x[0], &x[1], &x[2]))
    }
}
