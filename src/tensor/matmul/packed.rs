//! A weight matrix in the order in which a kernel reads it.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::super::buffer::{Lines, Output};
use super::super::values::with_values;
use super::rows::OutRows;
use super::{Activation, Epilogue, Kernel, Rows, Scratch, View, amx, dot, simd};

/// A matrix `W: [inner, column]`, packed for one kernel.
#[derive(Debug)]
pub struct PackedMatrix {
    n_inner: usize,
    n_columns: usize,
    kernel: Kernel,
    panels: Lines,
}

impl PackedMatrix {
    /// Packs the matrix whose element `[inner, column]` is `element(inner, column)`.
    ///
    /// # Panics
    /// If this processor cannot run `kernel`; those of [`Kernel::available`] and [`Kernel::best`] it can.
    pub fn pack(
        kernel: Kernel,
        n_inner: usize,
        n_columns: usize,
        element: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Self {
        assert!(kernel.is_available(), "{kernel:?} needs instructions that this processor lacks");
        let panels = match kernel {
            Kernel::Vector => simd::pack(n_inner, n_columns, &element),
            Kernel::AmxSplit => amx::pack::<{ amx::SPLIT }>(n_inner, n_columns, &element),
            Kernel::AmxPair => amx::pack::<{ amx::PAIR }>(n_inner, n_columns, &element),
            Kernel::DotBf16 => dot::pack(n_inner, n_columns, &element),
            Kernel::AmxBf16 => amx::pack::<{ amx::ROUND }>(n_inner, n_columns, &element),
        };
        Self { n_inner, n_columns, kernel, panels }
    }

    /// Packs a matrix in memory on this thread: for operands that change with every call.
    pub(crate) fn pack_view(kernel: Kernel, view: View<'_>) -> Self {
        let panels = match kernel {
            Kernel::AmxSplit => amx::pack_view::<{ amx::SPLIT }>(view),
            Kernel::AmxPair => amx::pack_view::<{ amx::PAIR }>(view),
            Kernel::AmxBf16 => amx::pack_view::<{ amx::ROUND }>(view),
            Kernel::Vector | Kernel::DotBf16 => {
                return Self::pack(kernel, view.n_inner, view.n_columns, |i, c| view.at(i, c));
            }
        };
        Self { n_inner: view.n_inner, n_columns: view.n_columns, kernel, panels }
    }

    /// Length of the axis that is summed over.
    pub fn n_inner(&self) -> usize {
        self.n_inner
    }

    /// Number of output columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// `act(x · W + bias)`.
    ///
    /// # Shapes
    /// - `x`: `[…, inner]`; `bias`: one value a column
    /// - returns: `[…, column]`
    ///
    /// # Errors
    /// `x` is not an `f32` tensor in main memory, or its last axis is not `inner` long.
    pub fn forward(
        &self,
        x: &Tensor,
        bias: Option<&[f32]>,
        activation: Activation,
    ) -> Result<Tensor> {
        let mut shape = x.dims().to_vec();
        match shape.last_mut() {
            Some(last) if *last == self.n_inner => *last = self.n_columns,
            _ => {
                candle_core::bail!("expected a last axis of {}, found {:?}", self.n_inner, x.dims())
            }
        }
        with_values(x, |data| {
            let rows = Rows { data, stride: self.n_inner, count: data.len() / self.n_inner.max(1) };
            Tensor::from_vec(self.product(rows, bias, activation), shape, x.device())
        })
    }

    /// The same on slices: `rows.count` rows of `n_columns` values.
    pub(crate) fn product(
        &self,
        rows: Rows<'_>,
        bias: Option<&[f32]>,
        activation: Activation,
    ) -> Vec<f32> {
        let mut output = Output::new(rows.count * self.n_columns);
        let out = OutRows { target: output.target(), offset: 0, stride: self.n_columns };
        self.product_into(rows, out, Epilogue { bias, activation, accumulate: false });
        // SAFETY: the product writes every row.
        unsafe { output.finish() }
    }

    /// The product, its rows cut among the threads.
    pub(crate) fn product_into(&self, rows: Rows<'_>, out: OutRows, epilogue: Epilogue<'_>) {
        for_each_row_block(rows.count, |first, count| {
            let out = OutRows { offset: out.offset + first * out.stride, ..out };
            self.product_here(rows.range(first, count), out, epilogue);
        });
    }

    /// The product on this thread.
    pub(crate) fn product_here(&self, rows: Rows<'_>, out: OutRows, epilogue: Epilogue<'_>) {
        if rows.count == 0 {
            return;
        }
        assert!(rows.data.len() >= (rows.count - 1) * rows.stride + self.n_inner);
        assert!(epilogue.bias.is_none_or(|bias| bias.len() == self.n_columns));
        let shape = (self.n_inner, self.n_columns);
        Scratch::with(|scratch| match self.kernel {
            Kernel::Vector => simd::product(shape, &self.panels, rows, out, epilogue),
            Kernel::AmxSplit => {
                amx::product::<{ amx::SPLIT }>(shape, &self.panels, rows, out, epilogue, scratch);
            }
            Kernel::AmxPair => {
                amx::product::<{ amx::PAIR }>(shape, &self.panels, rows, out, epilogue, scratch);
            }
            Kernel::AmxBf16 => {
                amx::product::<{ amx::ROUND }>(shape, &self.panels, rows, out, epilogue, scratch);
            }
            Kernel::DotBf16 => dot::product(shape, &self.panels, rows, out, epilogue, scratch),
        });
    }
}

/// Runs `task(first row, number of rows)` on blocks of rows, cut among the threads.
pub(crate) fn for_each_row_block(count: usize, task: impl Fn(usize, usize) + Sync + Send) {
    let block = rows_per_task(count);
    (0..count.div_ceil(block)).into_par_iter().for_each(|i| {
        let first = i * block;
        task(first, block.min(count - first));
    });
}

/// Rows that one task takes: enough to reuse each panel from the second-level cache, few enough to share among threads.
fn rows_per_task(count: usize) -> usize {
    const MOST: usize = 224;
    /// A multiple of both kernels' tile heights (14 and 32) would be 224; 32 wastes least of the tall one.
    const STEP: usize = 32;
    let threads = rayon::current_num_threads();
    let n_tasks = count.div_ceil(MOST).next_multiple_of(threads);
    count.div_ceil(n_tasks).next_multiple_of(STEP).min(count.max(1))
}
