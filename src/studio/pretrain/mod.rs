//! A folder of music → a model: codec, encoder, summarizer and decoder, one stage after the other.
//!
//! ```text
//! audio ─▶ pool ─▶ codec, codebooks ─▶ latents ─▶ encoder ─▶ autoencoder ─▶ model folder
//!                      └───────────────▶ codec-decoder (if wanted) ─────────────┘
//! ```
//!
//! Every stage goes on from its checkpoint, to the same numbers as if it had never stopped.

mod device;
mod drive;
mod error;
mod preset;
mod stages;
mod work;

use std::path::PathBuf;
use std::time::Duration;

pub use device::DeviceKind;
pub use error::PretrainError;
pub use preset::{Preset, UnknownPreset};
pub use stages::{autoencoder, codec, codec_decoder, encoder, install};

use crate::models::ModelFolder;
use crate::pretraining::{CodebookSettings, CodecSettings, CropSettings, Measured};
use crate::weights::Precision;

/// Where a stage works and how often it looks up.
#[derive(Debug, Clone)]
pub struct Pace {
    /// The folder that all stages share.
    pub work: PathBuf,
    /// Steps from one measurement to the next.
    pub measure_every: u64,
    /// Time between checkpoints: what a crash may cost.
    pub checkpoint_every: Duration,
    /// What computes.
    pub device: DeviceKind,
    /// Forgets what there is of this stage.
    pub restart: bool,
}

/// The first stage.
#[derive(Debug, Clone)]
pub struct CodecJob {
    /// A folder of audio.
    pub music: PathBuf,
    /// How the codec is learned.
    pub settings: CodecSettings,
    /// The model whose codec it starts from; `None` for a start by chance.
    pub from: Option<ModelFolder>,
    /// How its codebooks are made.
    pub codebooks: CodebookSettings,
    /// Where, and how often.
    pub pace: Pace,
}

/// A stage that may follow the first at any time: the codec's decoder is taught alone.
#[derive(Debug, Clone)]
pub struct CodecDecoderJob {
    /// How the decoder is learned.
    pub settings: CodecSettings,
    /// Where, and how often.
    pub pace: Pace,
}

/// The second or the third stage, which learn from latents of crops.
#[derive(Debug, Clone)]
pub struct StageJob<S> {
    /// How it is learned.
    pub settings: S,
    /// The model whose networks of this stage it starts from; `None` for a start by chance.
    pub from: Option<ModelFolder>,
    /// What it is learned from.
    pub crops: CropSettings,
    /// Crops that are learned from, if not as many as the folder has latents of, or else as `crops` say.
    pub n_crops: Option<usize>,
    /// Where, and how often.
    pub pace: Pace,
}

/// What to make of the work.
#[derive(Debug, Clone)]
pub struct InstallJob {
    /// The folder of the work.
    pub work: PathBuf,
    /// The new model's name.
    pub name: String,
    /// The element type of its weights.
    pub precision: Precision,
    /// The licence of the weights.
    pub license: Option<String>,
    /// Whether a model of that name may be replaced.
    pub replace: bool,
}

/// What a stage tells while it goes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PretrainEvent {
    /// Something is probably not as it was meant.
    Warning(String),
    /// Audio files have been decoded.
    Decoded {
        /// Files so far.
        n_done: usize,
        /// Files in all.
        n_files: usize,
    },
    /// The audio is there.
    Pool {
        /// Tracks that are learned from, and tracks that only measure.
        n_tracks: [usize; 2],
        /// Seconds of each.
        seconds: [f64; 2],
        /// Files that cannot be used.
        n_skipped: usize,
    },
    /// Latents of crops have been computed.
    Latents {
        /// Crops so far.
        n_done: usize,
        /// Crops in all.
        n_crops: usize,
    },
    /// The steps begin.
    Begun {
        /// Numbers that are trained.
        n_values: usize,
        /// Steps done before.
        step: u64,
        /// Steps of the stage.
        n_steps: u64,
    },
    /// Steps have been done.
    Step {
        /// Steps done.
        step: u64,
        /// Steps of the stage.
        n_steps: u64,
        /// The loss of the last one.
        loss: f64,
        /// Of this process.
        steps_per_second: f64,
    },
    /// Something was measured on what is held out.
    Measured(Measured),
    /// A checkpoint was written.
    Saved {
        /// Steps in it.
        step: u64,
    },
    /// Codebooks are made.
    Codebooks {
        /// The share of the latents' variance that is left after each.
        residuals: Vec<f64>,
    },
}

/// What a stage ended with.
#[derive(Debug, Clone)]
pub struct PretrainSummary {
    /// Steps of the stage.
    pub n_steps: u64,
    /// The last measurement.
    pub last: Option<Measured>,
    /// Whether nothing was left to do.
    pub was_finished: bool,
    /// The tensors.
    pub weights: PathBuf,
}
