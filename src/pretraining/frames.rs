//! Latents → frame embeddings, differentiable, over the tensors of [`crate::encoder`]'s frozen network.

use candle_core::{Result, Tensor};

use super::transformer::{Dense, LearnedPositions, Stack};
use super::{Initial, Parameters, StackSizes};

/// `transformer(project(latents) + scale · sinusoid)` (Pepino et al. 2023).
#[derive(Debug)]
pub(super) struct FrameNetwork {
    project: Dense,
    positions: LearnedPositions,
    stack: Stack,
}

impl FrameNetwork {
    pub(super) fn new(
        parameters: &mut Parameters,
        sizes: &StackSizes,
        n_latents: usize,
    ) -> Result<Self> {
        let mut scope = parameters.scope("encoder");
        let shape = [sizes.n_features, n_latents];
        Ok(Self {
            project: Dense::new(scope.pp("project"), shape, Initial::lecun(n_latents))?,
            positions: LearnedPositions::new(&mut scope, sizes.n_features)?,
            stack: Stack::new(scope.pp("transformer"), sizes)?,
        })
    }

    pub(super) fn positions(&self) -> &LearnedPositions {
        &self.positions
    }

    /// What enters the transformer.
    ///
    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[batch, frame, feature]`
    pub(super) fn embed(&self, latents: &Tensor) -> Result<Tensor> {
        self.positions.add(&self.project.forward(latents)?)
    }

    /// What leaves it.
    ///
    /// # Shapes
    /// - `embedded` and the result: `[batch, frame, feature]`
    pub(super) fn encode(&self, embedded: &Tensor) -> Result<Tensor> {
        self.stack.forward(embedded)
    }
}
