//! The tile instructions, which stable Rust has no functions for.
//!
//! Tiles 0 to 3 hold sums of two row tiles by two column tiles; 4 to 7 hold operands. The compiler never touches tile
//! registers, so they keep their contents from one `asm!` block to the next.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::sync::LazyLock;

use super::{PAIR, SPLIT};

/// Rows of a tile of sums, and columns of it: 16 lines of 16 single-precision numbers.
pub(super) const SIDE: usize = 16;
/// Inner indices that one tile product covers.
pub(super) const DEPTH: usize = 32;
/// bfloat16 numbers in a tile of an operand.
pub(super) const TILE: usize = SIDE * DEPTH;
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

/// Eight tiles of 16 rows × 64 bytes.
pub(super) fn configure() {
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

/// Gives the tiles up, so that the system need not save them.
pub(super) fn release() {
    // SAFETY: no tile is in use any more.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Tiles 0 to 3 become the sums so far: what is at `place`, or zero.
///
/// # Safety
/// `place` holds 32 rows of 32 values, `stride` apart; tiles are configured.
#[inline(always)]
pub(super) unsafe fn begin((place, stride): (*mut f32, usize), resume: bool) {
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
pub(super) unsafe fn end((place, stride): (*mut f32, usize)) {
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
pub(super) unsafe fn multiply<const PARTS: usize>(operands: [*const u16; 4], n_steps: usize) {
    let [mut a0, mut a1, mut b0, mut b1] = operands;
    for _ in 0..n_steps {
        // Between two products only one operand changes, so 14 tile loads serve 24 tile products.
        if PARTS == SPLIT {
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
        } else if PARTS == PAIR {
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
