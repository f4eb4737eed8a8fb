//! The product on AMX tiles, for Intel processors that have them.
//!
//! A tile instruction multiplies bfloat16 numbers (8 significant bits) and sums in single precision, sixteen times as
//! many a cycle as AVX-512. A single-precision number is exactly the sum of three bfloat16 numbers, `x = x₀ + x₁ + x₂`,
//! each 2⁻⁸ or less of the one before; of the nine products of two such sums, the six with `i + j ≤ 2` carry all that
//! single precision can hold. So `Kernel::AmxSplit` spends six tile products on each single-precision one and still
//! takes less than half the time (Henry, Tang, Heinecke 2019, "Leveraging the bfloat16 datatype for higher-precision
//! computations").

/// Parts of each operand: three make a single-precision number exactly.
pub(super) const SPLIT: usize = 3;
/// Parts of each operand: two keep 16 of its bits; three products matter.
pub(super) const PAIR: usize = 2;
/// Parts of each operand: one is its rounding to bfloat16.
pub(super) const ROUND: usize = 1;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(super) use {
    pack::{pack, pack_view},
    product::product,
    tiles::is_available,
};

/// AMX needs the operating system's leave, which is asked for on Linux only.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod absent {
    use super::super::rows::OutRows;
    use super::super::{Epilogue, Rows, Scratch, View};
    use crate::tensor::buffer::Lines;

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

    pub(in super::super) fn pack_view<const PARTS: usize>(_: View<'_>) -> Lines {
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
pub(super) use absent::{is_available, pack, pack_view, product};

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod pack;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod product;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod tiles;
