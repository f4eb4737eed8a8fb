//! A model on disk: `model.json` and `model.safetensors`.

use std::path::{Path, PathBuf};

use super::{Architecture, Fingerprint, Manifest, ManifestError};
use crate::decoder::SamplerConfig;
use crate::job::CancelToken;
use crate::weights::{StoreError, Weights};

/// The manifest's file name.
pub(super) const MANIFEST: &str = "model.json";

/// The weights' file name.
pub(super) const WEIGHTS: &str = "model.safetensors";

/// The name of the model that is part of the program.
pub const BUILT_IN: &str = "nano";

/// Steps of refinement of a model that this program trained: with three, nearly every sound of its prototypes is heard as one of their
/// class, and each costs as much as the sampling of five.
const REFINEMENT: usize = 4;

/// What it is called where a path is wanted.
const IN_PROGRAM: &str = "part of the program";

/// An opened model folder. Weights are mapped: nothing of them is read before a network asks.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
    is_built_in: bool,
    manifest: Manifest,
    weights: Weights,
}

/// Why a model folder was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The manifest was not read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The weights were not mapped.
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// Weights and manifest are of different models.
    #[error("the weights have other sizes than model.json states, import the model again: {}", path.display())]
    Sizes {
        /// The folder.
        path: PathBuf,
    },
}

/// What is wrong with a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The weights are not those that were imported.
    #[error("the weights have fingerprint {}, model.json says {}: the model is damaged, import it again: {}", found.short(), recorded.short(), path.display())]
    Fingerprint {
        /// What `model.json` says.
        recorded: Fingerprint,
        /// What the weights give.
        found: Fingerprint,
        /// The folder.
        path: PathBuf,
    },
    /// A weight that is no number.
    #[error("tensor {name} holds {value}, expected finite weights: import the model again: {}", path.display())]
    NotFinite {
        /// The canonical tensor.
        name: String,
        /// NaN or an infinity.
        value: f32,
        /// The folder.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("stopped before every weight was read; nothing is known to be wrong: {}", path.display())]
    Cancelled {
        /// The folder.
        path: PathBuf,
    },
}

impl ModelFolder {
    /// Opens a folder in milliseconds: reads the manifest and the table of tensors and compares their sizes, hashes nothing.
    ///
    /// # Errors
    /// The folder is no model folder, its weights are cut short, or the two files do not belong together.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let manifest = Manifest::read(&path.join(MANIFEST))?;
        let weights = Weights::map(&path.join(WEIGHTS))?;
        Self::of(path, false, manifest, weights)
    }

    /// Opens the model that is part of the program: small, and trained on music made by [`crate::synthesis`] alone.
    ///
    /// # Errors
    /// The two files were built in from different models.
    pub fn built_in() -> Result<Self, OpenError> {
        let path = Path::new(IN_PROGRAM);
        let manifest = Manifest::parse(include_bytes!("../../models/nano/model.json"), path)?;
        let weights = include_bytes!("../../models/nano/model.safetensors");
        Self::of(path, true, manifest, Weights::of_program(weights, path)?)
    }

    fn of(
        path: &Path,
        is_built_in: bool,
        manifest: Manifest,
        weights: Weights,
    ) -> Result<Self, OpenError> {
        let architecture = Architecture::of(&weights, &manifest.architecture.settings())?;
        if architecture != manifest.architecture {
            return Err(OpenError::Sizes { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), is_built_in, manifest, weights })
    }

    /// The folder, or words for the model that has none because it is part of the program.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is the model that is part of the program.
    pub fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// How its latents are sampled where nobody says otherwise: what was published as its authors did, and what this program trained
    /// with a refinement, because small models hear too little of z in what they make of it.
    pub fn sampler(&self) -> SamplerConfig {
        let is_published = !self.manifest.sources.is_empty();
        SamplerConfig {
            refinement: if is_published { 0 } else { REFINEMENT },
            ..SamplerConfig::default()
        }
    }

    /// Sizes and settings.
    pub fn architecture(&self) -> &Architecture {
        &self.manifest.architecture
    }

    /// The identity of the model, as recorded; [`ModelFolder::verify`] checks it.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.manifest.fingerprint
    }

    /// The canonical tensors.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Bytes of the weights, over all tensors.
    pub fn n_weight_bytes(&self) -> usize {
        self.weights.stored().map(|(.., bytes)| bytes.len()).sum()
    }

    /// Reads every weight: is it finite, and are they together the ones that were imported?
    ///
    /// # Errors
    /// The first damage found, or the check is cancelled.
    pub fn verify(&self, cancel: &CancelToken) -> Result<(), VerifyError> {
        let cancelled = || VerifyError::Cancelled { path: self.path.clone() };
        for (name, _, values) in self.weights.tensors() {
            if cancel.is_cancelled() {
                return Err(cancelled());
            }
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                let (name, value) = (name.to_owned(), *value);
                return Err(VerifyError::NotFinite { name, value, path: self.path.clone() });
            }
        }
        let architecture = &self.manifest.architecture;
        let found = Fingerprint::of(&self.weights, architecture, cancel).ok_or_else(cancelled)?;
        if found == self.manifest.fingerprint {
            return Ok(());
        }
        let recorded = self.manifest.fingerprint.clone();
        Err(VerifyError::Fingerprint { recorded, found, path: self.path.clone() })
    }
}
