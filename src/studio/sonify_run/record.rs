//! `sounds.json`: how the sounds of a run were made, how loud they are, and what the model hears in them.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::decoder::SamplerConfig;

/// The content of `sounds.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundsRecord {
    /// Version of this file's form.
    pub schema: u32,
    /// By prototype, then by take.
    pub sounds: Vec<Sound>,
}

/// One sound. Its numbers are `f32`, which JSON keeps to the last bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    /// Name of the prototype.
    pub prototype: String,
    /// Its class.
    pub class: String,
    /// Its number among all prototypes.
    pub row: usize,
    /// Number of the take.
    pub take: usize,
    /// The file's name in the folder.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// SHA-256 of the z and of everything under `made` that decides samples.
    pub key: String,
    /// SHA-256 of the z, as little-endian `f32`.
    pub z_sha256: String,
    /// How it was made.
    pub made: Made,
    /// Integrated loudness in LUFS, by EBU R 128; `None` where nothing is loud enough to measure.
    pub lufs: Option<f32>,
    /// What brings it to −23 LUFS, in dB, or as near to it as full scale allows; the file has the raw level.
    pub gain_db: Option<f32>,
    /// The largest magnitude; above 1 it exceeds full scale, and the file has it as it is.
    pub peak: f32,
    /// Which of the candidates it is.
    #[serde(default)]
    pub candidate: usize,
    /// What the model hears in it, where that was asked for.
    pub check: Option<Check>,
}

/// What a sound was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// Version of the program.
    pub tool_version: String,
    /// The user's name for the model.
    pub model: String,
    /// Fingerprint of its weights.
    pub model_fingerprint: String,
    /// Arithmetic, as in `f32`.
    pub precision: String,
    /// How latents were sampled.
    pub sampler: SamplerConfig,
    /// Seed of the noise of the first candidate.
    pub seed: u64,
    /// Sounds that were drawn, of which the one is kept that is heard as most similar to the prototype.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub n_candidates: NonZeroUsize,
    /// The rate, in Hz.
    pub sample_rate_hz: u32,
    /// The length, in samples.
    pub n_samples: usize,
}

/// Sounds that were made before there were candidates say nothing of them.
fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

fn is_one(n: &NonZeroUsize) -> bool {
    *n == NonZeroUsize::MIN
}

/// A sound embedded and classified again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Fingerprint of the classifier, edits included.
    pub classifier: String,
    /// The labels that it is given.
    pub given: Vec<String>,
    /// Whether the prototype's class is among them.
    pub is_own: bool,
    /// Probability of the most probable class.
    pub probability: f32,
    /// Probability of the prototype's class.
    pub own_probability: f32,
    /// `d` between the sound's z' and the prototype.
    pub distance: f32,
    /// The enabled prototype that it is most similar to.
    pub nearest: Option<String>,
}

impl SoundsRecord {
    /// The version that this program writes.
    pub const SCHEMA: u32 = 2;
}
