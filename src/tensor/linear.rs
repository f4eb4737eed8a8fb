//! A dense layer.

use candle_core::{Result, Tensor};

use super::matmul::{Activation, Kernel, PackedMatrix};

/// `act(x · weightᵀ + bias)`.
#[derive(Debug)]
pub struct Linear {
    weight: PackedMatrix,
    bias: Vec<f32>,
}

impl Linear {
    /// # Shapes
    /// - `weight`: `[out, in]` in row-major order; `bias`: `[out]`
    pub fn new(kernel: Kernel, weight: &[f32], [n_out, n_in]: [usize; 2], bias: &[f32]) -> Self {
        assert_eq!((weight.len(), bias.len()), (n_out * n_in, n_out));
        let weight =
            PackedMatrix::pack(kernel, n_in, n_out, |inner, out| weight[out * n_in + inner]);
        Self { weight, bias: bias.to_vec() }
    }

    /// # Shapes
    /// - `x`: `[…, in]`; returns: `[…, out]`
    ///
    /// # Errors
    /// As [`PackedMatrix::forward`].
    pub fn forward(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        self.weight.forward(x, Some(&self.bias), activation)
    }
}
