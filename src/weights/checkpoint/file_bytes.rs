//! The bytes of a checkpoint, mapped or in memory.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

#[derive(Debug)]
pub(super) enum FileBytes {
    Mapped(Mmap),
    Memory(Vec<u8>),
}

impl FileBytes {
    pub(super) fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        // An empty file cannot be mapped, and a pipe or device has no length to map.
        if metadata.len() == 0 {
            return Ok(Self::Memory(Vec::new()));
        }
        // SAFETY: the mapping is read-only and lives as long as its tensors. As with every mapped file, the user must not
        // truncate a checkpoint while it is being read.
        Ok(Self::Mapped(unsafe { Mmap::map(&file) }?))
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Memory(bytes) => bytes,
        }
    }
}
