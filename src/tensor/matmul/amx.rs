//! The product on AMX tiles, for Intel processors that have them.
//!
//! A tile instruction multiplies bfloat16 numbers (8 significant bits) and sums in single precision, sixteen times as
//! many a cycle as AVX-512. A single-precision number is exactly the sum of three bfloat16 numbers, `x = x₀ + x₁ + x₂`,
//! each 2⁻⁸ or less of the one before; of the nine products of two such sums, the six with `i + j ≤ 2` carry all that
//! single precision can hold. So `Kernel::AmxSplit` spends six tile products on each single-precision one and still
//! takes less than half the time (Henry, Tang, Heinecke 2019, "Leveraging the bfloat16 datatype for higher-precision
//! computations").

use super::super::buffer::Lines;
use super::rows::OutRows;
use super::{Epilogue, Rows, Scratch};

/// Parts of each operand: three make a single-precision number exactly.
pub(super) const SPLIT: usize = 3;
/// Parts of each operand: two keep 16 of its bits; three products matter.
pub(super) const PAIR: usize = 2;
/// Parts of each operand: one is its rounding to bfloat16.
pub(super) const ROUND: usize = 1;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(super) use linux::{is_available, pack, product};

/// AMX needs the operating system's leave, which is asked for on Linux only.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod absent {
    use super::{Epilogue, Lines, OutRows, Rows, Scratch};

    pub(in super::super) fn is_available() -> bool {
        false
    }

    pub(in super::super) fn pack<const PARTS: usize>(
        _: usize,
        _: usize,
        _: &(impl Fn(usize, usize) -> f32 + Sync),
    ) -> Lines {
        unreachable!("no AMX kernel is offered on this platform")
    }

    pub(in super::super) fn product<const PARTS: usize>(
        _: (usize, usize),
        _: &Lines,
        _: Rows<'_>,
        _: OutRows,
        _: Epilogue<'_>,
        _: &mut Scratch,
    ) {
        unreachable!("no AMX kernel is offered on this platform")
    }
}
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(super) use absent::{is_available, pack, product};

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod linux {
    use std::arch::asm;
    use std::arch::x86_64::*;
    use std::sync::LazyLock;

    use rayon::prelude::*;

    use super::super::simd::finish;
    use super::{Epilogue, Lines, OutRows, Rows, Scratch};

    /// Rows of a tile of sums, and columns of it: 16 lines of 16 single-precision numbers.
    const SIDE: usize = 16;
    /// Inner indices that one tile product covers.
    const DEPTH: usize = 32;
    /// bfloat16 numbers in a tile of an operand.
    const TILE: usize = SIDE * DEPTH;
    /// Inner indices taken at once: their parts of the rows of one task fit the second-level cache.
    const INNER_BLOCK: usize = 1024;

    /// Whether the processor has bfloat16 tiles and the system lets this process use them.
    pub(in super::super) fn is_available() -> bool {
        static AVAILABLE: LazyLock<bool> = LazyLock::new(|| {
            /// `arch_prctl` code that asks for a state component (Linux `ARCH_REQ_XCOMP_PERM`).
            const REQUEST_PERMISSION: libc::c_long = 0x1023;
            /// The state component of tile data.
            const TILE_DATA: libc::c_long = 18;
            /// Bits of CPUID leaf 7, EDX: AMX-BF16 and AMX-TILE.
            const BF16_AND_TILE: u32 = (1 << 22) | (1 << 24);
            let vectors = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512bf16");
            vectors
                && __cpuid_count(7, 0).edx & BF16_AND_TILE == BF16_AND_TILE
                // SAFETY: the call takes two numbers and touches no memory of ours.
                && unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) } == 0
        });
        *AVAILABLE
    }

    /// `x` rounded to bfloat16, to nearest even.
    fn round(x: f32) -> u16 {
        half::bf16::from_f32(x).to_bits()
    }

    /// The parts of `x`, largest first.
    fn parts<const PARTS: usize>(mut x: f32) -> [u16; PARTS] {
        std::array::from_fn(|_| {
            let part = half::bf16::from_f32(x);
            x -= part.to_f32();
            round(part.to_f32())
        })
    }

    /// Column tiles of 16, each `[inner step][part][inner pair][column][2]`, padded with zeroes.
    pub(in super::super) fn pack<const PARTS: usize>(
        n_inner: usize,
        n_columns: usize,
        element: &(impl Fn(usize, usize) -> f32 + Sync),
    ) -> Lines {
        let n_steps = n_inner.div_ceil(DEPTH);
        let column_tile = n_steps * PARTS * TILE;
        let mut panels = Lines::zeroed::<u16>(n_columns.div_ceil(SIDE) * column_tile);
        let values = panels.as_mut_slice::<u16>();
        values.par_chunks_mut(column_tile.max(1)).enumerate().for_each(|(tile, values)| {
            for (step, values) in values.chunks_exact_mut(PARTS * TILE).enumerate() {
                for inner in step * DEPTH..n_inner.min((step + 1) * DEPTH) {
                    for column in tile * SIDE..n_columns.min((tile + 1) * SIDE) {
                        let (k, c) = (inner % DEPTH, column % SIDE);
                        let at = (k / 2) * DEPTH + c * 2 + k % 2;
                        for (part, bits) in
                            parts::<PARTS>(element(inner, column)).iter().enumerate()
                        {
                            values[part * TILE + at] = *bits;
                        }
                    }
                }
            }
        });
        panels
    }

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
        configure_tiles();
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
                    let left_at =
                        |tile: usize| left[tile.min(n_row_tiles - 1) * row_tile..].as_ptr();
                    let operands = [left_at(row), left_at(row + 1), at(column), at(column + 1)];
                    // SAFETY: each operand points at `n_steps` steps, and the tiles are configured.
                    unsafe {
                        block.tiles::<PARTS>(operands, n_steps, (row, column), &mut scratch.sums);
                    }
                }
            }
            inner += depth;
        }
        // SAFETY: no tile is in use any more.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }

    /// Eight tiles of 16 rows × 64 bytes.
    fn configure_tiles() {
        #[repr(C, align(64))]
        struct Config {
            palette: u8,
            start_row: u8,
            reserved: [u8; 14],
            bytes_per_row: [u16; 16],
            rows: [u8; 16],
        }
        const ALL: Config = Config {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            bytes_per_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
            rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        // SAFETY: the configuration is valid, and this kernel is chosen only where tiles are available.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &ALL, options(nostack, readonly)) };
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
                let mask = (1_u64 << used).wrapping_sub(1);
                let (low_mask, high_mask) = (mask as u16, (mask >> 16) as u16);
                // SAFETY: masked-out values are not read; the others lie inside the row.
                let (mut low, mut high) = unsafe {
                    let from =
                        rows.data.as_ptr().wrapping_add(row * rows.stride + first + step * DEPTH);
                    let high_from = from.wrapping_add(16);
                    (
                        _mm512_maskz_loadu_ps(low_mask, from),
                        _mm512_maskz_loadu_ps(high_mask, high_from),
                    )
                };
                for part in 0..PARTS {
                    let rounded = _mm512_cvtne2ps_pbh(high, low);
                    // SAFETY: both are 64 plain bytes.
                    let bits: __m512i = unsafe { std::mem::transmute(rounded) };
                    let out = &mut out[part * TILE..part * TILE + DEPTH];
                    // SAFETY: `out` is 32 values long.
                    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), bits) };
                    if part + 1 < PARTS {
                        low = _mm512_sub_ps(low, widen(_mm512_castsi512_si256(bits)));
                        high = _mm512_sub_ps(high, widen(_mm512_extracti64x4_epi64::<1>(bits)));
                    }
                }
            }
        }
    }

    /// Sixteen bfloat16 numbers as single-precision ones.
    #[target_feature(enable = "avx512f")]
    fn widen(bits: __m256i) -> __m512 {
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(bits)))
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
                let bias =
                    self.epilogue.bias.map(|bias| &bias[first_column..first_column + n_columns]);
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
        activation: super::super::Activation,
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

    /// Tiles 0 to 3 become the sums so far: what is at `place`, or zero.
    ///
    /// # Safety
    /// `place` holds 32 rows of 32 values, `stride` apart; tiles are configured.
    #[inline(always)]
    unsafe fn begin((place, stride): (*mut f32, usize), resume: bool) {
        if resume {
            let below = place.wrapping_add(SIDE * stride);
            // SAFETY: promised by the caller.
            unsafe {
                asm!(
                    "tileloadd tmm0, [{top} + {stride}*1]",
                    "tileloadd tmm1, [{top} + {stride}*1 + 64]",
                    "tileloadd tmm2, [{below} + {stride}*1]",
                    "tileloadd tmm3, [{below} + {stride}*1 + 64]",
                    top = in(reg) place, below = in(reg) below, stride = in(reg) stride * 4,
                    options(nostack, readonly),
                );
            }
        } else {
            // SAFETY: tiles are configured.
            unsafe {
                asm!(
                    "tilezero tmm0",
                    "tilezero tmm1",
                    "tilezero tmm2",
                    "tilezero tmm3",
                    options(nostack, nomem)
                );
            }
        }
    }

    /// Writes tiles 0 to 3 to `place`.
    ///
    /// # Safety
    /// As [`begin`].
    #[inline(always)]
    unsafe fn end((place, stride): (*mut f32, usize)) {
        let below = place.wrapping_add(SIDE * stride);
        // SAFETY: promised by the caller.
        unsafe {
            asm!(
                "tilestored [{top} + {stride}*1], tmm0",
                "tilestored [{top} + {stride}*1 + 64], tmm1",
                "tilestored [{below} + {stride}*1], tmm2",
                "tilestored [{below} + {stride}*1 + 64], tmm3",
                top = in(reg) place, below = in(reg) below, stride = in(reg) stride * 4,
                options(nostack),
            );
        }
    }

    /// Adds `n_steps` tile products to tiles 0 to 3, smallest parts first.
    ///
    /// # Safety
    /// Each operand points at `n_steps · PARTS` tiles.
    #[inline(always)]
    unsafe fn multiply<const PARTS: usize>(operands: [*const u16; 4], n_steps: usize) {
        let [mut a0, mut a1, mut b0, mut b1] = operands;
        for _ in 0..n_steps {
            // Between two products only one operand changes, so 14 tile loads serve 24 tile products.
            if PARTS == super::SPLIT {
                // SAFETY: promised by the caller.
                unsafe {
                    asm!(
                        "tileloadd tmm4, [{a0} + {line}*1]",
                        "tileloadd tmm6, [{b0} + {line}*1 + 2048]",
                        "tileloadd tmm5, [{a1} + {line}*1]",
                        "tileloadd tmm7, [{b1} + {line}*1 + 2048]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm6, [{b0} + {line}*1 + 1024]",
                        "tileloadd tmm7, [{b1} + {line}*1 + 1024]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm4, [{a0} + {line}*1 + 1024]",
                        "tileloadd tmm5, [{a1} + {line}*1 + 1024]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm6, [{b0} + {line}*1]",
                        "tileloadd tmm7, [{b1} + {line}*1]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm4, [{a0} + {line}*1 + 2048]",
                        "tileloadd tmm5, [{a1} + {line}*1 + 2048]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm4, [{a0} + {line}*1]",
                        "tileloadd tmm5, [{a1} + {line}*1]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        a0 = in(reg) a0, a1 = in(reg) a1, b0 = in(reg) b0, b1 = in(reg) b1,
                        line = in(reg) 64_usize,
                        options(nostack, readonly),
                    );
                }
            } else if PARTS == super::PAIR {
                // SAFETY: promised by the caller.
                unsafe {
                    asm!(
                        "tileloadd tmm4, [{a0} + {line}*1]",
                        "tileloadd tmm6, [{b0} + {line}*1 + 1024]",
                        "tileloadd tmm5, [{a1} + {line}*1]",
                        "tileloadd tmm7, [{b1} + {line}*1 + 1024]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm6, [{b0} + {line}*1]",
                        "tileloadd tmm7, [{b1} + {line}*1]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "tileloadd tmm4, [{a0} + {line}*1 + 1024]",
                        "tileloadd tmm5, [{a1} + {line}*1 + 1024]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        a0 = in(reg) a0, a1 = in(reg) a1, b0 = in(reg) b0, b1 = in(reg) b1,
                        line = in(reg) 64_usize,
                        options(nostack, readonly),
                    );
                }
            } else {
                // SAFETY: promised by the caller.
                unsafe {
                    asm!(
                        "tileloadd tmm4, [{a0} + {line}*1]",
                        "tileloadd tmm6, [{b0} + {line}*1]",
                        "tileloadd tmm7, [{b1} + {line}*1]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "tileloadd tmm5, [{a1} + {line}*1]",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        a0 = in(reg) a0, a1 = in(reg) a1, b0 = in(reg) b0, b1 = in(reg) b1,
                        line = in(reg) 64_usize,
                        options(nostack, readonly),
                    );
                }
            }
            let step = PARTS * TILE;
            (a0, a1) = (a0.wrapping_add(step), a1.wrapping_add(step));
            (b0, b1) = (b0.wrapping_add(step), b1.wrapping_add(step));
        }
    }
}
