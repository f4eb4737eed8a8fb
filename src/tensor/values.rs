//! The values of a candle tensor, in place.

use candle_core::{CpuStorage, Result, Storage, Tensor};

/// Calls `f` with the values of `x` in row-major order, copying only if they lie otherwise.
///
/// # Errors
/// `x` does not hold `f32` in main memory, or `f` fails.
pub(crate) fn with_values<T>(x: &Tensor, f: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let x = x.contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    let Storage::Cpu(CpuStorage::F32(values)) = &*storage else {
        candle_core::bail!(
            "expected f32 values in main memory, found {:?} on {:?}",
            x.dtype(),
            x.device()
        )
    };
    f(&values[layout.start_offset()..][..x.elem_count()])
}
