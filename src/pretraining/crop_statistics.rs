//! Statistics of a crop, which z of a small model learns to tell beside what it is really for.

use std::f64::consts::PI;

use candle_core::{Device, Result, Tensor};

use super::mel_targets::N_MELS;
use super::{Drawn, LatentCrops, Part};

/// Cepstral coefficients of a mel spectrum.
const N_CEPSTRA: usize = 20;
/// Crops that tell how statistics are spread.
const N_CROPS: usize = 512;

/// Crops → statistics, each of mean 0 and variance 1 over music, so that all count the same: means and deviations of cepstral
/// coefficients, which say what a spectrum is like; those of latents; and deviations of the steps from one frame's latents to the
/// next, which say how much happens.
#[derive(Debug)]
pub(super) struct CropStatistics {
    /// Orthonormal cosines, `[mel, cepstrum]`.
    cosines: Tensor,
    /// `[statistic]`.
    mean: Tensor,
    deviation: Tensor,
}

impl CropStatistics {
    /// How many there are of crops with so many latents.
    pub(super) fn n_statistics(n_latents: usize) -> usize {
        2 * N_CEPSTRA + 3 * n_latents
    }

    /// Scaled by the first crops that are learned from.
    pub(super) fn new(crops: &LatentCrops) -> Result<Self> {
        let cosine = |mel: usize, k: usize| {
            let scale = if k == 0 { 1.0 } else { 2.0 } / N_MELS as f64;
            scale.sqrt() * (PI * (mel as f64 + 0.5) * k as f64 / N_MELS as f64).cos()
        };
        let cosines =
            (0..N_MELS).flat_map(|mel| (0..N_CEPSTRA).map(move |k| cosine(mel, k) as f32));
        let cosines = Tensor::from_iter(cosines, &Device::Cpu)?.reshape((N_MELS, N_CEPSTRA))?;
        let places: Vec<usize> = (0..N_CROPS.min(crops.n_crops(Part::Training))).collect();
        let raw = raw(&crops.at(Part::Training, &places, &Device::Cpu)?, &cosines)?;
        let deviation = raw.var(0)?.affine(1.0, 1e-6)?.sqrt()?;
        Ok(Self { mean: raw.mean(0)?, deviation, cosines })
    }

    /// Mean squared error. Cepstral statistics count as much as all of the others, of which there are more: they tell timbre.
    ///
    /// # Shapes
    /// - `told`, `wanted`: `[crop, statistic]`; returns: a scalar
    pub(super) fn error(told: &Tensor, wanted: &Tensor) -> Result<Tensor> {
        let squares = (told - wanted)?.sqr()?;
        let n_latents = squares.dim(1)? - 2 * N_CEPSTRA;
        let cepstral = squares.narrow(1, 0, 2 * N_CEPSTRA)?.mean_all()?;
        let of_latents = squares.narrow(1, 2 * N_CEPSTRA, n_latents)?.mean_all()?;
        (cepstral + of_latents)?.affine(0.5, 0.0)
    }

    /// # Shapes
    /// - returns: `[crop, statistic]`
    pub(super) fn of(&self, drawn: &Drawn) -> Result<Tensor> {
        raw(drawn, &self.cosines)?.broadcast_sub(&self.mean)?.broadcast_div(&self.deviation)
    }
}

/// `[crop, statistic]`, unscaled.
fn raw(Drawn { latents, mels, .. }: &Drawn, cosines: &Tensor) -> Result<Tensor> {
    let (n_crops, n_frames, n_mels) = mels.dims3()?;
    let cepstra = mels.reshape((n_crops * n_frames, n_mels))?.matmul(cosines)?;
    let cepstra = cepstra.reshape((n_crops, n_frames, N_CEPSTRA))?;
    let n_steps = latents.dim(1)? - 1;
    let steps = (latents.narrow(1, 1, n_steps)? - latents.narrow(1, 0, n_steps)?)?;
    let deviation = |x: &Tensor| x.var(1)?.affine(1.0, 1e-6)?.sqrt();
    let all = [
        cepstra.mean(1)?,
        deviation(&cepstra)?,
        latents.mean(1)?,
        deviation(latents)?,
        deviation(&steps)?,
    ];
    Tensor::cat(&all, 1)
}
