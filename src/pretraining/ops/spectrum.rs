//! Power spectra of overlapping frames with their gradient.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::values::values;
use crate::audio::RealTransform;

/// Frames of one length, one every `hop` samples, as many as are whole.
#[derive(Debug, Clone)]
pub(in super::super) struct Frames {
    transform: RealTransform,
    /// As long as a frame.
    window: Vec<f32>,
    hop: usize,
}

impl Frames {
    pub(in super::super) fn new(window: Vec<f32>, hop: usize) -> Self {
        Self { transform: RealTransform::new(window.len()), window, hop }
    }

    fn n_bins(&self) -> usize {
        self.window.len() / 2 + 1
    }

    fn count(&self, n_samples: usize) -> usize {
        n_samples.checked_sub(self.window.len()).map_or(0, |left| left / self.hop + 1)
    }
}

/// `|Σₙ windowₙ xₙ e^(−2πi k n / N)|²` of every frame.
///
/// # Shapes
/// - `pcm`: `[batch, sample]` in main memory; returns: `[batch · frame, bin]`
///
/// # Errors
/// `pcm` lies elsewhere.
pub(in super::super) fn power_spectra(pcm: &Tensor, frames: &Frames) -> Result<Tensor> {
    pcm.contiguous()?.apply_op1(Power(frames.clone()))
}

struct Power(Frames);

impl CustomOp1 for Power {
    fn name(&self) -> &'static str {
        "power-spectra"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_items, n_samples) = layout.shape().dims2()?;
        let (frames, pcm) = (&self.0, values(storage, layout)?);
        let (n_frames, n_bins) = (frames.count(n_samples), frames.n_bins());
        let mut power = vec![0.0_f32; n_items * n_frames * n_bins];
        let items = power.par_chunks_mut((n_frames * n_bins).max(1));
        items.zip(pcm.par_chunks(n_samples)).for_each(|(power, pcm)| {
            let mut room = frames.transform.room();
            for (i, power) in power.chunks_exact_mut(n_bins).enumerate() {
                let frame = &pcm[i * frames.hop..][..frames.window.len()];
                let spectrum = frames.transform.forward(frame, &frames.window, &mut room);
                power.iter_mut().zip(spectrum).for_each(|(power, x)| *power = x.norm_sqr());
            }
        });
        Ok((CpuStorage::F32(power), Shape::from((n_items * n_frames, n_bins))))
    }

    fn bwd(&self, pcm: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(pcm.apply_op2_no_bwd(&gradient.contiguous()?, &PowerGradient(&self.0))?))
    }
}

/// `∂/∂xₙ = windowₙ · Re Σₖ 2 gₖ Xₖ e^(2πi k n / N)` over `k ≤ N / 2`, summed over the frames that a sample lies in.
struct PowerGradient<'a>(&'a Frames);

impl CustomOp2 for PowerGradient<'_> {
    fn name(&self) -> &'static str {
        "power-spectra-gradient"
    }

    fn cpu_fwd(
        &self,
        pcm: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, n_samples) = layout.shape().dims2()?;
        let (frames, pcm) = (self.0, values(pcm, layout)?);
        let gradient = values(gradient, gradient_layout)?;
        let (n_frames, n_bins) = (frames.count(n_samples), frames.n_bins());
        let mut of_pcm = vec![0.0_f32; pcm.len()];
        let items = of_pcm.par_chunks_mut(n_samples).zip(pcm.par_chunks(n_samples));
        items.zip(gradient.par_chunks((n_frames * n_bins).max(1))).for_each(
            |((of_pcm, pcm), gradient)| {
                let mut room = frames.transform.room();
                for (i, gradient) in gradient.chunks_exact(n_bins).enumerate() {
                    let place = i * frames.hop..i * frames.hop + frames.window.len();
                    let frame = &pcm[place.clone()];
                    let spectrum = frames.transform.forward(frame, &frames.window, &mut room);
                    // The inverse counts every bin twice, but for the two at the ends.
                    spectrum.iter_mut().zip(gradient).for_each(|(x, g)| *x *= *g);
                    spectrum[0] *= 2.0;
                    spectrum[n_bins - 1] *= 2.0;
                    let of_frame = frames.transform.inverse(&mut room);
                    let sums = of_pcm[place].iter_mut().zip(of_frame).zip(&frames.window);
                    sums.for_each(|((sum, x), w)| *sum += x * w);
                }
            },
        );
        Ok((CpuStorage::F32(of_pcm), layout.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_function() -> Result<()> {
        let window = vec![0.2, 0.5, 1.0, 0.9, 0.6, 0.3, 0.7, 0.1];
        let frames = Frames::new(window, 3);
        check(&[&[2, 17]], |x| power_spectra(&x[0], &frames))
    }
}
