//! Self-attention without biases.

use candle_core::{Result, Tensor};

use crate::tensor::{Activation, Kernel, PackedMatrix, attention};
use crate::weights::{Loaded, Scope};

/// `output(attention(query(x), key(x), value(x)))`; the three input projections are one product.
#[derive(Debug)]
pub(super) struct AttentionLayer {
    kernel: Kernel,
    n_heads: usize,
    query_key_value: PackedMatrix,
    output: PackedMatrix,
}

impl AttentionLayer {
    /// Reads `query`, `key`, `value` and `output` below `scope`, each `[feature, feature]`.
    pub(super) fn load(
        scope: &Scope<'_>,
        kernel: Kernel,
        n_features: usize,
        n_heads: usize,
    ) -> Loaded<Self> {
        let square = |name: &str| scope.pp(name).values("weight", &[n_features, n_features]);
        let (query, key, value) = (square("query")?, square("key")?, square("value")?);
        let parts = [&query, &key, &value];
        let element = |inner: usize, column: usize| {
            parts[column / n_features][column % n_features * n_features + inner]
        };
        let query_key_value = PackedMatrix::pack(kernel, n_features, 3 * n_features, element);
        let output = square("output")?;
        let element = |inner: usize, column: usize| output[column * n_features + inner];
        let output = PackedMatrix::pack(kernel, n_features, n_features, element);
        Ok(Self { kernel, n_heads, query_key_value, output })
    }

    /// # Shapes
    /// - `x` and the result: `[batch, frame, feature]`; `n_visible`: one entry an item
    pub(super) fn forward(&self, x: &Tensor, n_visible: &[usize]) -> Result<Tensor> {
        let qkv = self.query_key_value.forward(x, None, Activation::None)?;
        let y = attention(self.kernel, &qkv, self.n_heads, n_visible)?;
        self.output.forward(&y, None, Activation::None)
    }
}
