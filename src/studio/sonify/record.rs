//! `sonify.json`: how the sounds of a folder were made.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::decoder::SamplerConfig;
use crate::files::Array;

/// The content of `sonify.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SonifyRecord {
    /// Version of this file's form.
    pub schema: u32,
    /// What decided the sounds.
    pub settings: SonifySettings,
    /// The finished sounds, by index.
    pub items: Vec<SonifiedItem>,
}

/// Everything that decides the sounds of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SonifySettings {
    /// The program's version.
    pub tool_version: String,
    /// The model.
    pub model: ModelIdentity,
    /// How latents were sampled.
    pub sampler: SamplerConfig,
    /// What they were sampled from.
    pub noise: NoiseOrigin,
    /// The vectors.
    pub z: ArrayFile,
    /// The rate of the sounds, in Hz.
    pub sample_rate_hz: u32,
    /// The length of each, in samples.
    pub n_samples: usize,
}

/// A model as far as it decides numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelIdentity {
    /// The user's name for it.
    pub name: String,
    /// Digest of its weights and sizes.
    pub fingerprint: String,
    /// Arithmetic, as in `f32`.
    pub precision: String,
}

/// Where noise came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoiseOrigin {
    /// Drawn: item `i` with seed `seed + i`.
    Seed(u64),
    /// Given.
    File(ArrayFile),
}

/// An array that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrayFile {
    /// The file's name, without folders.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The array's shape.
    pub shape: Vec<usize>,
}

/// One sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SonifiedItem {
    /// The row of z.
    pub index: usize,
    /// The file's name in the folder.
    pub file: String,
    /// The seed that makes this sound from its z alone, where noise was drawn.
    pub seed: Option<u64>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The largest magnitude before rounding to 16 bits; above 1 the sound is clipped.
    pub peak: f32,
}

impl SonifyRecord {
    /// The version that this program writes.
    pub(super) const SCHEMA: u32 = 1;
}

impl SonifySettings {
    /// The fields in which `other` differs, as in `sampler, z`; empty for equal settings.
    pub(super) fn differences(&self, other: &Self) -> String {
        let differing = [
            ("tool version", self.tool_version != other.tool_version),
            ("model", self.model != other.model),
            ("sampler settings", self.sampler != other.sampler),
            ("noise", self.noise != other.noise),
            ("vectors", self.z != other.z),
            (
                "length",
                (self.sample_rate_hz, self.n_samples) != (other.sample_rate_hz, other.n_samples),
            ),
        ];
        let names = differing.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ")
    }
}

impl ArrayFile {
    pub(super) fn of(path: &Path, array: &Array) -> Self {
        Self {
            file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: array.sha256.to_string(),
            shape: array.shape.clone(),
        }
    }
}
