//! z → similarities → logits → probabilities: the finished, frozen prototype network and its bundle on disk.
//!
//! ```text
//! z ── normalization ──▶ z' ─┐
//!                            ├─ d ── exp(−d) ──▶ S ── W · S + b ──▶ logits ── objective ──▶ probabilities
//! prototypes ── adaptor ──▶ p'
//! ```
//!
//! Nothing here has a gradient; `training` makes a [`Classifier`], everything later only reads it.

mod adaptor;
mod bundle;
mod distances;
mod error;
mod model;
mod normalization;
mod objective;
mod parts;
mod prototype;
mod similarity;
mod tensor_file;

pub(crate) use adaptor::NORM_EPSILON;
pub use adaptor::{Adaptor, Dense, Norm};
pub use bundle::BundleError;
pub use error::{InputError, PartsError};
pub use model::Classifier;
#[cfg(test)]
pub(crate) use model::tests;
pub use normalization::{Normalization, NormalizationError};
pub use objective::Objective;
pub use parts::Parts;
pub use prototype::PrototypeInfo;
pub use similarity::SimilarityKind;
pub use tensor_file::TensorFileError;
pub(crate) use tensor_file::{StoredTensor, TensorFile};
