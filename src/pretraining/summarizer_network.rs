//! Frames → z, differentiable, over the tensors of [`crate::summarizer`]'s frozen network.

use candle_core::{Result, Tensor};

use super::transformer::{LearnedPositions, Stack};
use super::{Initial, Parameters, StackSizes};

/// A token that is nothing but a place to write z, in front of all frames.
#[derive(Debug)]
pub(super) struct SummarizerNetwork {
    cls_token: Tensor,
    positions: LearnedPositions,
    stack: Stack,
}

impl SummarizerNetwork {
    pub(super) fn new(parameters: &mut Parameters, sizes: &StackSizes) -> Result<Self> {
        let mut scope = parameters.scope("summarizer");
        let cls_token =
            scope.tensor("cls_token", &[sizes.n_features], Initial::Normal { deviation: 1.0 })?;
        let positions = LearnedPositions::new(&mut scope, sizes.n_features)?;
        Ok(Self { cls_token, positions, stack: Stack::new(scope.pp("transformer"), sizes)? })
    }

    /// The denoiser's as well.
    pub(super) fn positions(&self) -> &LearnedPositions {
        &self.positions
    }

    /// # Shapes
    /// - `frames`: `[crop, frame, feature]`; returns: `[crop, feature]`
    pub(super) fn z(&self, frames: &Tensor) -> Result<Tensor> {
        let (n_crops, _, n_features) = frames.dims3()?;
        let cls = self.cls_token.reshape((1, 1, n_features))?;
        let cls = cls.broadcast_as((n_crops, 1, n_features))?;
        let tokens = Tensor::cat(&[&cls.contiguous()?, &self.positions.add(frames)?], 1)?;
        self.stack.forward(&tokens)?.narrow(1, 0, 1)?.squeeze(1)
    }
}
