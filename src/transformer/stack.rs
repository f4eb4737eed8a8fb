//! A stack of ResiDual layers.

use candle_core::{Result, Tensor};

use super::attention_layer::AttentionLayer;
use super::feed_forward::FeedForward;
use crate::tensor::{Kernel, LayerNorm};
use crate::weights::{Loaded, Scope, StoreError};

/// Transformer with two residual streams and one feed-forward net shared by all layers.
///
/// Starting from `a = b = x`, for each layer: `y = attention(a)`; `a ← LN1(a + y)`; `b ← b + y`; `y = feed_forward(a)`;
/// `a ← LN2(a + y)`; `b ← b + y`. The stack's output is `a + LN(b)`.
/// Source: Xie et al. 2023, "ResiDual" (2304.14802), as the published autoencoders use it.
#[derive(Debug)]
pub struct Transformer {
    n_features: usize,
    layers: Vec<Layer>,
    feed_forward: FeedForward,
    final_norm: LayerNorm,
}

#[derive(Debug)]
struct Layer {
    attention: AttentionLayer,
    norm1: LayerNorm,
    norm2: LayerNorm,
}

impl Transformer {
    /// Reads `layers`, `feed_forward` and `final_norm` below `scope`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(scope: &Scope<'_>, kernel: Kernel, n_heads: usize) -> Loaded<Self> {
        let [n_features] = scope.pp("final_norm").shape("weight")?;
        let norm = |scope: Scope<'_>| {
            let (weight, bias) =
                (scope.values("weight", &[n_features])?, scope.values("bias", &[n_features])?);
            Ok::<_, StoreError>(LayerNorm::new(&weight, &bias))
        };
        let layer = |i: usize| {
            let scope = scope.pp("layers").pp(i);
            Ok(Layer {
                attention: AttentionLayer::load(
                    &scope.pp("attention"),
                    kernel,
                    n_features,
                    n_heads,
                )?,
                norm1: norm(scope.pp("norm1"))?,
                norm2: norm(scope.pp("norm2"))?,
            })
        };
        Ok(Self {
            n_features,
            layers: (0..scope.count("layers")).map(layer).collect::<Loaded<_>>()?,
            feed_forward: FeedForward::load(&scope.pp("feed_forward"), kernel, n_features)?,
            final_norm: norm(scope.pp("final_norm"))?,
        })
    }

    /// Width of every frame.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Number of layers.
    pub fn n_layers(&self) -> usize {
        self.layers.len()
    }

    /// # Shapes
    /// - `x` and the result: `[batch, frame, feature]`
    /// - `n_visible`: one entry an item; frames at or past it are not attended to
    ///
    /// # Errors
    /// The shapes contradict each other, or `x` is no `f32` tensor in main memory.
    pub fn forward(&self, x: &Tensor, n_visible: &[usize]) -> Result<Tensor> {
        self.forward_to(x, n_visible, self.layers.len())
    }

    /// The output of the first `n_layers` layers, closed like the whole stack: `a + LN(b)`.
    ///
    /// # Errors
    /// As [`Transformer::forward`].
    pub fn forward_to(&self, x: &Tensor, n_visible: &[usize], n_layers: usize) -> Result<Tensor> {
        let (mut a, mut b) = (x.clone(), x.clone());
        for layer in &self.layers[..n_layers] {
            let y = layer.attention.forward(&a, n_visible)?;
            (a, b) = layer.norm1.add_and_normalize(&a, &b, &y)?;
            let y = self.feed_forward.forward(&a)?;
            (a, b) = layer.norm2.add_and_normalize(&a, &b, &y)?;
        }
        self.final_norm.add_normalized(&a, &b)
    }
}
