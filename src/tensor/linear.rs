//! A dense layer.

use std::cell::RefCell;

use candle_core::{Result, Tensor};

use super::buffer::{Lines, Output, Target};
use super::matmul::{
    Activation, Epilogue, Kernel, OutRows, PackedMatrix, Rows, for_each_row_block,
};
use super::values::with_values;

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

/// `down(ReLU(up(x)))`, a block of rows at a time, so that the wide values in between stay in the cache.
///
/// # Shapes
/// - `x`: `[…, in of up]`; returns: `[…, out of down]`
///
/// # Errors
/// As [`PackedMatrix::forward`], or the layers do not fit each other.
pub fn feed_forward(up: &Linear, down: &Linear, x: &Tensor) -> Result<Tensor> {
    let (n_in, n_hidden, n_out) =
        (up.weight.n_inner(), up.weight.n_columns(), down.weight.n_columns());
    let mut shape = x.dims().to_vec();
    match shape.last_mut() {
        Some(last) if *last == n_in && down.weight.n_inner() == n_hidden => *last = n_out,
        _ => candle_core::bail!("expected a last axis of {n_in}, found {:?}", x.dims()),
    }
    with_values(x, |data| {
        let rows = Rows { data, stride: n_in, count: data.len() / n_in };
        let mut output = Output::new(rows.count * n_out);
        let target = output.target();
        let block = |first: usize, count: usize, hidden: &mut Lines| {
            hidden.reserve::<f32>(count * n_hidden);
            let hidden = &mut hidden.as_mut_slice::<f32>()[..count * n_hidden];
            let bias = Some(&up.bias[..]);
            let epilogue = Epilogue { bias, activation: Activation::Relu, accumulate: false };
            let out = OutRows { target: Target::of(hidden), offset: 0, stride: n_hidden };
            up.weight.product_here(rows.range(first, count), out, epilogue);

            let rows = Rows { data: hidden, stride: n_hidden, count };
            let epilogue = Epilogue { bias: Some(&down.bias), ..Epilogue::default() };
            let out = OutRows { target, offset: first * n_out, stride: n_out };
            down.weight.product_here(rows, out, epilogue);
        };
        for_each_row_block(rows.count, |first, count| {
            thread_local! {
                static HIDDEN: RefCell<Lines> = RefCell::new(Lines::zeroed::<f32>(0));
            }
            HIDDEN.with_borrow_mut(|hidden| block(first, count, hidden));
        });
        // SAFETY: the blocks cover every row.
        Tensor::from_vec(unsafe { output.finish() }, shape, x.device())
    })
}
