//! Convolutions over channels-last signals, as matrix products whose rows overlap.
//!
//! In a signal `[frame, channel]` the window of a convolution is one contiguous run of `kernel · channels` values, and
//! the next window starts `stride · channels` later: the signal itself is the left operand, nothing is copied. A
//! transposed convolution whose kernel is twice its stride reads two neighbouring frames and writes `stride` new ones,
//! which again lie side by side.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::buffer::{Output, Target};
use super::elementary::elu;
use super::matmul::{Activation, Epilogue, Kernel, OutRows, PackedMatrix, Rows};
use super::padding::Padding;
use super::values::with_values;
use super::wide::{Wide, wide};

/// Values that a task's share of a signal may hold: half of a small second-level cache.
const VALUES_PER_TASK: usize = 1 << 16;

/// Cuts `n_items` signals of `n_frames` into tasks of about `VALUES_PER_TASK` values and runs them.
fn for_each_block(
    n_items: usize,
    n_frames: usize,
    values_per_frame: usize,
    task: impl Fn(usize, usize, usize, &mut Workspace) + Sync,
) {
    let block = (VALUES_PER_TASK / values_per_frame).next_multiple_of(32).clamp(32, 4096);
    let n_blocks = n_frames.div_ceil(block);
    (0..n_items * n_blocks).into_par_iter().for_each_init(Workspace::default, |workspace, i| {
        let first = (i % n_blocks) * block;
        task(i / n_blocks, first, block.min(n_frames - first), workspace);
    });
}

/// Memory that one thread keeps from task to task.
#[derive(Default)]
struct Workspace {
    edge: Vec<f32>,
    active: Vec<f32>,
    hidden: Vec<f32>,
}

/// Causal strided convolution with reflected edges.
#[derive(Debug)]
pub struct Conv1d {
    weight: PackedMatrix,
    bias: Vec<f32>,
    kernel: usize,
    stride: usize,
}

impl Conv1d {
    /// # Shapes
    /// - `weight`: `[channel out, channel in, kernel]` in row-major order; `bias`: `[channel out]`
    pub fn new(
        product: Kernel,
        weight: &[f32],
        [n_out, n_in, kernel]: [usize; 3],
        bias: &[f32],
        stride: usize,
    ) -> Self {
        let element =
            |inner: usize, out: usize| weight[(out * n_in + inner % n_in) * kernel + inner / n_in];
        let weight = PackedMatrix::pack(product, kernel * n_in, n_out, element);
        Self { weight, bias: bias.to_vec(), kernel, stride }
    }

    /// Number of output channels.
    pub fn n_channels_out(&self) -> usize {
        self.weight.n_columns()
    }

    fn n_channels_in(&self) -> usize {
        self.weight.n_inner() / self.kernel
    }

    /// # Shapes
    /// - `x`: `[batch, frame, channel in]`; returns: `[batch, ⌈frame / stride⌉, channel out]`
    ///
    /// # Errors
    /// The shape of `x` is another, or it is no `f32` tensor in main memory.
    pub fn forward(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        let (n_items, n_frames) = signal_shape(x, self.n_channels_in())?;
        let padding = Padding::new(n_frames, self.kernel, self.stride);
        let n_out = self.weight.n_columns();
        let mut output = Output::new(n_items * padding.n_windows * n_out);
        let target = output.target();
        with_values(x, |values| {
            let n_in = self.n_channels_in();
            let per_frame = n_in * self.stride + n_out;
            for_each_block(
                n_items,
                padding.n_windows,
                per_frame,
                |item, first, count, workspace| {
                    let signal = &values[item * n_frames * n_in..][..n_frames * n_in];
                    let needed = (first * self.stride, (count - 1) * self.stride + self.kernel);
                    let data = padding.frames(signal, n_in, needed, &mut workspace.edge);
                    let rows = Rows { data, stride: self.stride * n_in, count };
                    let offset = (item * padding.n_windows + first) * n_out;
                    let out = OutRows { target, offset, stride: n_out };
                    let epilogue =
                        Epilogue { bias: Some(&self.bias), activation, accumulate: false };
                    self.weight.product_here(rows, out, epilogue);
                },
            );
            Ok(())
        })?;
        // SAFETY: the blocks cover every window.
        let values = unsafe { output.finish() };
        Tensor::from_vec(values, (n_items, padding.n_windows, n_out), x.device())
    }
}

/// Transposed convolution whose kernel is twice its stride; the last `stride` samples, which look ahead, are trimmed.
#[derive(Debug)]
pub struct ConvTranspose1d {
    weight: PackedMatrix,
    bias: Vec<f32>,
    stride: usize,
}

