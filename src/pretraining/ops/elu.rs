//! `x` where positive, `eˣ − 1` elsewhere.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::laid::Before;
use super::values::values;
#[cfg(feature = "cuda")]
use crate::pretraining::cuda::{self, Number::Int};
use crate::tensor::{Wide, wide};

/// ELU, element by element (Clevert et al. 2016).
///
/// # Errors
/// The device fails.
pub(in super::super) fn elu(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Elu)
}

struct Elu;

impl CustomOp1 for Elu {
    fn name(&self) -> &'static str {
        "elu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = values(storage, layout)?.to_vec();
        Before::Elu.apply(&mut y);
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let n = layout.shape().elem_count();
        let inputs = [cuda::values(x, layout)?];
        let numbers = [Int(n)];
        cuda::launch(x, "elu", &inputs, layout.shape(), cuda::one_each(n), &numbers)
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.contiguous()?.apply_op2_no_bwd(result, &EluGradient)?))
    }
}

/// `g` where the result is positive, `g · (y + 1)` elsewhere.
struct EluGradient;

impl CustomOp2 for EluGradient {
    fn name(&self) -> &'static str {
        "elu-gradient"
    }

    fn cpu_fwd(
        &self,
        gradient: &CpuStorage,
        layout: &Layout,
        result: &CpuStorage,
        result_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (gradient, y) = (values(gradient, layout)?, values(result, result_layout)?);
        Ok((CpuStorage::F32(wide(Backward { gradient, y })), layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        gradient: &candle_core::CudaStorage,
        layout: &Layout,
        y: &candle_core::CudaStorage,
        y_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let n = layout.shape().elem_count();
        let inputs = [cuda::values(gradient, layout)?, cuda::values(y, y_layout)?];
        let numbers = [Int(n)];
        cuda::launch(gradient, "elu_gradient", &inputs, layout.shape(), cuda::one_each(n), &numbers)
    }
}

struct Backward<'a> {
    gradient: &'a [f32],
    y: &'a [f32],
}

impl Wide for Backward<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let pairs = self.gradient.iter().zip(self.y);
        pairs.map(|(g, y)| g * if *y > 0.0 { 1.0 } else { y + 1.0 }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_function() -> Result<()> {
        check(&[&[3, 5]], |x| elu(&x[0]))?;
        check(&[&[3, 5]], |x| elu(&x[0].t()?))
    }
}
