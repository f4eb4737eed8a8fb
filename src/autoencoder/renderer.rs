//! z → audio.

use std::ops::ControlFlow;

use candle_core::{Result, Tensor};

use crate::codec::CodecDecoder;
use crate::decoder::{Denoiser, Sampler, SamplerConfig};
use crate::tensor::Kernel;
use crate::weights::{Loaded, Settings, Weights};

/// Denoiser and codec decoder.
#[derive(Debug)]
pub struct Renderer {
    denoiser: Denoiser,
    codec: CodecDecoder,
}

impl Renderer {
    /// Packs the decoding half of a model.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(weights: &Weights, settings: &Settings, kernel: Kernel) -> Loaded<Self> {
        let root = weights.root();
        Ok(Self {
            denoiser: Denoiser::load(&root, kernel, settings.heads)?,
            codec: CodecDecoder::load(&root.pp("codec.decoder"), kernel)?,
        })
    }

    /// The network that the sampler follows.
    pub fn denoiser(&self) -> &Denoiser {
        &self.denoiser
    }

    /// Latents of every z, or `None` if `on_step` broke off.
    ///
    /// # Shapes
    /// - `z`: `[batch, feature]`; `noise` and the result: `[batch, frame, latent]`
    ///
    /// # Errors
    /// As [`Sampler::sample`].
    pub fn latents(
        &self,
        z: &Tensor,
        noise: &Tensor,
        config: SamplerConfig,
        on_step: impl FnMut(usize, &Tensor) -> ControlFlow<()>,
    ) -> Result<Option<Tensor>> {
        Sampler { denoiser: &self.denoiser, config }.sample(z, noise, on_step)
    }

    /// Latents as sound.
    ///
    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[batch, sample]`
    ///
    /// # Errors
    /// As [`CodecDecoder::decode`].
    pub fn pcm(&self, latents: &Tensor) -> Result<Tensor> {
        self.codec.decode(latents)
    }
}
