//! `down(ReLU(up(x)))`: one net that all layers of a stack share.

use candle_core::{Result, Tensor};

use crate::tensor::{Kernel, Linear, feed_forward};
use crate::weights::{Loaded, Scope};

#[derive(Debug)]
pub(super) struct FeedForward {
    up: Linear,
    down: Linear,
}

impl FeedForward {
    pub(super) fn load(scope: &Scope<'_>, kernel: Kernel, n_features: usize) -> Loaded<Self> {
        let [n_hidden, _] = scope.pp("up").shape("weight")?;
        let load = |name: &str, n_out: usize, n_in: usize| {
            let scope = scope.pp(name);
            let (weight, bias) =
                (scope.values("weight", &[n_out, n_in])?, scope.values("bias", &[n_out])?);
            Ok(Linear::new(kernel, &weight, [n_out, n_in], &bias))
        };
        Ok(Self {
            up: load("up", n_hidden, n_features)?,
            down: load("down", n_features, n_hidden)?,
        })
    }

    /// # Shapes
    /// - `x` and the result: `[batch, frame, feature]`
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        feed_forward(&self.up, &self.down, x)
    }
}
