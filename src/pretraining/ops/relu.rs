//! `x` where positive, 0 elsewhere.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::values::values;
use crate::tensor::{Wide, wide};

/// ReLU, element by element.
///
/// # Errors
/// The device fails.
pub(in super::super) fn relu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() { x.contiguous()?.apply_op1(Relu) } else { x.relu() }
}

struct Relu;

impl CustomOp1 for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let y = wide(Forward(values(storage, layout)?));
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.contiguous()?.apply_op2_no_bwd(result, &ReluGradient)?))
    }
}

/// `g` where the result is positive, 0 elsewhere.
struct ReluGradient;

impl CustomOp2 for ReluGradient {
    fn name(&self) -> &'static str {
        "relu-gradient"
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
}

struct Forward<'a>(&'a [f32]);

impl Wide for Forward<'_> {
    type Output = Vec<f32>;
    #[inline(always)]
    fn run(self) -> Vec<f32> {
        self.0.iter().map(|x| if *x > 0.0 { *x } else { 0.0 }).collect()
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
        pairs.map(|(g, y)| if *y > 0.0 { *g } else { 0.0 }).collect()
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn the_gradient_passes_where_the_value_does() -> Result<()> {
        let x = Var::new(&[[-1.0_f32, 2.0], [3.0, -4.0]], &Device::Cpu)?;
        let scale = Tensor::new(&[[5.0_f32, 6.0], [7.0, 8.0]], &Device::Cpu)?;
        let y = relu(&x.t()?)?;
        assert_eq!(y.to_vec2::<f32>()?, [[0.0, 3.0], [2.0, 0.0]]);
        let gradients = (y * scale)?.sum_all()?.backward()?;
        let gradient = gradients.get(&x).expect("the sum depends on x");
        assert_eq!(gradient.to_vec2::<f32>()?, [[0.0, 7.0], [6.0, 0.0]]);
        Ok(())
    }
}
