//! Matrices as column tiles.

use std::arch::x86_64::*;

use rayon::prelude::*;

use super::super::View;
use super::tiles::{DEPTH, SIDE, TILE};
use crate::tensor::buffer::Lines;

/// The parts of `x`, largest first.
fn parts<const PARTS: usize>(mut x: f32) -> [u16; PARTS] {
    std::array::from_fn(|_| {
        let part = half::bf16::from_f32(x);
        x -= part.to_f32();
        part.to_bits()
    })
}

/// Column tiles of 16, each `[inner step][part][inner pair][column][2]`, padded with zeroes.
pub(in super::super) fn pack<const PARTS: usize>(
    n_inner: usize,
    n_columns: usize,
    element: &(impl Fn(usize, usize) -> f32 + Sync),
) -> Lines {
    let (mut panels, column_tile) = room::<PARTS>(n_inner, n_columns);
    let values = panels.as_mut_slice::<u16>();
    values.par_chunks_mut(column_tile.max(1)).enumerate().for_each(|(tile, values)| {
        for (step, values) in values.chunks_exact_mut(PARTS * TILE).enumerate() {
            for inner in step * DEPTH..n_inner.min((step + 1) * DEPTH) {
                for column in tile * SIDE..n_columns.min((tile + 1) * SIDE) {
                    let (k, c) = (inner % DEPTH, column % SIDE);
                    let at = (k / 2) * DEPTH + c * 2 + k % 2;
                    for (part, bits) in parts::<PARTS>(element(inner, column)).iter().enumerate() {
                        values[part * TILE + at] = *bits;
                    }
                }
            }
        }
    });
    panels
}

/// The same of a matrix in memory, on this thread, with vector instructions where one of its axes is contiguous.
pub(in super::super) fn pack_view<const PARTS: usize>(view: View<'_>) -> Lines {
    let (mut panels, column_tile) = room::<PARTS>(view.n_inner, view.n_columns);
    let values = panels.as_mut_slice::<u16>();
    for (tile, values) in values.chunks_exact_mut(column_tile.max(1)).enumerate() {
        let columns = tile * SIDE..view.n_columns.min((tile + 1) * SIDE);
        for (step, values) in values.chunks_exact_mut(PARTS * TILE).enumerate() {
            let inner = step * DEPTH..view.n_inner.min((step + 1) * DEPTH);
            // SAFETY: the vector extensions were seen before this kernel was chosen, and `View::new` has checked that
            // all of the matrix lies in its slice.
            unsafe {
                if view.inner_stride == 1 {
                    columns_tile::<PARTS>(view, inner, columns.clone(), values);
                } else {
                    rows_tile::<PARTS>(view, inner, columns.clone(), values);
                }
            }
        }
    }
    panels
}

fn room<const PARTS: usize>(n_inner: usize, n_columns: usize) -> (Lines, usize) {
    let column_tile = n_inner.div_ceil(DEPTH) * PARTS * TILE;
    (Lines::zeroed::<u16>(n_columns.div_ceil(SIDE) * column_tile), column_tile)
}

/// A tile of a matrix whose columns are contiguous: 32 values of a column become 16 words, one for each pair.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn columns_tile<const PARTS: usize>(
    view: View<'_>,
    inner: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    tile: &mut [u16],
) {
    let mask = ones(inner.len());
    let pairs = _mm512_mullo_epi32(
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
        _mm512_set1_epi32(SIDE as i32),
    );
    for (c, column) in columns.enumerate() {
        let from = view.data.as_ptr().wrapping_add(column * view.column_stride + inner.start);
        // SAFETY: masked-out values are not read; the others lie in the column.
        let (mut low, mut high) = unsafe {
            (
                _mm512_maskz_loadu_ps(mask as u16, from),
                _mm512_maskz_loadu_ps((mask >> 16) as u16, from.wrapping_add(16)),
            )
        };
        for part in 0..PARTS {
            let bits = next_part(&mut low, &mut high);
            let to = tile[part * TILE..(part + 1) * TILE].as_mut_ptr();
            // SAFETY: 16 words, 16 words apart, from word `c` of a tile of 256 words.
            unsafe {
                _mm512_i32scatter_epi32::<4>(to.cast::<i32>().wrapping_add(c), pairs, bits);
            }
        }
    }
}

/// A tile of a matrix whose rows are contiguous, or of any other: two inner indices are interleaved.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn rows_tile<const PARTS: usize>(
    view: View<'_>,
    inner: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    tile: &mut [u16],
) {
    // In memory `low, high` are two rows of 16; interleaved they are 16 pairs.
    let interleave = {
        let order: [u16; 32] = std::array::from_fn(|i| (i / 2 + i % 2 * 16) as u16);
        // SAFETY: 64 plain bytes.
        unsafe { _mm512_loadu_si512(order.as_ptr().cast()) }
    };
    let mask = ones(columns.len()) as u16;
    let row = |k: usize| {
        if k >= inner.end {
            return _mm512_setzero_ps();
        }
        let first = k * view.inner_stride + columns.start * view.column_stride;
        if view.column_stride == 1 {
            // SAFETY: masked-out values are not read; the others lie in the row.
            unsafe { _mm512_maskz_loadu_ps(mask, view.data.as_ptr().wrapping_add(first)) }
        } else {
            let mut line = [0.0_f32; SIDE];
            for (i, value) in line[..columns.len()].iter_mut().enumerate() {
                *value = view.data[first + i * view.column_stride];
            }
            // SAFETY: the line is 16 values.
            unsafe { _mm512_loadu_ps(line.as_ptr()) }
        }
    };
    for pair in 0..SIDE {
        let k = inner.start + 2 * pair;
        if k >= inner.end {
            break;
        }
        let (mut low, mut high) = (row(k), row(k + 1));
        for part in 0..PARTS {
            let bits = _mm512_permutexvar_epi16(interleave, next_part(&mut low, &mut high));
            let to = &mut tile[part * TILE + pair * DEPTH..][..DEPTH];
            // SAFETY: `to` is 32 values long.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), bits) };
        }
    }
}

/// The bfloat16 parts of `low, high`, which keep what is left of them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) fn next_part(low: &mut __m512, high: &mut __m512) -> __m512i {
    let rounded = _mm512_cvtne2ps_pbh(*high, *low);
    // SAFETY: both are 64 plain bytes.
    let bits: __m512i = unsafe { std::mem::transmute(rounded) };
    *low = _mm512_sub_ps(*low, widen(_mm512_castsi512_si256(bits)));
    *high = _mm512_sub_ps(*high, widen(_mm512_extracti64x4_epi64::<1>(bits)));
    bits
}

/// Sixteen bfloat16 numbers as single-precision ones.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen(bits: __m256i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(bits)))
}

/// A mask of the first `count` of 32.
pub(super) fn ones(count: usize) -> u32 {
    ((1_u64 << count) - 1) as u32
}
