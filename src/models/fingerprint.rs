//! The identity of a model: equal fingerprints give equal numbers.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Architecture;
use crate::files::Sha256Digest;
use crate::job::CancelToken;
use crate::weights::Weights;

/// SHA-256 over every canonical tensor (name, shape, element type, bytes) and over the settings that no tensor states.
///
/// The name, the licence and the source files are not part of it: the same model imported twice has one fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Reads all weights, so it takes time in proportion to the size of the model; `None` if somebody asked to stop.
    pub fn of(
        weights: &Weights,
        architecture: &Architecture,
        cancel: &CancelToken,
    ) -> Option<Self> {
        let mut hasher = Sha256::new();
        let number = |hasher: &mut Sha256, n: usize| hasher.update((n as u64).to_le_bytes());
        hasher.update(b"pecmae model 1");
        number(&mut hasher, architecture.sample_rate_hz as usize);
        number(&mut hasher, architecture.segment_samples);
        for stack in [&architecture.encoder, &architecture.summarizer, &architecture.decoder] {
            number(&mut hasher, stack.n_heads);
        }
        for (name, shape, dtype, bytes) in weights.stored() {
            if cancel.is_cancelled() {
                return None;
            }
            // Every variable part is preceded by its length, so no two models hash the same bytes.
            number(&mut hasher, name.len());
            hasher.update(name);
            number(&mut hasher, shape.len());
            shape.iter().for_each(|size| number(&mut hasher, *size));
            let dtype = dtype.to_string();
            number(&mut hasher, dtype.len());
            hasher.update(dtype);
            hasher.update(bytes);
        }
        Some(Self(Sha256Digest(hasher.finalize().into()).to_string()))
    }

    /// All 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits, enough to tell models apart in a message.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
