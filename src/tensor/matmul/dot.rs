//! The product by AVX-512 dot products of bfloat16 pairs (`dpbf16`), for processors that have them but no tiles.
//!
//! One instruction multiplies 32 pairs and adds them two by two to 16 single-precision sums: twice the work of a
//! multiply-add where the processor issues as many, as Zen 4 and later do. The tile is that of the vector kernel.

use super::super::buffer::Lines;
use super::rows::OutRows;
use super::{Epilogue, Rows, Scratch};

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{is_available, pack, product};

/// The instruction exists on x86-64 only.
#[cfg(not(target_arch = "x86_64"))]
mod absent {
    use super::{Epilogue, Lines, OutRows, Rows, Scratch};

    pub(in super::super) fn is_available() -> bool {
        false
    }

    pub(in super::super) fn pack(
        _: usize,
        _: usize,
        _: &(impl Fn(usize, usize) -> f32 + Sync),
    ) -> Lines {
        unreachable!("no dot-product kernel is offered on this platform")
    }

    pub(in super::super) fn product(
        _: (usize, usize),
        _: &Lines,
        _: Rows<'_>,
        _: OutRows,
        _: Epilogue<'_>,
        _: &mut Scratch,
    ) {
        unreachable!("no dot-product kernel is offered on this platform")
    }
}
#[cfg(not(target_arch = "x86_64"))]
pub(super) use absent::{is_available, pack, product};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use rayon::prelude::*;

    use super::super::simd::finish;
    use super::{Epilogue, Lines, OutRows, Rows, Scratch};

    /// Columns of a panel: two vectors of sums.
    const WIDTH: usize = 32;
    /// Rows of a tile: with two sums each, and two panel vectors, they fill the 32 registers.
    const HEIGHT: usize = 14;

    pub(in super::super) fn is_available() -> bool {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bf16")
            && is_x86_feature_detected!("fma")
    }

    /// Panels of 32 columns, each `[inner pair][column][2]`, padded with zeroes.
    pub(in super::super) fn pack(
        n_inner: usize,
        n_columns: usize,
        element: &(impl Fn(usize, usize) -> f32 + Sync),
    ) -> Lines {
        let panel = n_inner.div_ceil(2) * 2 * WIDTH;
        let mut panels = Lines::zeroed::<u16>(n_columns.div_ceil(WIDTH) * panel);
        let values = panels.as_mut_slice::<u16>();
        values.par_chunks_mut(panel.max(1)).enumerate().for_each(|(p, values)| {
            for inner in 0..n_inner {
                for column in p * WIDTH..n_columns.min((p + 1) * WIDTH) {
                    let at = (inner / 2 * WIDTH + column % WIDTH) * 2 + inner % 2;
                    values[at] = half::bf16::from_f32(element(inner, column)).to_bits();
                }
            }
        });
        panels
    }

    /// `out = act(rows · W + bias (+ out))` on this thread.
    pub(in super::super) fn product(
        (n_inner, n_columns): (usize, usize),
        panels: &Lines,
        rows: Rows<'_>,
        out: OutRows,
        epilogue: Epilogue<'_>,
        scratch: &mut Scratch,
    ) {
        let n_pairs = n_inner.div_ceil(2);
        scratch.left.reserve::<u16>(rows.count * n_pairs * 2);
        let left = &mut scratch.left.as_mut_slice::<u16>()[..rows.count * n_pairs * 2];
        for (row, left) in left.chunks_exact_mut(n_pairs * 2).enumerate() {
            let values = &rows.data[row * rows.stride..][..n_inner];
            // SAFETY: `is_available` saw the extensions, or this kernel would not have been chosen.
            unsafe { round_row(values, left) };
        }
        let product = Product {
            n_pairs,
            n_columns,
            left,
            panels: panels.as_slice(),
            rows: rows.count,
            out,
            epilogue,
        };
        // SAFETY: as above.
        unsafe { product.compute() };
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    fn round_row(values: &[f32], left: &mut [u16]) {
        let (chunks, rest) = values.as_chunks::<16>();
        for (i, chunk) in chunks.iter().enumerate() {
            // SAFETY: the chunk holds 16 values.
            let rounded = _mm512_cvtneps_pbh(unsafe { _mm512_loadu_ps(chunk.as_ptr()) });
            // SAFETY: both are 32 plain bytes.
            let bits: [u16; 16] = unsafe { std::mem::transmute(rounded) };
            left[i * 16..][..16].copy_from_slice(&bits);
        }
        left[chunks.len() * 16..].fill(0);
        for (left, x) in left[chunks.len() * 16..].iter_mut().zip(rest) {
            *left = half::bf16::from_f32(*x).to_bits();
        }
    }

    struct Product<'a> {
        n_pairs: usize,
        n_columns: usize,
        left: &'a [u16],
        panels: &'a [u16],
        rows: usize,
        out: OutRows,
        epilogue: Epilogue<'a>,
    }

    impl Product<'_> {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")]
        fn compute(&self) {
            for panel in 0..self.n_columns.div_ceil(WIDTH) {
                let mut row = 0;
                while row < self.rows {
                    row += match self.rows - row {
                        HEIGHT.. => self.tile::<HEIGHT>(panel, row),
                        6.. => self.tile::<6>(panel, row),
                        2.. => self.tile::<2>(panel, row),
                        _ => self.tile::<1>(panel, row),
                    };
                }
            }
        }

        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")]
        fn tile<const ROWS: usize>(&self, panel: usize, row: usize) -> usize {
            let first = panel * WIDTH;
            let n_columns = WIDTH.min(self.n_columns - first);
            let out_row = |i: usize| {
                let at = self.out.offset + (row + i) * self.out.stride + first;
                // SAFETY: the row exists and belongs to this task.
                unsafe { self.out.target.slice(at, n_columns) }
            };
            let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
            let columns =
                &self.panels[panel * self.n_pairs * 2 * WIDTH..][..self.n_pairs * 2 * WIDTH];
            let left = self.left[row * self.n_pairs * 2..][..ROWS * self.n_pairs * 2].as_ptr();
            for (pair, columns) in columns.chunks_exact(2 * WIDTH).enumerate() {
                // SAFETY: the chunk holds 64 numbers, and every row `n_pairs` pairs.
                unsafe {
                    let low: __m512bh =
                        std::mem::transmute(_mm512_loadu_si512(columns.as_ptr().cast()));
                    let high: __m512bh =
                        std::mem::transmute(_mm512_loadu_si512(columns.as_ptr().add(WIDTH).cast()));
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let x =
                            left.add((i * self.n_pairs + pair) * 2).cast::<i32>().read_unaligned();
                        let x: __m512bh = std::mem::transmute(_mm512_set1_epi32(x));
                        sums[0] = _mm512_dpbf16_ps(sums[0], x, low);
                        sums[1] = _mm512_dpbf16_ps(sums[1], x, high);
                    }
                }
            }
            let bias = self.epilogue.bias.map(|bias| &bias[first..first + n_columns]);
            for (i, sums) in sums.iter().enumerate() {
                let mut line = [0.0_f32; WIDTH];
                // SAFETY: the line holds two vectors.
                unsafe {
                    _mm512_storeu_ps(line.as_mut_ptr(), sums[0]);
                    _mm512_storeu_ps(line.as_mut_ptr().add(16), sums[1]);
                }
                let (line, out) = (&mut line[..n_columns], out_row(i));
                if self.epilogue.accumulate {
                    line.iter_mut().zip(out.iter()).for_each(|(sum, out)| *sum += out);
                }
                finish(line, bias, self.epilogue.activation);
                out.copy_from_slice(line);
            }
            ROWS
        }
    }
}