impl ConvTranspose1d {
    /// # Shapes
    /// - `weight`: `[channel in, channel out, 2 · stride]` in row-major order; `bias`: `[channel out]`
    pub fn new(
        product: Kernel,
        weight: &[f32],
        [n_in, n_out, kernel]: [usize; 3],
        bias: &[f32],
    ) -> Self {
        let stride = kernel / 2;
        // Output frame t · stride + j sums x[t] · w[j] and x[t − 1] · w[stride + j]; a row is (x[t − 1], x[t]).
        let element = |inner: usize, column: usize| {
            let (earlier, channel) = (inner < n_in, inner % n_in);
            let tap = column / n_out + if earlier { stride } else { 0 };
            weight[(channel * n_out + column % n_out) * kernel + tap]
        };
        let weight = PackedMatrix::pack(product, 2 * n_in, stride * n_out, element);
        Self { weight, bias: bias.repeat(stride), stride }
    }

    /// # Shapes
    /// - `x`: `[batch, frame, channel in]`; returns: `[batch, frame · stride, channel out]`
    ///
    /// # Errors
    /// As [`Conv1d::forward`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let n_in = self.weight.n_inner() / 2;
        let n_out = self.weight.n_columns();
        let (n_items, n_frames) = signal_shape(x, n_in)?;
        let mut output = Output::new(n_items * n_frames * n_out);
        let target = output.target();
        with_values(x, |values| {
            for_each_block(n_items, n_frames, n_in + n_out, |item, first, count, workspace| {
                let signal = &values[item * n_frames * n_in..][..n_frames * n_in];
                let data = if first == 0 {
                    workspace.edge.clear();
                    workspace.edge.resize(n_in, 0.0);
                    workspace.edge.extend_from_slice(&signal[..count * n_in]);
                    &workspace.edge[..]
                } else {
                    &signal[(first - 1) * n_in..]
                };
                let rows = Rows { data, stride: n_in, count };
                let out =
                    OutRows { target, offset: (item * n_frames + first) * n_out, stride: n_out };
                let epilogue = Epilogue { bias: Some(&self.bias), ..Epilogue::default() };
                self.weight.product_here(rows, out, epilogue);
            });
            Ok(())
        })?;
        // SAFETY: the blocks cover every frame.
        let values = unsafe { output.finish() };
        Tensor::from_vec(values, (n_items, n_frames * self.stride, n_out / self.stride), x.device())
    }
}

/// `ELU(shortcut(x) + widen(ELU(narrow(ELU(x)))))`, block by block so that nothing leaves the cache.
///
/// The last ELU belongs to whatever follows: in SEANet every residual unit is followed by one.
#[derive(Debug)]
pub struct ResidualUnit {
    /// `[C → C/2]`, the only one of the three that looks at other frames.
    pub narrow: Conv1d,
    /// `[C/2 → C]`, kernel 1.
    pub widen: Conv1d,
    /// `[C → C]`, kernel 1, of the raw input.
    pub shortcut: Conv1d,
}

impl ResidualUnit {
    /// # Shapes
    /// - `x` and the result: `[batch, frame, channel]`
    ///
    /// # Errors
    /// As [`Conv1d::forward`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let n_channels = self.narrow.n_channels_in();
        let n_hidden = self.narrow.weight.n_columns();
        let (n_items, n_frames) = signal_shape(x, n_channels)?;
        let padding = Padding::new(n_frames, self.narrow.kernel, 1);
        let mut output = Output::new(n_items * n_frames * n_channels);
        let target = output.target();
        with_values(x, |values| {
            for_each_block(n_items, n_frames, 4 * n_channels, |item, first, count, workspace| {
                let signal = &values[item * n_frames * n_channels..][..n_frames * n_channels];
                let Workspace { edge, active, hidden } = workspace;
                let needed = (first, count - 1 + self.narrow.kernel);
                let frames = padding.frames(signal, n_channels, needed, edge);
                active.resize(frames.len(), 0.0);
                wide(EluInto { from: frames, to: active });

                hidden.resize(count * n_hidden, 0.0);
                let hidden_rows =
                    OutRows { target: Target::of(hidden), offset: 0, stride: n_hidden };
                let rows = Rows { data: active, stride: n_channels, count };
                let bias = Some(&self.narrow.bias[..]);
                let epilogue = Epilogue { bias, activation: Activation::Elu, accumulate: false };
                self.narrow.weight.product_here(rows, hidden_rows, epilogue);

                let offset = (item * n_frames + first) * n_channels;
                let out = OutRows { target, offset, stride: n_channels };
                let rows = Rows { data: &signal[first * n_channels..], stride: n_channels, count };
                let bias = Some(&self.shortcut.bias[..]);
                let epilogue = Epilogue { bias, ..Epilogue::default() };
                self.shortcut.weight.product_here(rows, out, epilogue);

                let rows = Rows { data: hidden, stride: n_hidden, count };
                let bias = Some(&self.widen.bias[..]);
                let epilogue = Epilogue { bias, activation: Activation::Elu, accumulate: true };
                self.widen.weight.product_here(rows, out, epilogue);
            });
            Ok(())
        })?;
        // SAFETY: the blocks cover every frame.
        Tensor::from_vec(unsafe { output.finish() }, (n_items, n_frames, n_channels), x.device())
    }
}

