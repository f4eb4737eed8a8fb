//! Values of contiguous operands in main memory.

use candle_core::backend::BackendStorage as _;
use candle_core::{CpuStorage, Layout, Result};

/// The values of an operand, which must be contiguous `f32`.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(values) = storage else {
        candle_core::bail!("expected f32 values, found {:?}", storage.dtype());
    };
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("expected contiguous values, found strides {:?}", layout.stride());
    };
    Ok(&values[start..end])
}
