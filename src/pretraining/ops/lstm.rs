//! One recurrent layer.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::product::{Matrix, MatrixMut, add_product};
use super::values::values;
use crate::tensor::{Wide, sigmoid, tanh, wide};

/// Gates of a unit, in the checkpoint's order: input, forget, cell, output.
pub(super) const GATES: usize = 4;

/// `gates = x + h · W_hhᵀ`, `c ← σ(f) c + σ(i) tanh(g)`, `h = σ(o) tanh(c)`, from `h = c = 0`.
///
/// # Shapes
/// - `x`: `[frame, batch, 4 · unit]`, what the layer's input gives to its gates i, f, g, o
/// - `weight_hh`: `[4 · unit, unit]`
/// - returns: `h`, `[frame, batch, unit]`
///
/// # Errors
/// The shapes contradict each other, or the device fails.
pub(in super::super) fn lstm_layer(x: &Tensor, weight_hh: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if x.device().is_cuda() {
        return super::lstm_states::lstm_layer(x, weight_hh);
    }
    let op = Lstm { states: OnceLock::new() };
    x.contiguous()?.apply_op2(&weight_hh.contiguous()?, op)
}

/// Keeps what the forward pass saw, because its gradient needs all of it.
struct Lstm {
    states: OnceLock<States>,
}

/// What happened in each frame.
struct States {
    /// After their functions: `[frame, batch, 4 · unit]`.
    gates: Vec<f32>,
    /// `[frame, batch, unit]`.
    cells: Vec<f32>,
}

/// Frames, items and units.
#[derive(Debug, Clone, Copy)]
struct Size {
    n_frames: usize,
    n_items: usize,
    n_units: usize,
}

impl Size {
    fn of(gates: &Layout, weight: &Layout) -> Result<Self> {
        let (n_frames, n_items, width) = gates.shape().dims3()?;
        let (rows, n_units) = weight.shape().dims2()?;
        if rows != GATES * n_units || width != rows {
            candle_core::bail!("recurrent weight {:?} for gates {:?}", weight.dims(), gates.dims());
        }
        Ok(Self { n_frames, n_items, n_units })
    }
}

impl CustomOp2 for Lstm {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let size = Size::of(layout, weight_layout)?;
        let Size { n_frames, n_items, n_units } = size;
        let mut gates = values(x, layout)?.to_vec();
        let weight = values(weight, weight_layout)?;
        let (row, frame) = (GATES * n_units, n_items * n_units);
        let (mut cells, mut hidden) = (vec![0.0; n_frames * frame], vec![0.0; n_frames * frame]);
        let start = vec![0.0; frame];
        for t in 0..n_frames {
            let gates = &mut gates[t * n_items * row..][..n_items * row];
            if t > 0 {
                let h = &hidden[(t - 1) * frame..t * frame];
                let of_gates = MatrixMut { at: Matrix::rows(n_items, row), values: &mut *gates };
                let recurrent = Matrix::rows(row, n_units).t();
                let h = (h, Matrix::rows(n_items, n_units));
                add_product(of_gates, 1.0, h, (weight, recurrent));
            }
            let (before, now) = cells.split_at_mut(t * frame);
            wide(Frame {
                size,
                gates,
                before: if t > 0 { &before[(t - 1) * frame..] } else { &start },
                cells: &mut now[..frame],
                hidden: &mut hidden[t * frame..][..frame],
            });
        }
        // The operation is made anew for every call, so nothing else has been kept here.
        let _ = self.states.set(States { gates, cells });
        Ok((CpuStorage::F32(hidden), Shape::from((n_frames, n_items, n_units))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        hidden: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (n_frames, n_items, n_units) = hidden.dims3()?;
        let size = Size { n_frames, n_items, n_units };
        let Some(states) = self.states.get() else {
            candle_core::bail!("the gradient of a recurrent layer that was never computed");
        };
        let of_gates = crate::tensor::with_values(weight, |weight| {
            crate::tensor::with_values(gradient, |gradient| {
                Ok(states.backward(size, weight, gradient))
            })
        })?;
        let of_gates = Tensor::from_vec(of_gates, x.shape(), x.device())?;
        // ∂/∂W = Σ over frames of the gates' gradientᵀ · the hidden state before it, which is 0 in the first.
        let n_rows = (n_frames - 1) * n_items;
        let of_weight = || {
            if n_rows == 0 {
                return weight.zeros_like();
            }
            let later = of_gates.narrow(0, 1, n_frames - 1)?.reshape((n_rows, GATES * n_units))?;
            let earlier = hidden.narrow(0, 0, n_frames - 1)?.reshape((n_rows, n_units))?;
            later.t()?.matmul(&earlier.detach())
        };
        let of_weight = weight.track_op().then(of_weight).transpose()?;
        Ok((Some(of_gates), of_weight))
    }
}

impl States {
    /// Back through time; the gradient of the gates before their functions, `[frame, batch, 4 · unit]`.
    fn backward(&self, size: Size, weight: &[f32], gradient: &[f32]) -> Vec<f32> {
        let Size { n_frames, n_items, n_units } = size;
        let (row, frame) = (GATES * n_units, n_items * n_units);
        let mut of_gates = vec![0.0; n_frames * n_items * row];
        let (mut of_hidden, mut of_cells) = (vec![0.0; frame], vec![0.0; frame]);
        let start = vec![0.0; frame];
        for t in (0..n_frames).rev() {
            of_hidden.iter_mut().zip(&gradient[t * frame..]).for_each(|(sum, g)| *sum += g);
            let of_gates = &mut of_gates[t * n_items * row..][..n_items * row];
            wide(FrameGradient {
                size,
                gates: &self.gates[t * n_items * row..][..n_items * row],
                before: if t > 0 { &self.cells[(t - 1) * frame..t * frame] } else { &start },
                cells: &self.cells[t * frame..][..frame],
                of_hidden: &of_hidden,
                of_cells: &mut of_cells,
                of_gates,
            });
            of_hidden.fill(0.0);
            let out = MatrixMut { at: Matrix::rows(n_items, n_units), values: &mut of_hidden };
            let recurrent = (weight, Matrix::rows(row, n_units));
            add_product(out, 1.0, (of_gates, Matrix::rows(n_items, row)), recurrent);
        }
        of_gates
    }
}

/// One frame of all items: gates become their functions' values.
struct Frame<'a> {
    size: Size,
    gates: &'a mut [f32],
    before: &'a [f32],
    cells: &'a mut [f32],
    hidden: &'a mut [f32],
}

