//! A checkpoint file as published → its named tensors, lazily, whatever the container.

mod element;
mod error;
mod file_bytes;
mod format;
mod safe_tensors;
mod state_dict;
mod tensor;
mod torch_legacy;
mod torch_zip;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use element::ElementType;
pub use error::CheckpointError;
pub use format::Format;
pub use tensor::{CheckpointTensor, TensorError};

use file_bytes::FileBytes;

/// The tensors of one checkpoint file, under the file's own names. Values are read when asked for.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    format: Format,
    contents: Contents,
}

/// What every container holds.
#[derive(Debug, Default)]
struct Contents {
    tensors: BTreeMap<String, CheckpointTensor>,
    /// Names beside the tensors that hold something else, with its type.
    skipped: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Maps a checkpoint and reads its table of tensors; the container is told by content, not by name.
    ///
    /// # Errors
    /// The file cannot be read, is no checkpoint, is damaged, or holds a pickle that would run code.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let io = |source| CheckpointError::Io { path: path.to_owned(), source };
        Self::read(FileBytes::map(path).map_err(io)?, path)
    }

    /// The same for bytes in memory; `name` stands for the path in messages.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn from_bytes(bytes: Vec<u8>, name: &Path) -> Result<Self, CheckpointError> {
        Self::read(FileBytes::memory(bytes), name)
    }

    fn read(bytes: FileBytes, path: &Path) -> Result<Self, CheckpointError> {
        let file = Arc::new(bytes);
        let format = Format::of(&file, path)?;
        let contents = match format {
            Format::TorchZip => torch_zip::read(&file, path)?,
            Format::TorchLegacy => torch_legacy::read(&file, path)?,
            Format::SafeTensors => safe_tensors::read(&file, path)?,
        };
        Ok(Self { path: path.to_owned(), format, contents })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its container.
    pub fn format(&self) -> Format {
        self.format
    }

    /// All tensor names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contents.tensors.keys().map(String::as_str)
    }

    /// A tensor with the name as the checkpoint owns it.
    pub fn get(&self, name: &str) -> Option<(&str, &CheckpointTensor)> {
        self.contents.tensors.get_key_value(name).map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Whether some tensor's name starts with `prefix`.
    pub fn any_below(&self, prefix: &str) -> bool {
        let mut from = self
            .contents
            .tensors
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        from.next().is_some_and(|(name, _)| name.starts_with(prefix))
    }

    /// Entries beside the tensors that hold something else: `(name, type)`.
    pub fn skipped(&self) -> impl Iterator<Item = (&str, &str)> {
        self.contents.skipped.iter().map(|(name, kind)| (name.as_str(), kind.as_str()))
    }
}
