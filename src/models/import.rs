//! Published checkpoint files → a model folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::folder::{MANIFEST, WEIGHTS};
use super::staging::StagedFolder;
use super::{
    Architecture, Fingerprint, Library, LibraryError, Manifest, ModelFolder, OpenError, SourceFile,
};
use crate::files::sha256_of_reader;
use crate::job::CancelToken;
use crate::weights::canonical::{CanonicalError, Converted, Report, Role, convert_until};
use crate::weights::{
    Checkpoint, CheckpointError, Hints, Precision, SaveError, Settings, StoreError, Weights,
};

/// What the licence of a model is called if nobody says it.
const LICENSE_NOT_STATED: &str = "not stated";

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct ImportRequest<'a> {
    /// The PECMAE autoencoder, in any format.
    pub autoencoder: &'a Path,
    /// The EnCodec codec, in any format and naming. Without it the model cannot make sound.
    pub codec: Option<&'a Path>,
    /// The new model's name.
    pub name: &'a str,
    /// The element type of the new model.
    pub precision: Precision,
    /// What no tensor states.
    pub hints: Hints,
    /// The licence of the weights, as found by the user.
    pub license: Option<&'a str>,
    /// Whether a model of that name may be replaced.
    pub replace: bool,
}

/// Weights that were trained here, and how to keep them.
#[derive(Debug)]
pub struct InstallRequest<'a> {
    /// All canonical tensors.
    pub weights: Weights,
    /// What no tensor states.
    pub settings: Settings,
    /// The new model's name.
    pub name: &'a str,
    /// The element type of the new model.
    pub precision: Precision,
    /// The licence of the weights.
    pub license: Option<&'a str>,
    /// Whether a model of that name may be replaced.
    pub replace: bool,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A model of that name exists.
    #[error("model {name:?} exists already; choose another name or ask to replace it: {}", path.display())]
    Exists {
        /// The name.
        name: String,
        /// Its folder.
        path: PathBuf,
    },
    /// A checkpoint was not read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint was not converted.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A segment shorter than one frame of the codec.
    #[error("a segment of {found} samples is shorter than one frame of {hop}; give a longer --segment-seconds: {}", path.display())]
    Segment {
        /// Samples of a segment.
        found: usize,
        /// Samples of a frame.
        hop: usize,
        /// The autoencoder.
        path: PathBuf,
    },
    /// The weights were not written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The name is no name.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// What was written does not read back.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The converted tensors state no size.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The manifest cannot be written as JSON.
    #[error("cannot describe the model ({source}): {}", path.display())]
    Json {
        /// The new folder.
        path: PathBuf,
        /// What the writer said.
        source: serde_json::Error,
    },
    /// The system refused to read or write.
    #[error("cannot import ({source}): {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody asked to stop.
    #[error("stopped; model {name:?} was not imported and nothing of it is left")]
    Cancelled {
        /// The name that the model would have had.
        name: String,
    },
}

impl Library {
    /// Imports published files as a new model. Whatever goes wrong, nothing is left behind and an existing model is untouched.
    ///
    /// # Errors
    /// The name is taken or no name, a file cannot be read or converted, the folder cannot be written, or the import is
    /// cancelled.
    pub fn import(
        &self,
        request: &ImportRequest<'_>,
        cancel: &CancelToken,
    ) -> Result<ModelFolder, ImportError> {
        let target = self.path_of(request.name)?;
        if !request.replace && target.exists() {
            return Err(ImportError::Exists { name: request.name.to_owned(), path: target });
        }
        let autoencoder = Checkpoint::open(request.autoencoder)?;
        let codec = request.codec.map(Checkpoint::open).transpose()?;
        let cancelled = || ImportError::Cancelled { name: request.name.to_owned() };
        let go_on = || if cancel.is_cancelled() { Err(cancelled()) } else { Ok(()) };
        // Hashing the sources takes as long as converting them.
        let (converted, sources) = rayon::join(
            || convert_until(&autoencoder, codec.as_ref(), &request.hints, cancel),
            || source_files(&autoencoder, codec.as_ref(), cancel),
        );
        go_on()?;
        let (converted, sources) = (converted?, sources?);
        let architecture = architecture_of(&converted, request.autoencoder)?;

        let placing = Placing {
            name: request.name,
            precision: request.precision,
            license: request.license,
            replace: request.replace,
        };
        self.place(&converted.weights, architecture, (sources, converted.report), &placing, cancel)
    }

