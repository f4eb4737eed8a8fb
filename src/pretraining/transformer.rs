//! The ResiDual stack, differentiable, over the tensors of [`crate::transformer`]'s frozen one.

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use super::ops::{attention, layer_norm, linear, relu};
use super::{Initial, ParameterScope};
use crate::transformer::sinusoid;
use crate::weights::{Scope, StoreError};

/// Sizes of a stack that is to be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackSizes {
    /// Width of a frame.
    pub n_features: usize,
    /// Attention heads a layer; divides the width.
    pub n_heads: usize,
    /// Hidden width of the feed-forward net, which all layers share.
    pub feed_forward: usize,
    /// Layers.
    pub n_layers: usize,
}

impl StackSizes {
    /// Those of a stack that is there; its heads no tensor states.
    ///
    /// # Errors
    /// It lacks a tensor.
    pub(super) fn of(stack: &Scope<'_>, n_heads: usize) -> std::result::Result<Self, StoreError> {
        let [n_features] = stack.pp("final_norm").shape("weight")?;
        let [feed_forward, _] = stack.shape("feed_forward.up.weight")?;
        Ok(Self { n_features, n_heads, feed_forward, n_layers: stack.count("layers") })
    }
}

/// `x · Wᵀ + b` over the last axis.
#[derive(Debug)]
pub(super) struct Dense {
    /// `[out, in]`.
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    pub(super) fn new(
        mut scope: ParameterScope<'_>,
        [n_out, n_in]: [usize; 2],
        initial: Initial,
    ) -> Result<Self> {
        Ok(Self {
            weight: scope.tensor("weight", &[n_out, n_in], initial)?,
            bias: scope.tensor("bias", &[n_out], Initial::Value(0.0))?,
        })
    }

    /// `[…, in]` → `[…, out]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight, Some(&self.bias))
    }
}

/// Weight and bias of a layer normalisation.
#[derive(Debug)]
struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn new(mut scope: ParameterScope<'_>, n_features: usize) -> Result<Self> {
        Ok(Self {
            weight: scope.tensor("weight", &[n_features], Initial::Value(1.0))?,
            bias: scope.tensor("bias", &[n_features], Initial::Value(0.0))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        layer_norm(x, &self.weight, &self.bias)
    }
}

#[derive(Debug)]
struct Layer {
    /// Query, key and value: `[feature, feature]` each.
    inputs: [Tensor; 3],
    output: Tensor,
    norm1: Norm,
    norm2: Norm,
}

/// `y = attention(a)`; `a ← LN(a + y)`; `b ← b + y`; `y = feed_forward(a)`; `a ← LN(a + y)`; `b ← b + y`; at last
/// `a + LN(b)` (Xie et al. 2023).
#[derive(Debug)]
pub(super) struct Stack {
    n_heads: usize,
    layers: Vec<Layer>,
    up: Dense,
    down: Dense,
    final_norm: Norm,
}

impl Stack {
    pub(super) fn new(mut scope: ParameterScope<'_>, sizes: &StackSizes) -> Result<Self> {
        let StackSizes { n_features, n_heads, feed_forward, n_layers } = *sizes;
        let square = Initial::lecun(n_features);
        let mut layer = |i: usize| {
            let mut layers = scope.pp("layers");
            let mut scope = layers.pp(i);
            let mut attention = scope.pp("attention");
            let mut tensor =
                |name: &str| attention.pp(name).tensor("weight", &[n_features, n_features], square);
            Ok(Layer {
                inputs: [tensor("query")?, tensor("key")?, tensor("value")?],
                output: tensor("output")?,
                norm1: Norm::new(scope.pp("norm1"), n_features)?,
                norm2: Norm::new(scope.pp("norm2"), n_features)?,
            })
        };
        let layers = (0..n_layers).map(&mut layer).collect::<Result<_>>()?;
        let mut net = scope.pp("feed_forward");
        Ok(Self {
            n_heads,
            layers,
            up: Dense::new(net.pp("up"), [feed_forward, n_features], Initial::he(n_features))?,
            down: Dense::new(
                net.pp("down"),
                [n_features, feed_forward],
                Initial::lecun(feed_forward),
            )?,
            final_norm: Norm::new(scope.pp("final_norm"), n_features)?,
        })
    }

    /// # Shapes
    /// - `x` and the result: `[batch, frame, feature]`
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (mut a, mut b) = (x.clone(), x.clone());
        for layer in &self.layers {
            let qkv = linear(&a, &Tensor::cat(&layer.inputs, 0)?, None)?;
            let y = linear(&attention(&qkv, self.n_heads)?, &layer.output, None)?;
            a = layer.norm1.forward(&(&a + &y)?)?;
            b = (b + y)?;
            let y = self.down.forward(&relu(&self.up.forward(&a)?)?)?;
            a = layer.norm2.forward(&(&a + &y)?)?;
            b = (b + y)?;
        }
        a + self.final_norm.forward(&b)?
    }
}

/// `scale · sinusoid`, the scale learned.
#[derive(Debug, Clone)]
pub(super) struct LearnedPositions {
    scale: Tensor,
    n_features: usize,
}

impl LearnedPositions {
    pub(super) fn new(scope: &mut ParameterScope<'_>, n_features: usize) -> Result<Self> {
        let scale = scope.tensor("position_scale", &[], Initial::Value(1.0))?;
        Ok(Self { scale, n_features })
    }

    /// # Shapes
    /// - returns: `[frame, feature]`
    pub(super) fn rows(&self, n_frames: usize) -> Result<Tensor> {
        let table = Tensor::from_vec(
            sinusoid(self.n_features, n_frames),
            (n_frames, self.n_features),
            &Device::Cpu,
        )?;
        table.to_device(self.scale.device())?.broadcast_mul(&self.scale)
    }

    /// # Shapes
    /// - `x` and the result: `[batch, frame, feature]`
    pub(super) fn add(&self, x: &Tensor) -> Result<Tensor> {
        x.broadcast_add(&self.rows(x.dim(1)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretraining::Parameters;
    use crate::tensor::{Kernel, Precision, gaussian_noise};
    use crate::transformer::Transformer;

    #[test]
    fn the_frozen_stack_computes_the_same() -> Result<()> {
        let sizes = StackSizes { n_features: 24, n_heads: 3, feed_forward: 40, n_layers: 3 };
        let mut parameters = Parameters::new(5, &Device::Cpu);
        let stack = Stack::new(parameters.scope("encoder.transformer"), &sizes)?;
        let x = gaussian_noise(1, 2 * 11, 24)?.reshape((2, 11, 24))?;
        let found = stack.forward(&x)?;
        let weights = parameters.to_weights()?;
        let scope = weights.root().pp("encoder.transformer");
        let frozen = Transformer::load(&scope, Kernel::best(Precision::F32), 3).unwrap();
        let wanted = frozen.forward(&x, &[11, 11])?;
        let difference = (found - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(difference < 1e-4, "{difference}");
        Ok(())
    }
}
