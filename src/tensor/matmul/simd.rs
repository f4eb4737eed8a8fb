//! The product by vector multiply-adds: `pulp` picks AVX-512, AVX2, NEON or scalar code when the program runs.
//!
//! A panel holds two vectors of columns for every inner index. A tile keeps up to 14 rows × 2 vectors of sums in
//! registers (6 rows where there are 16 registers), so each loaded panel value serves 14 rows and each left value 2
//! vectors: the loop is bound by arithmetic, not by loads.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::buffer::Lines;
use super::super::elementary::elu;
use super::rows::OutRows;
use super::{Activation, Epilogue, Rows};

/// Inner indices whose panel (64 bytes · 2 each) stays in the second-level cache next to the rows.
const INNER_BLOCK: usize = 1024;

/// How many vectors ahead a panel is asked for: it streams from the second-level cache, 2 vectors every 14 cycles.
const PREFETCH_DISTANCE: usize = 16;

/// The widest panel: two AVX-512 vectors.
const MOST_COLUMNS: usize = 32;

/// Columns of a panel on this processor.
fn panel_columns() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            2 * S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// Panels of columns, each `[inner, panel column]`, the last one padded with zeroes.
pub(super) fn pack(
    n_inner: usize,
    n_columns: usize,
    element: &(impl Fn(usize, usize) -> f32 + Sync),
) -> Lines {
    let width = panel_columns();
    let mut panels = Lines::zeroed::<f32>(n_columns.div_ceil(width) * n_inner * width);
    let values = panels.as_mut_slice::<f32>();
    values.par_chunks_mut((n_inner * width).max(1)).enumerate().for_each(|(panel, values)| {
        let first = panel * width;
        let used = width.min(n_columns.saturating_sub(first));
        for (inner, row) in values.chunks_exact_mut(width).enumerate() {
            for (column, value) in row[..used].iter_mut().enumerate() {
                *value = element(inner, first + column);
            }
        }
    });
    panels
}

/// `out = act(rows · W + bias (+ out))` on this thread.
pub(super) fn product(
    (n_inner, n_columns): (usize, usize),
    panels: &Lines,
    rows: Rows<'_>,
    out: OutRows,
    epilogue: Epilogue<'_>,
) {
    let panels = panels.as_slice::<f32>();
    Arch::new().dispatch(Product { n_inner, n_columns, panels, rows, out, epilogue });
}

struct Product<'a> {
    n_inner: usize,
    n_columns: usize,
    panels: &'a [f32],
    rows: Rows<'a>,
    out: OutRows,
    epilogue: Epilogue<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = 2 * S::F32_LANES;
        let mut inner = 0;
        loop {
            let n_inner = INNER_BLOCK.min(self.n_inner - inner);
            let last = inner + n_inner == self.n_inner;
            let resume = inner > 0 || self.epilogue.accumulate;
            for panel in 0..self.n_columns.div_ceil(width) {
                let at = (panel * self.n_inner + inner) * width;
                let panel_values = &self.panels[at..at + n_inner * width];
                let mut row = 0;
                while row < self.rows.count {
                    let tile =
                        Tile { product: &self, panel, panel_values, inner, row, resume, last };
                    let left = self.rows.count - row;
                    // SAFETY: the operands hold `count` rows (asserted by the caller), and `left` bounds the tile.
                    row += unsafe {
                        match left {
                            14.. if S::REGISTER_COUNT >= 32 => tile.compute::<S, 14>(simd),
                            6.. => tile.compute::<S, 6>(simd),
                            4.. => tile.compute::<S, 4>(simd),
                            2.. => tile.compute::<S, 2>(simd),
                            _ => tile.compute::<S, 1>(simd),
                        }
                    };
                }
            }
            inner += n_inner;
            if last {
                return;
            }
        }
    }
}

/// One block of sums that stays in registers.
struct Tile<'a> {
    product: &'a Product<'a>,
    panel: usize,
    panel_values: &'a [f32],
    inner: usize,
    row: usize,
    resume: bool,
    last: bool,
}

