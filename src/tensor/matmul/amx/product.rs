//! The product over blocks of tiles.

use std::arch::x86_64::*;

use super::super::rows::OutRows;
use super::super::simd::finish;
use super::super::{Activation, Epilogue, Rows, Scratch};
use super::pack::{next_part, ones};
use super::tiles::{DEPTH, SIDE, TILE, begin, configure, end, multiply, release};
use crate::tensor::buffer::Lines;

/// Inner indices taken at once: their parts of the rows of one task fit the second-level cache.
const INNER_BLOCK: usize = 1024;

/// `out = act(rows · W + bias (+ out))` on this thread.
pub(in super::super) fn product<const PARTS: usize>(
    (n_inner, n_columns): (usize, usize),
    panels: &Lines,
    rows: Rows<'_>,
    out: OutRows,
    epilogue: Epilogue<'_>,
    scratch: &mut Scratch,
) {
    let panels = panels.as_slice::<u16>();
    let column_tile = n_inner.div_ceil(DEPTH) * PARTS * TILE;
    let n_row_tiles = rows.count.div_ceil(SIDE);
    let n_column_tiles = n_columns.div_ceil(SIDE);
    configure();
    let mut inner = 0;
    while inner < n_inner {
        let depth = INNER_BLOCK.min(n_inner - inner);
        let n_steps = depth.div_ceil(DEPTH);
        let row_tile = n_steps * PARTS * TILE;
        scratch.left.reserve::<u16>(n_row_tiles * row_tile);
        let left = scratch.left.as_mut_slice::<u16>();
        // SAFETY: `is_available` saw the vector extensions, or this kernel would not have been chosen.
        unsafe { split_rows::<PARTS>(rows, inner, depth, left) };
        let block = Block {
            resume: inner > 0 || epilogue.accumulate,
            last: inner + depth == n_inner,
            out,
            epilogue,
            n_rows: rows.count,
            n_columns,
        };
        for column in (0..n_column_tiles).step_by(2) {
            let at = |tile: usize| {
                let tile = tile.min(n_column_tiles - 1);
                panels[tile * column_tile + inner / DEPTH * PARTS * TILE..].as_ptr()
            };
            for row in (0..n_row_tiles).step_by(2) {
                let left_at = |tile: usize| left[tile.min(n_row_tiles - 1) * row_tile..].as_ptr();
                let operands = [left_at(row), left_at(row + 1), at(column), at(column + 1)];
                // SAFETY: each operand points at `n_steps` steps, and the tiles are configured.
                unsafe {
                    block.tiles::<PARTS>(operands, n_steps, (row, column), &mut scratch.sums);
                }
            }
        }
        inner += depth;
    }
    release();
}

/// Writes inner indices `first..first + depth` of all rows as row tiles `[inner step][part][row][32]`.
///
/// What pads the last tile is zero, so that it meets the zeroes of the packed matrix without making a NaN.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn split_rows<const PARTS: usize>(
    rows: Rows<'_>,
    first: usize,
    depth: usize,
    left: &mut [u16],
) {
    let n_steps = depth.div_ceil(DEPTH);
    let row_tile = n_steps * PARTS * TILE;
    for row in 0..rows.count.next_multiple_of(SIDE) {
        let tile = &mut left[row / SIDE * row_tile..][..row_tile];
        for step in 0..n_steps {
            let out = &mut tile[step * PARTS * TILE + row % SIDE * DEPTH..];
            let used = if row < rows.count { DEPTH.min(depth - step * DEPTH) } else { 0 };
            let mask = ones(used);
            let (low_mask, high_mask) = (mask as u16, (mask >> 16) as u16);
            // SAFETY: masked-out values are not read; the others lie inside the row.
            let (mut low, mut high) = unsafe {
                let from =
                    rows.data.as_ptr().wrapping_add(row * rows.stride + first + step * DEPTH);
                let high_from = from.wrapping_add(16);
                (_mm512_maskz_loadu_ps(low_mask, from), _mm512_maskz_loadu_ps(high_mask, high_from))
            };
            for part in 0..PARTS {
                let bits = next_part(&mut low, &mut high);
                let out = &mut out[part * TILE..part * TILE + DEPTH];
                // SAFETY: `out` is 32 values long.
                unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), bits) };
            }
        }
    }
}

/// Products over one stretch of the inner axis.
struct Block<'a> {
    resume: bool,
    last: bool,
    out: OutRows,
    epilogue: Epilogue<'a>,
    n_rows: usize,
    n_columns: usize,
}

impl Block<'_> {
    /// Two row tiles by two column tiles of sums, from `operands` = rows, rows, columns, columns.
    ///
    /// # Safety
    /// Each operand points at `n_steps · PARTS` tiles; the tiles are configured; this task owns the output rows.
    unsafe fn tiles<const PARTS: usize>(
        &self,
        operands: [*const u16; 4],
        n_steps: usize,
        (row, column): (usize, usize),
        sums: &mut Lines,
    ) {
        let (first_row, first_column) = (row * SIDE, column * SIDE);
        let n_rows = (2 * SIDE).min(self.n_rows - first_row);
        let n_columns = (2 * SIDE).min(self.n_columns - first_column);
        let out_row = |i: usize| {
            let at = self.out.offset + (first_row + i) * self.out.stride + first_column;
            // SAFETY: the row exists and belongs to this task.
            unsafe { self.out.target.slice(at, n_columns) }
        };
        let sums = sums.as_mut_slice::<f32>();
        let in_scratch = (sums.as_mut_ptr(), 2 * SIDE);
        // Whole blocks of sums that are not finished live in the output; all others pass through the scratch.
        let in_place = if n_rows == 2 * SIDE && n_columns == 2 * SIDE {
            let at = self.out.offset + first_row * self.out.stride + first_column;
            // SAFETY: all 32 × 32 values exist.
            Some((unsafe { self.out.target.at(at) }, self.out.stride))
        } else {
            None
        };
        if self.resume && in_place.is_none() {
            for i in 0..n_rows {
                sums[i * 2 * SIDE..][..n_columns].copy_from_slice(out_row(i));
            }
        }
        let from = in_place.unwrap_or(in_scratch);
        let to = if self.last { in_scratch } else { from };
        // SAFETY: both places hold 32 rows of 32 values; the operands are promised by the caller.
        unsafe {
            begin(from, self.resume);
            multiply::<PARTS>(operands, n_steps);
            end(to);
        }
        if self.last {
            let bias = self.epilogue.bias.map(|bias| &bias[first_column..first_column + n_columns]);
            // SAFETY: the vector extension was seen.
            unsafe { finish_block(sums, bias, self.epilogue.activation, n_rows, out_row) };
        } else if in_place.is_none() {
            for i in 0..n_rows {
                out_row(i).copy_from_slice(&sums[i * 2 * SIDE..][..n_columns]);
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
unsafe fn finish_block<'a>(
    sums: &mut [f32],
    bias: Option<&[f32]>,
    activation: Activation,
    n_rows: usize,
    out_row: impl Fn(usize) -> &'a mut [f32],
) {
    for (i, sums) in sums.chunks_exact_mut(2 * SIDE).take(n_rows).enumerate() {
        let out = out_row(i);
        let sums = &mut sums[..out.len()];
        finish(sums, bias, activation);
        // A loop, which becomes two vector stores; a copy would become a call.
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = *sum);
    }
}
