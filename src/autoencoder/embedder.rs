//! Audio → z.

use candle_core::{Result, Tensor};

use crate::codec::CodecEncoder;
use crate::encoder::FrameEncoder;
use crate::summarizer::Summarizer;
use crate::tensor::Kernel;
use crate::weights::{Loaded, Settings, Weights};

/// Codec encoder, EnCodecMAE and summarizer.
#[derive(Debug)]
pub struct Embedder {
    codec: CodecEncoder,
    encoder: FrameEncoder,
    summarizer: Summarizer,
}

impl Embedder {
    /// Packs the encoding half of a model.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(weights: &Weights, settings: &Settings, kernel: Kernel) -> Loaded<Self> {
        let root = weights.root();
        Ok(Self {
            codec: CodecEncoder::load(&root.pp("codec.encoder"), kernel)?,
            encoder: FrameEncoder::load(&root.pp("encoder"), kernel, settings.encoder_heads)?,
            summarizer: Summarizer::load(&root.pp("summarizer"), kernel, settings.heads)?,
        })
    }

    /// Width of z.
    pub fn n_features(&self) -> usize {
        self.encoder.n_features()
    }

    /// Number of EnCodecMAE layers.
    pub fn n_layers(&self) -> usize {
        self.encoder.n_layers()
    }

    /// PCM samples per frame.
    pub fn hop(&self) -> usize {
        self.codec.hop()
    }

    /// # Shapes
    /// - `pcm`: `[batch, sample]`; returns: `[batch, ⌈sample / hop⌉, latent]`
    ///
    /// # Errors
    /// There is no sample, or `pcm` is no `f32` tensor in main memory.
    pub fn latents(&self, pcm: &Tensor) -> Result<Tensor> {
        self.codec.encode(pcm)
    }

    /// Frame embeddings after the first `n_layers` layers of EnCodecMAE; all layers give the published ones.
    ///
    /// # Shapes
    /// - `pcm`: `[batch, sample]`; `visible_samples`: one entry an item; returns: `[batch, frame, feature]`
    ///
    /// # Errors
    /// As [`Embedder::latents`], or the number of lengths is not that of items.
    pub fn frames(
        &self,
        pcm: &Tensor,
        visible_samples: &[usize],
        n_layers: usize,
    ) -> Result<Tensor> {
        self.frames_of_latents(&self.latents(pcm)?, visible_samples, n_layers)
    }

    /// The same for latents at hand, so that several layers cost the codec once.
    ///
    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; `visible_samples`: one entry an item; returns: `[batch, frame, feature]`
    ///
    /// # Errors
    /// The number of lengths is not that of items.
    pub fn frames_of_latents(
        &self,
        latents: &Tensor,
        visible_samples: &[usize],
        n_layers: usize,
    ) -> Result<Tensor> {
        let n_visible = self.visible_frames(visible_samples, latents.dim(1)?);
        self.encoder.frames_at_layer(latents, &n_visible, n_layers)
    }

    /// One z an item.
    ///
    /// # Shapes
    /// - `pcm`: `[batch, sample]`; `visible_samples`: one entry an item; returns: `[batch, feature]`
    ///
    /// # Errors
    /// As [`Embedder::frames`].
    pub fn z(&self, pcm: &Tensor, visible_samples: &[usize]) -> Result<Tensor> {
        let frames = self.frames(pcm, visible_samples, self.n_layers())?;
        self.summarize(&frames, visible_samples)
    }

    /// z from frame embeddings of the last layer.
    ///
    /// # Shapes
    /// - `frames`: `[batch, frame, feature]`; `visible_samples`: one entry an item; returns: `[batch, feature]`
    ///
    /// # Errors
    /// The number of lengths is not that of items.
    pub fn summarize(&self, frames: &Tensor, visible_samples: &[usize]) -> Result<Tensor> {
        self.summarizer.z(frames, &self.visible_frames(visible_samples, frames.dim(1)?))
    }

    /// Frames that begin and end inside the visible signal; at least one, because attention needs a key.
    fn visible_frames(&self, visible_samples: &[usize], n_frames: usize) -> Vec<usize> {
        visible_samples.iter().map(|n| (n / self.hop()).clamp(1, n_frames)).collect()
    }
}
