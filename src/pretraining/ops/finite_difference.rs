//! Gradients held against differences of the function itself.

use candle_core::{Device, Result, Tensor, Var};

/// Half the distance at which the function is looked at.
const STEP: f64 = 1e-2;

/// Fails unless the gradient of `Σ w · f(x)`, for fixed random `w`, agrees with central differences in every element of
/// every operand.
pub(in super::super) fn check(
    shapes: &[&[usize]],
    f: impl Fn(&[Tensor]) -> Result<Tensor>,
) -> Result<()> {
    let draw = |seed: u64, shape: &[usize]| {
        let n = shape.iter().product();
        crate::tensor::gaussian_noise(seed, 1, n)?.reshape(shape)
    };
    let operands = (0..).zip(shapes).map(|(i, shape)| Var::from_tensor(&draw(i, shape)?));
    let operands = operands.collect::<Result<Vec<_>>>()?;
    let tensors: Vec<Tensor> = operands.iter().map(|var| var.as_tensor().clone()).collect();
    let weights = draw(99, f(&tensors)?.dims())?;
    let value = |x: &[Tensor]| (f(x)? * &weights)?.sum_all();
    let gradients = value(&tensors)?.backward()?;
    for (operand, tensor) in tensors.iter().enumerate() {
        let gradient = gradients.get(tensor).expect("the function depends on every operand");
        let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
        let at = tensor.flatten_all()?.to_vec1::<f32>()?;
        let moved = |i: usize, by: f64| {
            let mut values = at.clone();
            values[i] += by as f32;
            let mut x: Vec<Tensor> = tensors.iter().map(Tensor::detach).collect();
            x[operand] = Tensor::from_vec(values, tensor.shape(), &Device::Cpu)?;
            Ok::<_, candle_core::Error>(f64::from(value(&x)?.to_scalar::<f32>()?))
        };
        for (i, found) in gradient.iter().enumerate() {
            let wanted = (moved(i, STEP)? - moved(i, -STEP)?) / (2.0 * STEP);
            let error = (f64::from(*found) - wanted).abs();
            assert!(
                error < 2e-3 * (1.0 + wanted.abs()),
                "operand {operand}, element {i}: {found}, expected {wanted}"
            );
        }
    }
    Ok(())
}