impl Tile<'_> {
    /// Computes `ROWS` rows of the panel and says how many.
    ///
    /// # Safety
    /// Rows `row..row + ROWS` exist in the left operand and in the output, and no other task touches the latter.
    #[inline(always)]
    unsafe fn compute<S: Simd, const ROWS: usize>(&self, simd: S) -> usize {
        let Product { rows, out, n_columns, epilogue, .. } = self.product;
        let lanes = S::F32_LANES;
        let width = 2 * lanes;
        let first_column = self.panel * width;
        let n_columns = width.min(n_columns - first_column);
        let out_row = |i: usize| {
            // SAFETY: promised by the caller.
            unsafe {
                out.target.slice(out.offset + (self.row + i) * out.stride + first_column, n_columns)
            }
        };

        let mut sums = [[simd.splat_f32s(0.0); 2]; ROWS];
        if self.resume {
            for (i, sums) in sums.iter_mut().enumerate() {
                let mut line = [0.0; MOST_COLUMNS];
                line[..n_columns].copy_from_slice(out_row(i));
                let (vectors, _) = S::as_simd_f32s(&line[..width]);
                *sums = [vectors[0], vectors[1]];
            }
        }

        // SAFETY: row `row + ROWS - 1` holds `inner + n_inner` values.
        let left = unsafe { rows.data.as_ptr().add(self.row * rows.stride + self.inner) };
        let (columns, _) = S::as_simd_f32s(self.panel_values);
        for (k, pair) in columns.chunks_exact(2).enumerate() {
            prefetch(pair.as_ptr().wrapping_add(PREFETCH_DISTANCE));
            prefetch(pair.as_ptr().wrapping_add(PREFETCH_DISTANCE + 1));
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: as above.
                let x = simd.splat_f32s(unsafe { *left.add(i * rows.stride + k) });
                sums[0] = simd.mul_add_e_f32s(x, pair[0], sums[0]);
                sums[1] = simd.mul_add_e_f32s(x, pair[1], sums[1]);
            }
        }

        let bias = epilogue.bias.map(|bias| &bias[first_column..first_column + n_columns]);
        let zero = simd.splat_f32s(0.0);
        for (i, sums) in sums.iter().enumerate() {
            let out = out_row(i);
            if n_columns == width && (!self.last || epilogue.activation != Activation::Elu) {
                let mut sums = *sums;
                if let (true, Some(bias)) = (self.last, bias) {
                    let (bias, _) = S::as_simd_f32s(bias);
                    sums = [simd.add_f32s(sums[0], bias[0]), simd.add_f32s(sums[1], bias[1])];
                }
                if self.last && epilogue.activation == Activation::Relu {
                    sums = sums.map(|sum| simd.max_f32s(sum, zero));
                }
                let (out, _) = S::as_mut_simd_f32s(out);
                [out[0], out[1]] = sums;
            } else {
                let mut line = [0.0; MOST_COLUMNS];
                S::as_mut_simd_f32s(&mut line[..width]).0.copy_from_slice(sums);
                if self.last {
                    finish(&mut line[..n_columns], bias, epilogue.activation);
                }
                out.copy_from_slice(&line[..n_columns]);
            }
        }
        ROWS
    }
}

/// Asks for the cache line at `place`, which need not exist, into the first-level cache.
#[inline(always)]
fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(place.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Adds the bias and applies the activation to one row of finished sums.
#[inline(always)]
pub(super) fn finish(sums: &mut [f32], bias: Option<&[f32]>, activation: Activation) {
    if let Some(bias) = bias {
        for (sum, bias) in sums.iter_mut().zip(bias) {
            *sum += bias;
        }
    }
    match activation {
        Activation::None => {}
        Activation::Relu => sums.iter_mut().for_each(|x| *x = x.max(0.0)),
        Activation::Elu => sums.iter_mut().for_each(|x| *x = elu(*x)),
    }
}
