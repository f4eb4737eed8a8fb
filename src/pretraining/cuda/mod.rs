//! The door to CUDA: a device whose work keeps one order, and kernels of our own beside candle's.

use std::sync::OnceLock;

use candle_core::backend::BackendStorage as _;
use candle_core::cuda_backend::WrapErr as _;
use candle_core::cuda_backend::cudarc::driver::{
    CudaView, LaunchArgs, LaunchConfig, PushKernelArg as _, result, sys,
};
use candle_core::cuda_backend::cudarc::nvrtc;
use candle_core::{CudaStorage, Device, Layout, Result, Shape};

/// Threads of a block where each thread makes one value.
pub(super) const BLOCK: usize = 256;
/// The name that the kernels are kept under.
const MODULE: &str = "pecmae_pretraining";

/// The first NVIDIA GPU.
///
/// # Errors
/// There is none, or its driver is missing or too old.
pub fn open() -> Result<Device> {
    let device = Device::new_cuda_with_stream(0)?;
    if let Device::Cuda(cuda) = &device {
        // SAFETY: everything runs on the one stream that this device holds, from whatever thread, so that its own order is enough.
        unsafe { cuda.disable_event_tracking() };
        let context = cuda.cuda_stream().context().cu_device();
        let mut kept = u64::MAX;
        // Memory given back stays with the pool: else every wait for a number would hand it to the driver, and the next step asks for
        // all of it again.
        // SAFETY: the device is open, and the attribute is a 64-bit number that is only read.
        unsafe {
            let pool = result::device::get_default_mem_pool(context).w()?;
            let attribute = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
            result::mem_pool::set_attribute(pool, attribute, (&raw mut kept).cast()).w()?;
        }
    }
    Ok(device)
}

/// The values of an operand, which must be contiguous `f32`.
pub(super) fn values<'a>(storage: &'a CudaStorage, layout: &Layout) -> Result<CudaView<'a, f32>> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("expected contiguous values, found strides {:?}", layout.stride());
    };
    Ok(storage.as_cuda_slice::<f32>()?.slice(start..end))
}

/// A number that a kernel is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    /// A count or a size; what is larger than a kernel counts is told as the largest.
    Int(usize),
    /// A real number.
    Float(f32),
}

/// Runs a kernel whose arguments are `inputs`, the output, then `numbers`, where `beside` lies; returns the output, every value of
/// which the kernel must write.
pub(super) fn launch(
    beside: &CudaStorage,
    name: &str,
    inputs: &[CudaView<'_, f32>],
    shape: impl Into<Shape>,
    config: LaunchConfig,
    numbers: &[Number],
) -> Result<(CudaStorage, Shape)> {
    let (shape, device) = (shape.into(), beside.device());
    let function = device.get_or_load_custom_func(name, MODULE, compiled()?)?;
    // SAFETY: the kernel writes every value before anything reads it.
    let mut output = unsafe { device.alloc::<f32>(shape.elem_count()) }?;
    if shape.elem_count() > i32::MAX as usize {
        candle_core::bail!(
            "{name} makes {shape:?}, more values than a kernel counts; take a smaller batch"
        );
    }
    let counts = numbers.iter().map(|number| match number {
        Number::Int(n) => i32::try_from(*n).unwrap_or(i32::MAX),
        Number::Float(_) => 0,
    });
    let counts: Vec<i32> = counts.collect();
    let mut arguments: LaunchArgs<'_> = function.builder();
    for input in inputs {
        arguments.arg(input);
    }
    arguments.arg(&mut output);
    for (number, count) in numbers.iter().zip(&counts) {
        match number {
            Number::Int(_) => arguments.arg(count),
            Number::Float(number) => arguments.arg(number),
        };
    }
    if shape.elem_count() > 0 {
        // SAFETY: arguments are those of the kernel of that name, in their order, and their sizes were checked by the caller.
        unsafe { arguments.launch(config) }.w()?;
    }
    Ok((CudaStorage::wrap_cuda_slice(output, device.clone()), shape))
}

/// One thread a value.
pub(super) fn one_each(n_values: usize) -> LaunchConfig {
    LaunchConfig {
        grid_dim: (n_values.div_ceil(BLOCK).max(1) as u32, 1, 1),
        block_dim: (BLOCK as u32, 1, 1),
        shared_mem_bytes: 0,
    }
}

/// One warp a row.
pub(super) fn warp_each(n_rows: usize) -> LaunchConfig {
    const ROWS: u32 = 4;
    LaunchConfig {
        grid_dim: (n_rows.div_ceil(ROWS as usize).max(1) as u32, 1, 1),
        block_dim: (32, ROWS, 1),
        shared_mem_bytes: 0,
    }
}

/// One block each, of so many threads that share so many numbers.
pub(super) fn block_each(n_blocks: usize, n_threads: usize, n_shared: usize) -> LaunchConfig {
    LaunchConfig {
        grid_dim: (n_blocks.max(1) as u32, 1, 1),
        block_dim: (n_threads as u32, 1, 1),
        shared_mem_bytes: (n_shared * size_of::<f32>()) as u32,
    }
}

/// The kernels for whatever GPU there is, compiled when first asked for.
fn compiled() -> Result<&'static str> {
    static COMPILED: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let compile = || {
        let compiled = nvrtc::compile_ptx(include_str!("kernels.cu"));
        compiled.map(|ptx| ptx.to_src()).map_err(|error| error.to_string())
    };
    match COMPILED.get_or_init(compile) {
        Ok(ptx) => Ok(ptx),
        Err(error) => candle_core::bail!("the CUDA compiler refuses the kernels: {error}"),
    }
}

#[cfg(test)]
mod tests;
