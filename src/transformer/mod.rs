//! The ResiDual transformer stack that every network here shares.

mod attention_layer;
mod feed_forward;
mod position;
mod stack;

pub use position::Positions;
pub(crate) use position::sinusoid;
pub use stack::Transformer;
