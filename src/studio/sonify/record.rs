//! `sonify.json`: how the sounds of a folder were made.

use std::fmt;
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
    /// Integrated loudness in LUFS, by EBU R 128; `None` where nothing is loud enough to measure.
    pub lufs: Option<f32>,
    /// What brings it to −23 LUFS, in dB, or as near to it as full scale allows; the file has the raw level.
    pub gain_db: Option<f32>,
    /// The largest magnitude; above 1 it exceeds full scale, and the file has it as it is.
    pub peak: f32,
}

impl SonifyRecord {
    /// The version that this program writes.
    pub(super) const SCHEMA: u32 = 2;
}

impl SonifySettings {
    /// The fields in which `other` differs, as in `precision f32 ≠ bf16, guidance 1 ≠ 2`; empty for equal settings.
    pub(super) fn differences(&self, other: &Self) -> String {
        let both = [self, other];
        let weights = both.map(|run| &run.model.fingerprint);
        let models = both.map(|run| run.model.to_string());
        let noises = both.map(|run| run.noise.to_string());
        let vectors = both.map(|run| run.z.to_string());
        [
            // A model under a new name makes the same sounds, but the record would be wrong.
            difference(
                "model",
                weights[0] != weights[1] || self.model.name != other.model.name,
                models,
            ),
            field("precision", both.map(|run| &run.model.precision)),
            field("solver", both.map(|run| run.sampler.solver)),
            field("steps", both.map(|run| run.sampler.n_steps)),
            field("guidance", both.map(|run| run.sampler.guidance)),
            field("refinement", both.map(|run| run.sampler.refinement)),
            difference("noise", self.noise != other.noise, noises),
            difference("vectors", self.z != other.z, vectors),
            field("samples a second", both.map(|run| run.sample_rate_hz)),
            field("samples", both.map(|run| run.n_samples)),
            field("tool version", both.map(|run| &run.tool_version)),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
    }
}

fn field<T: PartialEq + fmt::Display>(name: &str, values: [T; 2]) -> Option<String> {
    difference(name, values[0] != values[1], values)
}

/// `name ours ≠ theirs`
fn difference<T: fmt::Display>(
    name: &str,
    differs: bool,
    [ours, theirs]: [T; 2],
) -> Option<String> {
    differs.then(|| format!("{name} {ours} ≠ {theirs}"))
}

/// Enough of a digest to tell two apart in a message.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

impl fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, short(&self.fingerprint))
    }
}

impl fmt::Display for ArrayFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.file, short(&self.sha256))
    }
}

impl fmt::Display for NoiseOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(f, "of seed {seed}"),
            Self::File(file) => file.fmt(f),
        }
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
