//! The arithmetic that candle lacks or does slowly: packed matrix products, fused activations, recurrence, attention.
//!
//! Every kernel computes an output element by one fixed order of operations, whatever the number of rows, the batch
//! or the threads; so equal inputs give equal bits however the work was cut.

mod buffer;
mod conv;
mod elementary;
mod matmul;
mod values;
mod wide;

pub use conv::{Conv1d, ConvTranspose1d, ResidualUnit};
pub use matmul::{Activation, Kernel, PackedMatrix, Precision};
