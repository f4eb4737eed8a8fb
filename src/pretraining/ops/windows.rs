//! Overlapping windows of a signal as rows of a matrix, and their sum back into a signal: with them a convolution is a
//! matrix product, and a transposed convolution another.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::values::values;
#[cfg(feature = "cuda")]
use crate::pretraining::cuda::{self, Number::Int};
use crate::tensor::Padding;

/// How a signal is cut: which frame stands at each place of each window.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Cut {
    n_frames: usize,
    n_windows: usize,
    kernel: usize,
    stride: usize,
    edge: Edge,
}

/// What stands where the signal has no frame.
#[derive(Debug, Clone, Copy)]
enum Edge {
    /// Causal padding in reflect mode.
    Reflect(Padding),
    /// Nothing before the signal, zeros after it.
    Zero,
}

impl Cut {
    /// As SEANet's convolutions cut: reflected on the left, so that a window ends at the frame it stands for.
    pub(in super::super) fn causal(n_frames: usize, kernel: usize, stride: usize) -> Self {
        let padding = Padding::new(n_frames, kernel, stride);
        Self {
            n_frames,
            n_windows: padding.n_windows,
            kernel,
            stride,
            edge: Edge::Reflect(padding),
        }
    }

    /// The whole windows of a signal and no more.
    pub(in super::super) fn whole(n_frames: usize, kernel: usize, stride: usize) -> Self {
        let n_windows = if n_frames < kernel { 0 } else { 1 + (n_frames - kernel) / stride };
        Self { n_frames, n_windows, kernel, stride, edge: Edge::Zero }
    }

    /// As SEANet's transposed convolutions lay windows: one every `stride` frames, what reaches past the end is trimmed.
    pub(in super::super) fn trimmed(n_windows: usize, kernel: usize, stride: usize) -> Self {
        Self { n_frames: n_windows * stride, n_windows, kernel, stride, edge: Edge::Zero }
    }

    /// Frames of a signal of so many channels; windows, and values of each.
    #[cfg(all(test, feature = "cuda"))]
    pub(in super::super) fn shapes(&self, n_channels: usize) -> (usize, (usize, usize)) {
        (self.n_frames, (self.n_windows, self.kernel * n_channels))
    }

    pub(super) fn n_frames(&self) -> usize {
        self.n_frames
    }

    pub(super) fn n_windows(&self) -> usize {
        self.n_windows
    }

