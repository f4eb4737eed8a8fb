//! The encoder half of a masked autoencoder over codec latents.

use candle_core::{Result, Tensor};

use crate::tensor::{Activation, Kernel, Linear};
use crate::transformer::{Positions, Transformer};
use crate::weights::{Loaded, Scope};

/// `transformer(project(latents) + scale · sinusoid)`: what EnCodecMAE calls its visible embeddings, with nothing masked.
///
/// Source: Pepino et al. 2023, "EnCodecMAE" (2309.07391), base model, first version.
#[derive(Debug)]
pub struct FrameEncoder {
    project: Linear,
    positions: Positions,
    transformer: Transformer,
}

impl FrameEncoder {
    /// Reads the tensors below `encoder`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(scope: &Scope<'_>, kernel: Kernel, n_heads: usize) -> Loaded<Self> {
        let project = scope.pp("project");
        let [n_features, n_latents] = project.shape("weight")?;
        let (weight, bias) = (
            project.values("weight", &[n_features, n_latents])?,
            project.values("bias", &[n_features])?,
        );
        let scale = scope.values("position_scale", &[])?[0];
        Ok(Self {
            project: Linear::new(kernel, &weight, [n_features, n_latents], &bias),
            positions: Positions::new(scale, n_features),
            transformer: Transformer::load(&scope.pp("transformer"), kernel, n_heads)?,
        })
    }

    /// Width of a frame embedding.
    pub fn n_features(&self) -> usize {
        self.transformer.n_features()
    }

    /// Number of transformer layers.
    pub fn n_layers(&self) -> usize {
        self.transformer.n_layers()
    }

    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; `n_visible`: one entry an item, frames at or past it are masked
    /// - returns: `[batch, frame, feature]`
    ///
    /// # Errors
    /// The shapes contradict each other, or `latents` is no `f32` tensor in main memory.
    pub fn frames(&self, latents: &Tensor, n_visible: &[usize]) -> Result<Tensor> {
        self.frames_at_layer(latents, n_visible, self.n_layers())
    }

    /// The output after the first `n_layers` layers, closed as the whole stack is.
    ///
    /// # Errors
    /// As [`FrameEncoder::frames`].
    pub fn frames_at_layer(
        &self,
        latents: &Tensor,
        n_visible: &[usize],
        n_layers: usize,
    ) -> Result<Tensor> {
        let x = self.positions.add(&self.project.forward(latents, Activation::None)?)?;
        self.transformer.forward_to(&x, n_visible, n_layers)
    }
}
