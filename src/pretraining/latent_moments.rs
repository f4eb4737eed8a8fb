//! How latents are spread, while what makes them still learns.

use candle_core::{DType, Device, Result, Tensor};

/// Share of the running moments that one batch replaces.
const MOMENTUM: f64 = 0.02;

/// Running mean and variance of every latent channel.
#[derive(Debug, Clone)]
pub(super) struct LatentMoments {
    /// `[latent]`.
    pub(super) mean: Tensor,
    /// `[latent]`.
    pub(super) variance: Tensor,
}

impl LatentMoments {
    /// Mean 0 and variance 1.
    pub(super) fn wanted(n_latents: usize, device: &Device) -> Result<Self> {
        let mean = Tensor::zeros(n_latents, DType::F32, device)?;
        Ok(Self { variance: mean.ones_like()?, mean })
    }

    /// Of one batch, over items and frames.
    pub(super) fn of(latents: &Tensor) -> Result<Self> {
        let rows = latents.flatten(0, 1)?;
        Ok(Self { mean: rows.mean(0)?, variance: rows.var(0)? })
    }

    pub(super) fn deviation(&self) -> Result<Tensor> {
        self.variance.affine(1.0, 1e-6)?.sqrt()
    }

    pub(super) fn normalize(&self, latents: &Tensor) -> Result<Tensor> {
        latents.broadcast_sub(&self.mean)?.broadcast_div(&self.deviation()?)
    }

    /// Moved towards what a batch showed.
    pub(super) fn moved<'a>(
        &self,
        batches: impl ExactSizeIterator<Item = &'a Self>,
    ) -> Result<Self> {
        let share = MOMENTUM / batches.len() as f64;
        let mut moved = Self {
            mean: self.mean.affine(1.0 - MOMENTUM, 0.0)?,
            variance: self.variance.affine(1.0 - MOMENTUM, 0.0)?,
        };
        for Self { mean, variance } in batches {
            moved.mean = (moved.mean + mean.affine(share, 0.0)?)?;
            moved.variance = (moved.variance + variance.affine(share, 0.0)?)?;
        }
        Ok(moved)
    }
}
