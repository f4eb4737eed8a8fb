//! Tensors as a checkpoint names them → canonical tensors (ARCHITECTURE.md lists the names), every one checked.

mod autoencoder;
mod convolution;
mod error;
mod kind;
mod quantizer;
mod report;
mod seanet;
mod source;
mod transformer;

pub use autoencoder::{Converted, convert, convert_codec, convert_until};
pub use error::CanonicalError;
pub use kind::Kind;
pub use report::{CodecDifference, Report, Role, SourceReport};
