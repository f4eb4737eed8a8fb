//! Mel spectra of overlapping frames with their gradient.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::values::values;
use crate::audio::{RealTransform, TransformRoom};

/// How frames are cut from a sound and what is heard of each.
#[derive(Debug)]
pub(in super::super) struct MelSpectra {
    transform: RealTransform,
    /// As long as a frame.
    window: Vec<f32>,
    hop: usize,
    bands: Vec<Band>,
    of: Loudness,
}

/// What bands sum up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Loudness {
    /// The squared magnitudes.
    Power,
    /// The roots of squared magnitudes and this: so the root has a slope at 0.
    Magnitude(f32),
}

/// One mel band: the bins from `first` on.
#[derive(Debug)]
struct Band {
    first: usize,
    weights: Vec<f32>,
}

/// Room that a thread computes in.
struct Room {
    transform: TransformRoom,
    /// A bin each.
    loudness: Vec<f32>,
    of_loudness: Vec<f32>,
}

impl MelSpectra {
    /// Frames as long as `window`, one every `hop` samples, as many as are whole; `filters` is `[bin, mel]`.
    pub(in super::super) fn new(
        window: Vec<f32>,
        hop: usize,
        (filters, n_mels): (&[f32], usize),
        of: Loudness,
    ) -> Self {
        let band = |mel: usize| {
            let column = || filters.iter().skip(mel).step_by(n_mels);
            let first = column().position(|weight| *weight != 0.0).unwrap_or(0);
            let end = column().rposition(|weight| *weight != 0.0).map_or(first, |last| last + 1);
            Band { first, weights: column().copied().take(end).skip(first).collect() }
        };
        let transform = RealTransform::new(window.len());
        Self { transform, window, hop, bands: (0..n_mels).map(band).collect(), of }
    }

    fn count(&self, n_samples: usize) -> usize {
        n_samples.checked_sub(self.window.len()).map_or(0, |left| left / self.hop + 1)
    }

    fn room(&self) -> Room {
        let n_bins = self.window.len() / 2 + 1;
        let (loudness, of_loudness) = (vec![0.0; n_bins], vec![0.0; n_bins]);
        Room { transform: self.transform.room(), loudness, of_loudness }
    }

    fn forward(&self, frame: &[f32], room: &mut Room, mels: &mut [f32]) {
        let spectrum = self.transform.forward(frame, &self.window, &mut room.transform);
        let power = room.loudness.iter_mut().zip(spectrum);
        match self.of {
            Loudness::Power => power.for_each(|(out, x)| *out = x.norm_sqr()),
            Loudness::Magnitude(floor) => {
                power.for_each(|(out, x)| *out = (x.norm_sqr() + floor).sqrt());
            }
        }
        for (mel, band) in mels.iter_mut().zip(&self.bands) {
            let heard = &room.loudness[band.first..][..band.weights.len()];
            *mel = heard.iter().zip(&band.weights).map(|(x, weight)| x * weight).sum();
        }
    }

    /// `∂/∂xₙ = windowₙ · Re Σₖ 2 gₖ Xₖ e^(2πi k n / N)` over `k ≤ N / 2`, where `gₖ` is the gradient of the power of
    /// bin k; added where the frame lies.
    fn backward(&self, (frame, of_mels): (&[f32], &[f32]), room: &mut Room, of_frame: &mut [f32]) {
        let Room { transform, of_loudness, .. } = room;
        of_loudness.fill(0.0);
        for (g, band) in of_mels.iter().zip(&self.bands) {
            let sums = of_loudness[band.first..].iter_mut().zip(&band.weights);
            sums.for_each(|(sum, weight)| *sum += g * weight);
        }
        let spectrum = self.transform.forward(frame, &self.window, transform);
        // The inverse counts every bin twice, but for the two at the ends.
        for (x, g) in spectrum.iter_mut().zip(&*of_loudness) {
            *x *= match self.of {
                Loudness::Power => *g,
                Loudness::Magnitude(floor) => 0.5 * g / (x.norm_sqr() + floor).sqrt(),
            };
        }
        let last = spectrum.len() - 1;
        spectrum[0] *= 2.0;
        spectrum[last] *= 2.0;
        let back = self.transform.inverse(transform);
        let sums = of_frame.iter_mut().zip(back).zip(&self.window);
        sums.for_each(|((sum, x), w)| *sum += x * w);
    }
}

