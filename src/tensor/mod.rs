//! The arithmetic that candle lacks or does slowly: packed matrix products, fused activations, recurrence, attention.
//!
//! Every kernel computes an output element by one fixed order of operations, whatever the number of rows, the batch
//! or the threads; so equal inputs give equal bits however the work was cut.

mod attention;
mod buffer;
mod conv;
mod elementary;
mod linear;
mod lstm;
mod matmul;
mod noise;
mod norm;
mod padding;
mod values;
mod wide;

pub use attention::attention;
pub use conv::{Conv1d, ConvTranspose1d, ResidualUnit};
pub(crate) use elementary::{elu, exp, sigmoid, tanh};
pub use linear::{Linear, feed_forward};
pub use lstm::{Layer as LstmLayer, Lstm};
pub(crate) use matmul::Rows;
pub use matmul::{Activation, Kernel, PackedMatrix, Precision};
pub use noise::gaussian_noise;
pub(crate) use norm::EPSILON as LAYER_NORM_EPSILON;
pub use norm::LayerNorm;
pub(crate) use padding::Padding;
pub(crate) use values::with_values;
pub(crate) use wide::{Wide, max_of, sum_by, wide};
