//! A linear map of every row.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use gemm::Parallelism;

use super::bias::{repeated, sum_of_rows};
use super::product::{Matrix, MatrixMut, add_product_by};
use super::values::values;
use super::{add_bias, product};

/// `x · Wᵀ + b` over the last axis.
///
/// In main memory it is one operation, whose weight and bias get no gradient where nobody asks for one: those of a frozen
/// network are looked through.
///
/// # Shapes
/// - `x`: `[…, in]`; `weight`: `[out, in]`; `bias`: `[out]`; returns: `[…, out]`
///
/// # Errors
/// The shapes contradict each other, or the device fails.
pub(in super::super) fn linear(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    let (n_out, n_in) = weight.dims2()?;
    let mut shape = x.dims().to_vec();
    if shape.pop() != Some(n_in) || bias.is_some_and(|bias| bias.dims() != [n_out]) {
        candle_core::bail!(
            "a linear map by {:?} with biases {:?} of {:?}",
            weight.dims(),
            bias.map(Tensor::dims),
            x.dims()
        );
    }
    shape.push(n_out);
    let rows = x.contiguous()?.reshape(((), n_in))?;
    let rows = match (x.device().is_cpu(), bias) {
        (true, None) => rows.apply_op2(&weight.contiguous()?, Linear)?,
        (true, Some(bias)) => rows.apply_op3(&weight.contiguous()?, &bias.contiguous()?, Affine)?,
        (false, None) => product(&rows, &weight.t()?)?,
        (false, Some(bias)) => add_bias(&product(&rows, &weight.t()?)?, bias)?,
    };
    rows.reshape(shape)
}

/// `x · Wᵀ`.
struct Linear;

/// `x · Wᵀ + b`.
struct Affine;

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let n_rows = layout.shape().dims2()?.0;
        let y = vec![0.0; n_rows * weight_layout.shape().dims2()?.0];
        mapped((x, layout), (weight, weight_layout), y)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        backward(x, weight, gradient)
    }
}

impl CustomOp3 for Affine {
    fn name(&self) -> &'static str {
        "affine"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = repeated(values(bias, bias_layout)?, layout.shape().dims2()?.0);
        mapped((x, layout), (weight, weight_layout), y)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (of_x, of_weight) = backward(x, weight, gradient)?;
        let of_bias = bias.track_op().then(|| sum_of_rows(gradient)).transpose()?;
        Ok((of_x, of_weight, of_bias))
    }
}

/// `y + x · Wᵀ`.
fn mapped(
    (x, layout): (&CpuStorage, &Layout),
    (weight, weight_layout): (&CpuStorage, &Layout),
    mut y: Vec<f32>,
) -> Result<(CpuStorage, Shape)> {
    let ((n_rows, n_in), n_out) = (layout.shape().dims2()?, weight_layout.shape().dims2()?.0);
    add_product_by(
        Parallelism::Rayon(rayon::current_num_threads()),
        MatrixMut { values: &mut y, at: Matrix::rows(n_rows, n_out) },
        1.0,
        (values(x, layout)?, Matrix::rows(n_rows, n_in)),
        (values(weight, weight_layout)?, Matrix::rows(n_out, n_in).t()),
    );
    Ok((CpuStorage::F32(y), Shape::from((n_rows, n_out))))
}

/// `g · W` and `gᵀ · x`, those of the two that are asked for.
fn backward(
    x: &Tensor,
    weight: &Tensor,
    gradient: &Tensor,
) -> Result<(Option<Tensor>, Option<Tensor>)> {
    let gradient = gradient.contiguous()?;
    let of_x = || gradient.matmul(&weight.detach());
    let of_weight = || gradient.t()?.matmul(&x.detach());
    Ok((x.track_op().then(of_x).transpose()?, weight.track_op().then(of_weight).transpose()?))
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::super::finite_difference::check;
    use super::*;

    #[test]
    fn gradients_are_those_of_the_functions() -> Result<()> {
        check(&[&[2, 3, 4], &[5, 4]], |x| linear(&x[0], &x[1], None))?;
        check(&[&[3, 4], &[5, 4], &[5]], |x| linear(&x[0], &x[1], Some(&x[2])))
    }

    #[test]
    fn nobody_computes_the_gradient_of_what_is_frozen() -> Result<()> {
        let draw = |seed, n_rows, n| crate::tensor::gaussian_noise(seed, n_rows, n);
        let (x, weight, bias) = (draw(1, 3, 4)?, draw(2, 5, 4)?, draw(3, 1, 5)?.squeeze(0)?);
        let x = Var::from_tensor(&x)?;
        let y = linear(x.as_tensor(), &weight, Some(&bias))?;
        let gradients = y.sum_all()?.backward()?;
        assert!(gradients.get(&weight).is_none() && gradients.get(&bias).is_none());
        let found = gradients.get(x.as_tensor()).expect("x is learned").to_vec2::<f32>()?;
        let wanted = weight.sum(0)?.to_vec1::<f32>()?;
        for row in found {
            let apart = row.iter().zip(&wanted).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-5);
        }
        Ok(())
    }

    #[test]
    fn shapes_that_contradict_each_other_are_refused() -> Result<()> {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu);
        let weight = zeros(&[5, 4])?;
        assert!(linear(&zeros(&[2, 3])?, &weight, None).is_err());
        assert!(linear(&zeros(&[2, 4])?, &weight, Some(&zeros(&[4])?)).is_err());
        Ok(())
    }
}