/// `Σₖ filterₖₘ · loudness(|Σₙ windowₙ xₙ e^(−2πi k n / N)|²)` of every frame.
///
/// # Shapes
/// - `pcm`: `[batch, sample]` in main memory; returns: `[batch · frame, mel]`
///
/// # Errors
/// `pcm` lies elsewhere.
pub(in super::super) fn mel_spectra(pcm: &Tensor, spectra: &Arc<MelSpectra>) -> Result<Tensor> {
    pcm.contiguous()?.apply_op1(Mels(Arc::clone(spectra)))
}

struct Mels(Arc<MelSpectra>);

impl CustomOp1 for Mels {
    fn name(&self) -> &'static str {
        "mel-spectra"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n_items, n_samples) = layout.shape().dims2()?;
        let (spectra, pcm) = (&self.0, values(storage, layout)?);
        let (n_frames, n_mels) = (spectra.count(n_samples), spectra.bands.len());
        let mut mels = vec![0.0_f32; n_items * n_frames * n_mels];
        let items = mels.par_chunks_mut((n_frames * n_mels).max(1));
        items.zip(pcm.par_chunks(n_samples)).for_each(|(mels, pcm)| {
            let mut room = spectra.room();
            for (i, mels) in mels.chunks_exact_mut(n_mels).enumerate() {
                let frame = &pcm[i * spectra.hop..][..spectra.window.len()];
                spectra.forward(frame, &mut room, mels);
            }
        });
        Ok((CpuStorage::F32(mels), Shape::from((n_items * n_frames, n_mels))))
    }

    fn bwd(&self, pcm: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(pcm.apply_op2_no_bwd(&gradient.contiguous()?, &MelsGradient(&self.0))?))
    }
}

struct MelsGradient<'a>(&'a MelSpectra);

impl CustomOp2 for MelsGradient<'_> {
    fn name(&self) -> &'static str {
        "mel-spectra-gradient"
    }

    fn cpu_fwd(
        &self,
        pcm: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, n_samples) = layout.shape().dims2()?;
        let (spectra, pcm) = (self.0, values(pcm, layout)?);
        let gradient = values(gradient, gradient_layout)?;
        let (n_frames, n_mels) = (spectra.count(n_samples), spectra.bands.len());
        let mut of_pcm = vec![0.0_f32; pcm.len()];
        let items = of_pcm.par_chunks_mut(n_samples).zip(pcm.par_chunks(n_samples));
        items.zip(gradient.par_chunks((n_frames * n_mels).max(1))).for_each(
            |((of_pcm, pcm), gradient)| {
                let mut room = spectra.room();
                for (i, of_mels) in gradient.chunks_exact(n_mels).enumerate() {
                    let place = i * spectra.hop..i * spectra.hop + spectra.window.len();
                    let frame = (&pcm[place.clone()], of_mels);
                    spectra.backward(frame, &mut room, &mut of_pcm[place]);
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
        let window = [0.2, 0.5, 1.0, 0.9, 0.6, 0.3, 0.7, 0.1];
        // Of five bins the first is in no band, and two bands share one.
        let filters = [0.0, 0.0, 0.5, 0.0, 0.7, 0.3, 0.0, 1.0, 0.0, 0.4];
        for of in [Loudness::Power, Loudness::Magnitude(0.1)] {
            let spectra = Arc::new(MelSpectra::new(window.to_vec(), 3, (&filters, 2), of));
            check(&[&[2, 17]], |x| mel_spectra(&x[0], &spectra))?;
        }
        Ok(())
    }
}