    pub(super) fn kernel(&self) -> usize {
        self.kernel
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Frames that the windows cover, padding included.
    pub(super) fn n_padded(&self) -> usize {
        self.n_windows.checked_sub(1).map_or(0, |last| last * self.stride + self.kernel)
    }

    /// From where to where in the padded signal the signal itself lies, as far as windows cover it.
    pub(super) fn inside(&self) -> (usize, usize) {
        let left = match &self.edge {
            Edge::Reflect(padding) => padding.left(),
            Edge::Zero => 0,
        };
        (left, (left + self.n_frames).min(self.n_padded()))
    }

    /// Which frame stands at a place of the padded signal.
    pub(super) fn frame_at(&self, padded: usize) -> Option<usize> {
        match &self.edge {
            Edge::Reflect(padding) => padding.source(padded),
            Edge::Zero => Some(padded).filter(|at| *at < self.n_frames),
        }
    }

    /// Which frame stands at place `k` of window `w`.
    fn source(&self, w: usize, k: usize) -> Option<usize> {
        self.frame_at(w * self.stride + k)
    }

    /// The first frame of window `w`, if all its frames stand in a row in the signal.
    fn in_a_row(&self, w: usize) -> Option<usize> {
        let first = self.source(w, 0)?;
        let last = self.source(w, self.kernel - 1)?;
        let left = match &self.edge {
            Edge::Reflect(padding) => padding.left(),
            Edge::Zero => 0,
        };
        (first + left == w * self.stride && last + 1 == first + self.kernel).then_some(first)
    }

    /// For each place of each window, calls `each(offset in the windows, offset in the signal, number of values)`.
    fn runs(&self, n_channels: usize, mut each: impl FnMut(usize, usize, usize)) {
        let width = self.kernel * n_channels;
        for w in 0..self.n_windows {
            match self.in_a_row(w) {
                Some(first) => each(w * width, first * n_channels, width),
                None => (0..self.kernel).filter_map(|k| Some((k, self.source(w, k)?))).for_each(
                    |(k, frame)| {
                        each(w * width + k * n_channels, frame * n_channels, n_channels);
                    },
                ),
            }
        }
    }

    /// What the kernels ask: `n` values of so many channels, and how padding mirrors.
    #[cfg(feature = "cuda")]
    fn numbers(&self, n: usize, n_channels: usize) -> [cuda::Number; 8] {
        let Self { n_frames, n_windows, kernel, stride, .. } = *self;
        let (left, last) = match &self.edge {
            Edge::Reflect(padding) => (padding.left(), padding.last()),
            // Beyond what a kernel counts: nothing is mirrored.
            Edge::Zero => (0, usize::MAX),
        };
        let [frames, channels, windows] = [n_frames, n_channels, n_windows].map(Int);
        let [kernel, stride, left, last] = [kernel, stride, left, last].map(Int);
        [Int(n), frames, channels, windows, kernel, stride, left, last]
    }
}

/// The windows of a signal.
///
/// # Shapes
/// - `x`: `[batch, frame, channel]`; returns: `[batch, window, kernel · channel]`
///
/// # Errors
/// `x` has another number of frames, or the device fails.
pub(in super::super) fn windows(x: &Tensor, cut: Cut) -> Result<Tensor> {
    let n_frames = x.dim(1)?;
    if n_frames != cut.n_frames {
        candle_core::bail!("expected {} frames, found {n_frames}", cut.n_frames);
    }
    x.contiguous()?.apply_op1(Windows(cut))
}

/// The signal that windows sum to: the adjoint of [`windows`].
///
/// # Shapes
/// - `x`: `[batch, window, kernel · channel]`; returns: `[batch, frame, channel]`
///
/// # Errors
/// `x` has another number of windows, or the device fails.
pub(in super::super) fn overlap(x: &Tensor, cut: Cut) -> Result<Tensor> {
    let (_, n_windows, width) = x.dims3()?;
    if n_windows != cut.n_windows || !width.is_multiple_of(cut.kernel) {
        candle_core::bail!("expected {} windows of {} frames", cut.n_windows, cut.kernel);
    }
    x.contiguous()?.apply_op1(Overlap(cut))
}

struct Windows(Cut);

struct Overlap(Cut);

impl CustomOp1 for Windows {
    fn name(&self) -> &'static str {
        "windows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_items, n_frames, n_channels) = layout.shape().dims3()?;
        let cut = &self.0;
        let n_values = cut.n_windows * cut.kernel * n_channels;
        let signal = values(storage, layout)?;
        let mut windows = vec![0.0_f32; n_items * n_values];
        let items = windows.par_chunks_mut(n_values.max(1));
        items.zip(signal.par_chunks(n_frames * n_channels)).for_each(|(windows, signal)| {
            cut.runs(n_channels, |at, from, n| {
                windows[at..at + n].copy_from_slice(&signal[from..from + n]);
            });
        });
        let shape = Shape::from((n_items, cut.n_windows, cut.kernel * n_channels));
        Ok((CpuStorage::F32(windows), shape))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (n_items, _, n_channels) = layout.shape().dims3()?;
        let shape = (n_items, self.0.n_windows, self.0.kernel * n_channels);
        let n = n_items * self.0.n_windows * self.0.kernel * n_channels;
        let (inputs, numbers) = ([cuda::values(x, layout)?], self.0.numbers(n, n_channels));
        cuda::launch(x, "windows", &inputs, shape, cuda::one_each(n), &numbers)
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        overlap(gradient, self.0).map(Some)
    }
}

impl CustomOp1 for Overlap {
    fn name(&self) -> &'static str {
        "overlap"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_items, n_windows, width) = layout.shape().dims3()?;
        let cut = &self.0;
        let n_channels = width / cut.kernel;
        let windows = values(storage, layout)?;
        let mut signal = vec![0.0_f32; n_items * cut.n_frames * n_channels];
        let items = signal.par_chunks_mut((cut.n_frames * n_channels).max(1));
        items.zip(windows.par_chunks((n_windows * width).max(1))).for_each(|(signal, windows)| {
            cut.runs(n_channels, |at, to, n| {
                let sums = signal[to..to + n].iter_mut();
                sums.zip(&windows[at..at + n]).for_each(|(sum, x)| *sum += x);
            });
        });
        Ok((CpuStorage::F32(signal), Shape::from((n_items, cut.n_frames, n_channels))))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (n_items, _, width) = layout.shape().dims3()?;
        let n_channels = width / self.0.kernel;
        let shape = (n_items, self.0.n_frames, n_channels);
        let n = n_items * self.0.n_frames * n_channels;
        let (inputs, numbers) = ([cuda::values(x, layout)?], self.0.numbers(n, n_channels));
        cuda::launch(x, "overlap", &inputs, shape, cuda::one_each(n), &numbers)
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        windows(gradient, self.0).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;

    fn cuts() -> [Cut; 6] {
        [
            Cut::causal(9, 4, 2),
            Cut::causal(7, 7, 1),
            Cut::causal(3, 7, 1),
            Cut::causal(5, 1, 1),
            Cut::whole(10, 4, 3),
            Cut::trimmed(4, 6, 3),
        ]
    }

    #[test]
    fn gradients_are_those_of_the_functions() -> Result<()> {
        for cut in cuts() {
            check(&[&[2, cut.n_frames, 3]], |x| windows(&x[0], cut))?;
            check(&[&[2, cut.n_windows, 3 * cut.kernel]], |x| overlap(&x[0], cut))?;
        }
        Ok(())
    }
}