struct EluInto<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
}

impl Wide for EluInto<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (to, from) in self.to.iter_mut().zip(self.from) {
            *to = elu(*from);
        }
    }
}

/// `(batch, frame)` of a `[batch, frame, channel]` signal with the right number of channels and at least one frame.
fn signal_shape(x: &Tensor, n_channels: usize) -> Result<(usize, usize)> {
    match x.dims() {
        &[n_items, n_frames, found] if found == n_channels && n_frames > 0 => {
            Ok((n_items, n_frames))
        }
        found => candle_core::bail!("expected [batch, frame > 0, {n_channels}], found {found:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Precision;
    use candle_core::Device;

    #[test]
    fn a_convolution_is_its_definition() -> Result<()> {
        let (n_in, n_out, kernel, stride, n_frames) = (3, 5, 4, 2, 700);
        let x = Tensor::randn(0_f32, 1.0, (2, n_frames, n_in), &Device::Cpu)?;
        let w = Tensor::randn(0_f32, 1.0, (n_out, n_in, kernel), &Device::Cpu)?;
        let weight = w.flatten_all()?.to_vec1::<f32>()?;
        let bias = [0.0; 5];
        for product in exact_kernels() {
            let conv = Conv1d::new(product, &weight, [n_out, n_in, kernel], &bias, stride);
            let found = conv.forward(&x, Activation::None)?;

            // Left padding of 2 frames, reflected; candle convolves channels-first.
            let edge = Tensor::cat(&[x.narrow(1, 2, 1)?, x.narrow(1, 1, 1)?, x.clone()], 1)?;
            let wanted =
                edge.transpose(1, 2)?.contiguous()?.conv1d(&w, 0, stride, 1, 1)?.transpose(1, 2)?;
            assert_eq!(found.dims(), wanted.dims());
            let worst = (found - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
            assert!(worst < 1e-5, "{product:?}: {worst}");
        }
        Ok(())
    }

    #[test]
    fn a_transposed_convolution_is_its_definition() -> Result<()> {
        let (n_in, n_out, stride, n_frames) = (6, 4, 5, 90);
        let x = Tensor::randn(0_f32, 1.0, (2, n_frames, n_in), &Device::Cpu)?;
        let w = Tensor::randn(0_f32, 1.0, (n_in, n_out, 2 * stride), &Device::Cpu)?;
        let weight = w.flatten_all()?.to_vec1::<f32>()?;
        for product in exact_kernels() {
            let conv = ConvTranspose1d::new(product, &weight, [n_in, n_out, 2 * stride], &[0.0; 4]);
            let found = conv.forward(&x)?.to_vec3::<f32>()?;

            // Every input frame adds its kernel at its place.
            let mut wanted = vec![vec![[0.0_f64; 4]; (n_frames + 1) * stride]; 2];
            for (item, frames) in x.to_vec3::<f32>()?.iter().enumerate() {
                for (t, channels) in frames.iter().enumerate() {
                    for (i, tap, o) in taps(n_in, 2 * stride, n_out) {
                        let w = weight[(i * n_out + o) * 2 * stride + tap];
                        wanted[item][t * stride + tap][o] += f64::from(channels[i]) * f64::from(w);
                    }
                }
            }
            for (found, wanted) in
                found.iter().flatten().zip(wanted.iter().flat_map(|w| &w[..n_frames * stride]))
            {
                for (found, wanted) in found.iter().zip(wanted) {
                    assert!(
                        (f64::from(*found) - wanted).abs() < 1e-5,
                        "{product:?}: {found} for {wanted}"
                    );
                }
            }
        }
        Ok(())
    }

    fn exact_kernels() -> impl Iterator<Item = Kernel> {
        Kernel::available().filter(|kernel| kernel.precision() == Precision::F32)
    }

    fn taps(
        n_in: usize,
        kernel: usize,
        n_out: usize,
    ) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..n_in * kernel * n_out)
            .map(move |i| (i / (kernel * n_out), i / n_out % kernel, i % n_out))
    }
}
