//! `model.json`: what a model is and where it came from.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Architecture, Fingerprint};
use crate::weights::Precision;
use crate::weights::canonical::{Report, Role};

/// The version of `model.json` that this program writes and reads.
const FORMAT: u32 = 1;

/// The content of `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this file's own format.
    pub format: u32,
    /// The model's name; its folder's name when it was made.
    pub name: String,
    /// The identity of the numbers.
    pub fingerprint: Fingerprint,
    /// The element type of the weights.
    pub dtype: Precision,
    /// The licence of the weights as found, or "not stated".
    pub license: String,
    /// Version of the program that made the folder.
    pub made_by: String,
    /// Sizes and settings.
    pub architecture: Architecture,
    /// The files that the weights came from, autoencoder first.
    pub sources: Vec<SourceFile>,
    /// What was found in them besides the weights.
    pub report: Report,
}

/// A file that weights came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// What it was for.
    pub role: Role,
    /// Its name, without folders.
    pub file: String,
    /// Its container: torch zip, torch legacy or safetensors.
    pub format: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// Why a manifest was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("not a model folder, its model.json cannot be read ({source}): {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no manifest.
    #[error("model.json is damaged ({source}), import the model again: {}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// Made by a newer program.
    #[error("model.json has format {found}, expected {FORMAT}; use a newer pecmae or import the model again: {}", path.display())]
    Format {
        /// The version that it states.
        found: u32,
        /// The file.
        path: PathBuf,
    },
}

impl Manifest {
    /// The version of the format that is written.
    pub(super) const FORMAT: u32 = FORMAT;

    /// Reads `model.json`.
    ///
    /// # Errors
    /// It cannot be read, is damaged or is of a newer format.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ManifestError::Io { path: path.to_owned(), source })?;
        Self::parse(&bytes, path)
    }

    /// Parses the content of `model.json`; `path` is what messages call it.
    pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<Self, ManifestError> {
        /// Read first, because a newer format may have other fields.
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }

        let json = |source| ManifestError::Json { path: path.to_owned(), source };
        let Versioned { format } = serde_json::from_slice(bytes).map_err(json)?;
        if format != FORMAT {
            return Err(ManifestError::Format { found: format, path: path.to_owned() });
        }
        serde_json::from_slice(bytes).map_err(json)
    }

    /// The file's content.
    ///
    /// # Errors
    /// A number cannot be written as JSON.
    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