    /// Keeps weights that were trained here as a new model. Whatever goes wrong, nothing is left behind and an existing
    /// model is untouched.
    ///
    /// # Errors
    /// The name is taken or no name, a tensor is missing, the folder cannot be written, or somebody asked to stop.
    pub fn install(
        &self,
        request: &InstallRequest<'_>,
        cancel: &CancelToken,
    ) -> Result<ModelFolder, ImportError> {
        let target = self.path_of(request.name)?;
        if !request.replace && target.exists() {
            return Err(ImportError::Exists { name: request.name.to_owned(), path: target });
        }
        let architecture = Architecture::of(&request.weights, &request.settings)?;
        let nothing_else = Report { sources: Vec::new(), codec_difference: None };
        let placing = Placing {
            name: request.name,
            precision: request.precision,
            license: request.license,
            replace: request.replace,
        };
        let found = (Vec::new(), nothing_else);
        self.place(&request.weights, architecture, found, &placing, cancel)
    }

    /// Writes a model folder, whole or not at all.
    fn place(
        &self,
        weights: &Weights,
        architecture: Architecture,
        (sources, report): (Vec<SourceFile>, Report),
        placing: &Placing<'_>,
        cancel: &CancelToken,
    ) -> Result<ModelFolder, ImportError> {
        let Placing { name, precision, license, replace } = *placing;
        let target = self.path_of(name)?;
        let cancelled = || ImportError::Cancelled { name: name.to_owned() };
        let io = |source| ImportError::Io { path: target.clone(), source };
        let staged = StagedFolder::create(&target).map_err(io)?;
        let path = staged.path().join(WEIGHTS);
        weights.save(&path, precision)?;
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        // Of what was written, so that a model in half precision has its own.
        let written = Weights::map(&path)?;
        let fingerprint = Fingerprint::of(&written, &architecture, cancel).ok_or_else(cancelled)?;
        let manifest = Manifest {
            format: Manifest::FORMAT,
            name: name.to_owned(),
            fingerprint,
            dtype: precision,
            license: license.unwrap_or(LICENSE_NOT_STATED).to_owned(),
            made_by: concat!("pecmae ", env!("CARGO_PKG_VERSION")).to_owned(),
            architecture,
            sources,
            report,
        };
        let json = manifest
            .to_json()
            .map_err(|source| ImportError::Json { path: target.clone(), source })?;
        std::fs::write(staged.path().join(MANIFEST), json).map_err(io)?;
        staged.commit(replace).map_err(io)?;
        Ok(ModelFolder::open(&target)?)
    }
}

/// How a new model is kept.
#[derive(Debug, Clone, Copy)]
struct Placing<'a> {
    name: &'a str,
    precision: Precision,
    license: Option<&'a str>,
    replace: bool,
}

fn architecture_of(converted: &Converted, path: &Path) -> Result<Architecture, ImportError> {
    let architecture = Architecture::of(&converted.weights, &converted.settings)?;
    let (found, hop) = (architecture.segment_samples, architecture.codec.hop);
    if found < hop {
        return Err(ImportError::Segment { found, hop, path: path.to_owned() });
    }
    Ok(architecture)
}

fn source_files(
    autoencoder: &Checkpoint,
    codec: Option<&Checkpoint>,
    cancel: &CancelToken,
) -> Result<Vec<SourceFile>, ImportError> {
    let roles = [(Role::Autoencoder, Some(autoencoder)), (Role::Codec, codec)];
    roles
        .into_iter()
        .filter_map(|(role, checkpoint)| Some((role, checkpoint?)))
        .map(|(role, checkpoint)| {
            let path = checkpoint.path();
            let io = |source| ImportError::Io { path: path.to_owned(), source };
            let file = File::open(path).map_err(io)?;
            Ok(SourceFile {
                role,
                file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                format: checkpoint.format().to_string(),
                bytes: file.metadata().map_err(io)?.len(),
                sha256: sha256_of_reader(Stoppable { file, cancel }).map_err(io)?.to_string(),
            })
        })
        .collect()
}

/// A file whose reading fails once somebody asked to stop.
struct Stoppable<'a> {
    file: File,
    cancel: &'a CancelToken,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("stopped"));
        }
        self.file.read(buffer)
    }
}
