//! One recurrent layer on a GPU: a block of threads an item walks through all frames at once.

use candle_core::{CpuStorage, CudaStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};

use super::lstm::GATES;
use crate::pretraining::cuda::{self, Number::Int};

/// Numbers of a unit that a frame leaves: its gates, its cell, and h.
const STATES: usize = GATES + 2;
/// Most threads of a block.
const MAX_THREADS: usize = 1024;

/// As [`super::lstm_layer`].
pub(super) fn lstm_layer(x: &Tensor, weight_hh: &Tensor) -> Result<Tensor> {
    let n_units = weight_hh.dim(1)?;
    if n_units > MAX_THREADS {
        candle_core::bail!(
            "{n_units} recurrent units, at most {MAX_THREADS} are computed on a GPU"
        );
    }
    let states = x.contiguous()?.apply_op2(&weight_hh.t()?.contiguous()?, Lstm)?;
    states.narrow(2, (STATES - 1) * n_units, n_units)
}

/// Gates before their functions and recurrent weight `[unit, 4 · unit]` → `[frame, batch, 6 · unit]`: gates, cells, h. With the weight
/// so turned, neighboring threads read neighboring numbers.
struct Lstm;

impl CustomOp2 for Lstm {
    fn name(&self) -> &'static str {
        "lstm-states"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("the states of a recurrent layer are for a GPU")
    }

    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        layout: &Layout,
        weight: &CudaStorage,
        weight_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (n_frames, n_items, width) = layout.shape().dims3()?;
        let (n_units, columns) = weight_layout.shape().dims2()?;
        if columns != GATES * n_units || width != columns {
            let [gates, weight] = [layout.dims(), weight_layout.dims()];
            candle_core::bail!("recurrent weight {weight:?} for gates {gates:?}");
        }
        let inputs = [cuda::values(x, layout)?, cuda::values(weight, weight_layout)?];
        let shape = (n_frames, n_items, STATES * n_units);
        let config = cuda::block_each(n_items, width.min(MAX_THREADS), STATES * n_units);
        let numbers = [Int(n_frames), Int(n_items), Int(n_units)];
        cuda::launch(x, "lstm", &inputs, shape, config, &numbers)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        states: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (n_frames, n_items, width) = x.dims3()?;
        let n_units = width / GATES;
        let h = |x: &Tensor| x.narrow(2, (STATES - 1) * n_units, n_units);
        let of_h = h(gradient)?.contiguous()?;
        let of_gates = states.apply_op3_no_bwd(&of_h, &weight.t()?.contiguous()?, &LstmGradient)?;
        // ∂/∂W = Σ over frames of the gates' gradientᵀ · the hidden state before it, which is 0 in the first.
        let n_rows = (n_frames - 1) * n_items;
        let of_weight = if n_rows == 0 {
            weight.zeros_like()?
        } else {
            let later = of_gates.narrow(0, 1, n_frames - 1)?.reshape((n_rows, width))?;
            let earlier = h(states)?.narrow(0, 0, n_frames - 1)?.reshape((n_rows, n_units))?;
            earlier.detach().t()?.matmul(&later)?
        };
        Ok((Some(of_gates), Some(of_weight)))
    }
}

/// States, the gradient of h, recurrent weight `[4 · unit, unit]` → the gradient of the gates before their functions.
struct LstmGradient;

impl CustomOp3 for LstmGradient {
    fn name(&self) -> &'static str {
        "lstm-gradient"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("the states of a recurrent layer are for a GPU")
    }

    fn cuda_fwd(
        &self,
        states: &CudaStorage,
        layout: &Layout,
        of_h: &CudaStorage,
        of_h_layout: &Layout,
        weight: &CudaStorage,
        weight_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (n_frames, n_items, n_units) = of_h_layout.shape().dims3()?;
        let inputs = [
            cuda::values(states, layout)?,
            cuda::values(of_h, of_h_layout)?,
            cuda::values(weight, weight_layout)?,
        ];
        let n_threads = n_units * (MAX_THREADS / n_units).clamp(1, GATES);
        let config = cuda::block_each(n_items, n_threads, GATES * n_units + n_threads);
        let numbers = [Int(n_frames), Int(n_items), Int(n_units)];
        let shape = (n_frames, n_items, GATES * n_units);
        cuda::launch(states, "lstm_gradient", &inputs, shape, config, &numbers)
    }
}
