//! The ResiDual transformer stack that every network here shares.

mod attention_layer;
mod feed_forward;
mod position;
mod stack;

pub use position::Positions;
pub use stack::Transformer;
