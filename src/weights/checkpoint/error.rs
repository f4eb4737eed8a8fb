//! Why a checkpoint was not read.

use std::path::PathBuf;

use super::super::pickle::PickleError;
use super::tensor::TensorError;

/// Why a checkpoint was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be opened or mapped.
    #[error("cannot read the checkpoint ({source}): {}", path.display())]
    Io {
        /// The offending file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No container that we know.
    #[error("not a checkpoint, expected a PyTorch .pt or .th file or a safetensors file but found {found}: {}", path.display())]
    Unrecognized {
        /// What the first bytes look like.
        found: &'static str,
        /// The offending file.
        path: PathBuf,
    },
    /// The pickle names something that runs code.
    #[error("refused, nothing was run: {source}, which no honest checkpoint does; get this file from a source you trust: {}", path.display())]
    Hostile {
        /// Which name it is.
        source: PickleError,
        /// The offending file.
        path: PathBuf,
    },
    /// The pickle is damaged or of a kind that no checkpoint uses.
    #[error("the checkpoint is damaged ({source}), fetch it again: {}", path.display())]
    Pickle {
        /// What is wrong.
        source: PickleError,
        /// The offending file.
        path: PathBuf,
    },
    /// The zip archive is damaged or cut short.
    #[error("the checkpoint is damaged or cut short ({source}), fetch it again: {}", path.display())]
    Zip {
        /// What the archive reader said.
        source: zip::result::ZipError,
        /// The offending file.
        path: PathBuf,
    },
    /// A zip archive without the entry that PyTorch writes.
    #[error("a zip file without {entry}, so not written by torch.save: {}", path.display())]
    NoEntry {
        /// The missing entry.
        entry: String,
        /// The offending file.
        path: PathBuf,
    },
    /// A compressed entry, which PyTorch never writes.
    #[error("entry {entry:?} is compressed, which torch.save never does; refused without unpacking: {}", path.display())]
    Compressed {
        /// The entry.
        entry: String,
        /// The offending file.
        path: PathBuf,
    },
    /// An entry or storage that claims more bytes than the file has.
    #[error("{entry:?} claims {claimed} bytes but {available} are there, so the file is cut short or forged: {}", path.display())]
    OutOfFile {
        /// The entry or storage.
        entry: String,
        /// The bytes that it claims.
        claimed: u64,
        /// The bytes that are there.
        available: u64,
        /// The offending file.
        path: PathBuf,
    },
    /// A pickle too long to be a checkpoint's.
    #[error("the pickle in the checkpoint has {found} bytes, expected at most {limit}: {}", path.display())]
    PickleTooLong {
        /// Its bytes.
        found: usize,
        /// The most that is read.
        limit: usize,
        /// The offending file.
        path: PathBuf,
    },
    /// Written on a big-endian machine.
    #[error("the checkpoint has {found} byte order, expected little: {}", path.display())]
    ByteOrder {
        /// The order that it states.
        found: String,
        /// The offending file.
        path: PathBuf,
    },
    /// A tensor whose shape and strides do not fit its storage.
    #[error("tensor {name}: {source}: {}", path.display())]
    Tensor {
        /// The tensor.
        name: String,
        /// What does not fit.
        source: TensorError,
        /// The offending file.
        path: PathBuf,
    },
    /// No tensor in the file.
    #[error("the checkpoint holds a {found} but no named tensors; save a state dict instead: {}", path.display())]
    NoTensors {
        /// The Python type at its root.
        found: String,
        /// The offending file.
        path: PathBuf,
    },
    /// The safetensors header is damaged.
    #[error("not a valid safetensors file ({source}), fetch it again: {}", path.display())]
    SafeTensors {
        /// What the parser said.
        source: safetensors::SafeTensorError,
        /// The offending file.
        path: PathBuf,
    },
}

impl CheckpointError {
    /// A pickle error, told apart by whether the pickle means harm or is merely broken.
    pub(super) fn of_pickle(source: PickleError, path: &std::path::Path) -> Self {
        let path = path.to_owned();
        match source {
            PickleError::Forbidden { .. } | PickleError::ComputedCall { .. } => {
                Self::Hostile { source, path }
            }
            _ => Self::Pickle { source, path },
        }
    }
}
