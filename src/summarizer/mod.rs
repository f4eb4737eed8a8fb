//! Frame embeddings of one segment → one z.

use candle_core::{Result, Tensor};

use crate::tensor::Kernel;
use crate::transformer::{Positions, Transformer};
use crate::weights::{Loaded, Scope, StoreError};

/// A transformer over `[cls; frames + scale · sinusoid]`; z is its output at the class token.
///
/// Source: Alonso-Jiménez et al. 2024, section 2. Positions count from 0 at the first frame; the token has none.
#[derive(Debug)]
pub struct Summarizer {
    cls_token: Tensor,
    positions: Positions,
    transformer: Transformer,
}

impl Summarizer {
    /// Reads the tensors below `summarizer`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(scope: &Scope<'_>, kernel: Kernel, n_heads: usize) -> Loaded<Self> {
        let [n_features] = scope.shape("cls_token")?;
        let cls_token = scope.values("cls_token", &[n_features])?;
        let cls_token =
            Tensor::from_slice(&cls_token, (1, 1, n_features), &candle_core::Device::Cpu)
                .map_err(|_| StoreError::Missing { name: scope.full_name("cls_token") })?;
        let scale = scope.values("position_scale", &[])?[0];
        Ok(Self {
            cls_token,
            positions: Positions::new(scale, n_features),
            transformer: Transformer::load(&scope.pp("transformer"), kernel, n_heads)?,
        })
    }

    /// # Shapes
    /// - `frames`: `[batch, frame, feature]`; `n_visible`: one entry an item; returns: `[batch, feature]`
    ///
    /// # Errors
    /// The shapes contradict each other, or `frames` is no `f32` tensor in main memory.
    pub fn z(&self, frames: &Tensor, n_visible: &[usize]) -> Result<Tensor> {
        let (n_items, _, n_features) = frames.dims3()?;
        let cls = self.cls_token.expand((n_items, 1, n_features))?;
        let x = Tensor::cat(&[&cls, &self.positions.add(frames)?], 1)?;
        let n_visible: Vec<usize> = n_visible.iter().map(|n| n + 1).collect();
        self.transformer.forward(&x, &n_visible)?.narrow(1, 0, 1)?.squeeze(1)
    }
}
