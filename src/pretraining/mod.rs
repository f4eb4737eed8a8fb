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
mod autoencoder;
mod autoencoder_network;
mod checkpoint;
mod chroma_targets;
mod codebooks;
mod codec;
mod codec_settings;
mod crop_statistics;
#[cfg(feature = "cuda")]
pub mod cuda;
mod curve;
mod digest;
mod distortion;
mod encoder;
mod frame_spectra;
mod frames;
mod frozen_codec;
mod gradients;
mod hearing;
mod latent_moments;
mod latents;
mod mel_targets;
mod noisy_crops;
mod ops;
mod parameters;
mod pool;
mod schedule;
mod seanet;
mod spectral;
mod summarizer_network;
mod summarizer_start;
mod trainer;
mod transformer;
mod weighting;

pub use adamw::{AdamW, AdamWSettings};
pub use autoencoder::{AutoencoderSettings, AutoencoderTrainer};
pub use checkpoint::{Checkpoint, CheckpointError, Measured};
pub use codebooks::{CodebookError, CodebookSettings, Residuals, codebooks};
pub use codec::CodecTrainer;
pub use codec_settings::CodecSettings;
pub use digest::digest;
pub use encoder::{EncoderSettings, EncoderTrainer};
pub use gradients::Gradients;
use gradients::{n_chunks, sums};
pub use hearing::Hearing;
pub use latents::{CropSettings, Drawn, LatentCrops, LatentCropsError};
pub use parameters::{Initial, ParameterScope, Parameters};
pub use pool::{Part, Pool, PoolError, PoolSource, Unpooled};
pub use schedule::Schedule;
pub use seanet::SeanetSizes;
pub use spectral::{MelMagnitudes, SpectralDistance, SpectralSettings};
pub use trainer::Trainer;
pub use transformer::StackSizes;
pub use weighting::Falling;

#[cfg(test)]
mod parity;
#[cfg(test)]
mod tests;
