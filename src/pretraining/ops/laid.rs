//! Windows of a padded signal as the overlapping rows of one matrix, which is never written down.

use super::product::{Matrix, MatrixMut, add_product};
use super::windows::Cut;
use crate::tensor::{Wide, elu, wide};

/// A signal of frames with its padding, and the windows over it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Laid<'a> {
    pub(super) cut: &'a Cut,
    pub(super) n_channels: usize,
}

impl Laid<'_> {
    fn width(&self) -> usize {
        self.cut.kernel() * self.n_channels
    }

    /// Values of the padded signal.
    fn n_values(&self) -> usize {
        self.cut.n_padded() * self.n_channels
    }

    /// The padded signal, after what comes before it is cut.
    pub(super) fn pad(&self, signal: &[f32], before: Before) -> Vec<f32> {
        let mut padded = vec![0.0; self.n_values()];
        self.runs(|to, from, n| padded[to..to + n].copy_from_slice(&signal[from..from + n]));
        before.apply(&mut padded);
        padded
    }

    /// The adjoint of [`Laid::pad`]: every value goes to the frame that it is a copy of.
    pub(super) fn fold(&self, padded: &[f32]) -> Vec<f32> {
        let mut signal = vec![0.0; self.cut.n_frames() * self.n_channels];
        self.runs(|from, to, n| {
            let sums = signal[to..to + n].iter_mut();
            sums.zip(&padded[from..from + n]).for_each(|(sum, x)| *sum += x);
        });
        signal
    }

    /// Calls `each(offset in the padded signal, offset in the signal, number of values)` until all are told.
    fn runs(&self, mut each: impl FnMut(usize, usize, usize)) {
        let n = self.n_channels;
        let (first, end) = self.cut.inside();
        for padded in (0..first).chain(end..self.cut.n_padded()) {
            if let Some(frame) = self.cut.frame_at(padded) {
                each(padded * n, frame * n, n);
            }
        }
        each(first * n, 0, (end - first) * n);
    }

    /// `out += windows · weight`.
    pub(super) fn gather(&self, padded: &[f32], weight: &[f32], out: &mut [f32]) {
        let (n_windows, n_out) = (self.cut.n_windows(), weight.len() / self.width());
        let out = MatrixMut { at: Matrix::rows(n_windows, n_out), values: out };
        add_product(out, 1.0, (padded, self.rows()), (weight, Matrix::rows(self.width(), n_out)));
    }

    /// `of_weight += windowsᵀ · rows`.
    pub(super) fn add_weights(&self, padded: &[f32], rows: &[f32], of_weight: &mut [f32]) {
        let (n_windows, n_out) = (self.cut.n_windows(), of_weight.len() / self.width());
        let of_weight = MatrixMut { at: Matrix::rows(self.width(), n_out), values: of_weight };
        let rows = (rows, Matrix::rows(n_windows, n_out));
        add_product(of_weight, 1.0, (padded, self.rows().t()), rows);
    }

    /// The padded signal that the windows `rows · weight` sum to, where `weight` is `[row, kernel · channel]` as it lies.
    ///
    /// Windows overlap; so it is done for so many of their frames at a time as no two of them share.
    pub(super) fn scatter(&self, rows: &[f32], (weight, at): (&[f32], Matrix), padded: &mut [f32]) {
        let (n_windows, n_inner) = (self.cut.n_windows(), at.size[0]);
        let (kernel, stride, n) = (self.cut.kernel(), self.cut.stride(), self.n_channels);
        for first in (0..kernel).step_by(stride) {
            let width = stride.min(kernel - first) * n;
            let part = Matrix {
                start: at.start + first * n * at.stride[1],
                size: [n_inner, width],
                stride: at.stride,
            };
            let to = Matrix { start: first * n, size: [n_windows, width], stride: [stride * n, 1] };
            let rows = (rows, Matrix::rows(n_windows, n_inner));
            add_product(MatrixMut { values: padded, at: to }, 1.0, rows, (weight, part));
        }
    }

    /// The windows.
    pub(super) fn rows(&self) -> Matrix {
        Matrix {
            start: 0,
            size: [self.cut.n_windows(), self.width()],
            stride: [self.cut.stride() * self.n_channels, 1],
        }
    }
}

/// What is done to a signal before it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Before {
    /// Nothing.
    Nothing,
    /// [`elu`].
    Elu,
}

impl Before {
    pub(super) fn apply(self, values: &mut [f32]) {
        if self == Self::Elu {
            wide(Elu(values));
        }
    }

    /// Turns the gradient of what came out into that of what went in.
    pub(super) fn turn_back(self, gradient: &mut [f32], signal: &[f32]) {
        if self == Self::Elu {
            wide(EluGradient { gradient, x: signal });
        }
    }
}

/// In place: an iterator that collects is compiled apart, without the instructions of [`wide`].
struct Elu<'a>(&'a mut [f32]);

impl Wide for Elu<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.0 {
            *x = elu(*x);
        }
    }
}

struct EluGradient<'a> {
    gradient: &'a mut [f32],
    x: &'a [f32],
}

impl Wide for EluGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (g, x) in self.gradient.iter_mut().zip(self.x) {
            // The slope is eˣ below 0: one more than the value.
            *g *= elu(x.min(0.0)) + 1.0;
        }
    }
}
