//! Spectra of frames and back, by fast Fourier transforms of real numbers.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Transforms of one length, both ways, unscaled.
#[derive(Clone)]
pub(crate) struct RealTransform {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

/// Room that a thread computes in.
pub(crate) struct TransformRoom {
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl fmt::Debug for RealTransform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealTransform").field("n", &self.forward.len()).finish()
    }
}

impl RealTransform {
    /// Transforms of `n` samples.
    pub(crate) fn new(n: usize) -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        Self { forward: planner.plan_fft_forward(n), inverse: planner.plan_fft_inverse(n) }
    }

    /// Room for one frame.
    pub(crate) fn room(&self) -> TransformRoom {
        let n = self.forward.get_scratch_len().max(self.inverse.get_scratch_len());
        TransformRoom {
            frame: self.forward.make_input_vec(),
            spectrum: self.forward.make_output_vec(),
            scratch: vec![Complex32::default(); n],
        }
    }

    /// `Xₖ = Σₙ xₙ e^(−2πi k n / N)` for `k ≤ N / 2`, of `xₙ = frameₙ · windowₙ`.
    pub(crate) fn forward<'a>(
        &self,
        frame: &[f32],
        window: &[f32],
        room: &'a mut TransformRoom,
    ) -> &'a mut [Complex32] {
        let TransformRoom { frame: windowed, spectrum, scratch } = room;
        for ((out, x), w) in windowed.iter_mut().zip(frame).zip(window) {
            *out = x * w;
        }
        self.forward
            .process_with_scratch(windowed, spectrum, scratch)
            .expect("the room was made for this length");
        spectrum
    }

    /// `xₙ = Re Σ Xₖ e^(2πi k n / N)` over the whole spectrum, whose upper half mirrors the lower one in the room.
    pub(crate) fn inverse<'a>(&self, room: &'a mut TransformRoom) -> &'a [f32] {
        let TransformRoom { frame, spectrum, scratch } = room;
        // A real signal has no imaginary part at the two ends.
        let last = spectrum.len() - 1;
        spectrum[0].im = 0.0;
        spectrum[last].im = 0.0;
        self.inverse
            .process_with_scratch(spectrum, frame, scratch)
            .expect("the room was made for this length");
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_n_times_the_frame() {
        let transform = RealTransform::new(16);
        let frame: Vec<f32> = (0..16).map(|n| (n * n % 7) as f32 - 3.0).collect();
        let mut room = transform.room();
        transform.forward(&frame, &[1.0; 16], &mut room);
        let back = transform.inverse(&mut room);
        let near = back.iter().zip(&frame).all(|(back, x)| (back - 16.0 * x).abs() < 1e-4);
        assert!(near, "{back:?}");
    }
}
