//! Training the networks that the rest of the program finds frozen: codec, encoder, summarizer and decoder.
//!
//! The frozen networks run on packed kernels without gradients. Here the same tensors, under the same names, stand in
//! differentiable networks made of candle operations (and a few of our own, each with its gradient), so that whatever
//! is learned is saved and opened as any other model.
//!
//! ```text
//! audio ─▶ crops ─▶ codec ─▶ latents, codes ─▶ masked encoder ─▶ frames ─▶ summarizer + denoiser
//!                     │                             │                            │
//!                  spectral                       codes                       velocity         losses
//!                     └──────────── gradients ─▶ adamw ─▶ parameters ────────────┘
//! ```

mod adamw;
mod gradients;
mod ops;
mod parameters;
mod seanet;
mod spectral;

pub use adamw::{AdamW, AdamWSettings};
pub use gradients::Gradients;
pub use parameters::{Initial, ParameterScope, Parameters};
pub use seanet::SeanetSizes;
pub use spectral::{MelMagnitudes, SpectralDistance};
