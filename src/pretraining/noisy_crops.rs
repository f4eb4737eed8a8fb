//! What summarizer and denoiser learn from in one step: crops, each with noise of another level.

use candle_core::{Device, Result, Tensor};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use super::crop_statistics::CropStatistics;
use super::{AutoencoderSettings, Drawn, n_chunks};
use crate::decoder::NoiseLevel;
use crate::tensor::gaussian_noise;

/// Some crops with their noise.
#[derive(Debug)]
pub(super) struct NoisyCrops {
    /// `[crop, frame, latent]`.
    pub(super) clean: Tensor,
    /// What z is told from: `clean`, or for some crops what the codec makes of them.
    pub(super) heard: Tensor,
    /// As `clean`.
    pub(super) noise: Tensor,
    /// Noise levels σ: `[crop, 1, 1]`.
    pub(super) sigma: Tensor,
    /// Signal and noise amplitudes: `[crop, 1, 1]` each.
    pub(super) amplitudes: [Tensor; 2],
    /// 1, or 0 where z is withheld: `[crop, 1]`.
    pub(super) keeps_z: Tensor,
    /// `[crop, feature]`.
    pub(super) z_noise: Option<Tensor>,
    /// `[crop, statistic]`.
    pub(super) statistics: Tensor,
}

impl NoisyCrops {
    /// Cuts crops into chunks and draws their noise. Noise levels are spread evenly over a batch, each at a random place
    /// of its share.
    pub(super) fn of(
        drawn: &Drawn,
        (settings, statistics): (&AutoencoderSettings, &CropStatistics),
        seed: u64,
        is_measured: bool,
        device: &Device,
    ) -> Result<Vec<Self>> {
        let statistics = statistics.of(drawn)?;
        let Drawn { latents, resounded, .. } = drawn;
        let (n_crops, n_frames, n_latents) = latents.dims3()?;
        let n_features = settings.summarizer.n_features;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let levels: Vec<NoiseLevel> = (0..n_crops)
            .map(|i| NoiseLevel::at((i as f64 + rng.random_range(0.0..1.0)) / n_crops as f64))
            .collect();
        let keeps: Vec<f32> = (0..n_crops)
            .map(|_| {
                let withheld = rng.random_range(0.0..1.0) < settings.unconditional;
                f32::from(u8::from(is_measured || !withheld))
            })
            .collect();
        let heard = match resounded {
            Some(resounded) if !is_measured => {
                let share = settings.resounded;
                let is_resounded: Vec<u8> =
                    (0..n_crops).map(|_| u8::from(rng.random_range(0.0..1.0) < share)).collect();
                Tensor::from_vec(is_resounded, (n_crops, 1, 1), &Device::Cpu)?
                    .broadcast_as(latents.shape())?
                    .where_cond(resounded, latents)?
            }
            _ => latents.clone(),
        };
        let noise = gaussian_noise(seed.wrapping_add(1), n_crops, n_frames * n_latents)?
            .reshape((n_crops, n_frames, n_latents))?;
        let z_noise = gaussian_noise(seed.wrapping_add(2), n_crops, n_features)?;
        let z_noise = (z_noise * settings.z_noise)?;
        let n_chunks = n_chunks(device, n_crops);
        (0..n_chunks)
            .map(|i| {
                let first = i * n_crops / n_chunks;
                let n = (i + 1) * n_crops / n_chunks - first;
                let part = |x: &Tensor| x.narrow(0, first, n)?.to_device(device);
                let level = |of: fn(&NoiseLevel) -> f64| {
                    let values: Vec<f32> =
                        levels[first..first + n].iter().map(|level| of(level) as f32).collect();
                    Tensor::from_vec(values, (n, 1, 1), device)
                };
                let keeps = keeps[first..first + n].to_vec();
                Ok(Self {
                    clean: part(latents)?,
                    heard: part(&heard)?,
                    noise: part(&noise)?,
                    sigma: level(|level| level.sigma)?,
                    amplitudes: [level(|level| level.alpha)?, level(|level| level.beta)?],
                    keeps_z: Tensor::from_vec(keeps, (n, 1), device)?,
                    z_noise: if is_measured { None } else { Some(part(&z_noise)?) },
                    statistics: part(&statistics)?,
                })
            })
            .collect()
    }
}