impl Wide for Frame<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.size.n_units;
        for item in 0..self.size.n_items {
            let gates = &mut self.gates[item * GATES * n..][..GATES * n];
            let (i, rest) = gates.split_at_mut(n);
            let (f, rest) = rest.split_at_mut(n);
            let (g, o) = rest.split_at_mut(n);
            let before = &self.before[item * n..][..n];
            let cells = &mut self.cells[item * n..][..n];
            let hidden = &mut self.hidden[item * n..][..n];
            for unit in 0..n {
                i[unit] = sigmoid(i[unit]);
                f[unit] = sigmoid(f[unit]);
                g[unit] = tanh(g[unit]);
                o[unit] = sigmoid(o[unit]);
                cells[unit] = f[unit] * before[unit] + i[unit] * g[unit];
                hidden[unit] = o[unit] * tanh(cells[unit]);
            }
        }
    }
}

/// One frame back: `of_cells` enters with what later frames want of this frame's cells and leaves with what this frame
/// wants of the cells before it.
struct FrameGradient<'a> {
    size: Size,
    gates: &'a [f32],
    before: &'a [f32],
    cells: &'a [f32],
    of_hidden: &'a [f32],
    of_cells: &'a mut [f32],
    of_gates: &'a mut [f32],
}

impl Wide for FrameGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.size.n_units;
        for item in 0..self.size.n_items {
            let gates = &self.gates[item * GATES * n..][..GATES * n];
            let (i, f) = (&gates[..n], &gates[n..2 * n]);
            let (g, o) = (&gates[2 * n..3 * n], &gates[3 * n..]);
            let of_gates = &mut self.of_gates[item * GATES * n..][..GATES * n];
            let (of_i, rest) = of_gates.split_at_mut(n);
            let (of_f, rest) = rest.split_at_mut(n);
            let (of_g, of_o) = rest.split_at_mut(n);
            let (before, cells) = (&self.before[item * n..][..n], &self.cells[item * n..][..n]);
            let of_hidden = &self.of_hidden[item * n..][..n];
            let of_cells = &mut self.of_cells[item * n..][..n];
            for unit in 0..n {
                let t = tanh(cells[unit]);
                let of_cell = of_cells[unit] + of_hidden[unit] * o[unit] * (1.0 - t * t);
                of_o[unit] = of_hidden[unit] * t * o[unit] * (1.0 - o[unit]);
                of_i[unit] = of_cell * g[unit] * i[unit] * (1.0 - i[unit]);
                of_f[unit] = of_cell * before[unit] * f[unit] * (1.0 - f[unit]);
                of_g[unit] = of_cell * i[unit] * (1.0 - g[unit] * g[unit]);
                of_cells[unit] = of_cell * f[unit];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_function() -> Result<()> {
        check(&[&[5, 2, 12], &[12, 3]], |x| lstm_layer(&x[0], &x[1]))?;
        check(&[&[1, 2, 12], &[12, 3]], |x| lstm_layer(&x[0], &x[1]))
    }
}
