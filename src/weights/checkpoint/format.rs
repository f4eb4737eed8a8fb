//! Which container a file is, by its first bytes.

use std::fmt;
use std::path::Path;

use super::CheckpointError;

/// A container of tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What `torch.save` writes: an uncompressed zip with a pickle and one entry a storage.
    TorchZip,
    /// What `torch.save` wrote before 1.6: pickles, then storages, in a row.
    TorchLegacy,
    /// A JSON header, then tensors.
    SafeTensors,
}

impl Format {
    pub(super) fn of(bytes: &[u8], path: &Path) -> Result<Self, CheckpointError> {
        let found = match bytes {
            [] => "an empty file",
            [b'P', b'K', 3, 4, ..] => return Ok(Self::TorchZip),
            [0x80, 2..=5, ..] => return Ok(Self::TorchLegacy),
            [_, _, _, _, _, _, _, _, b'{', ..] => return Ok(Self::SafeTensors),
            _ if starts_like_a_text_pickle(bytes) => return Ok(Self::TorchLegacy),
            _ if bytes.starts_with(b"version https://git-lfs") => {
                "a Git LFS pointer, which stands for a file that was not fetched"
            }
            _ if bytes.starts_with(b"\x89HDF") => "an HDF5 file",
            _ if bytes.iter().take(512).all(|byte| matches!(byte, 9..=13 | 32..=126 | 128..)) => {
                "text"
            }
            _ => "something else",
        };
        Err(CheckpointError::Unrecognized { found, path: path.to_owned() })
    }
}

/// A protocol 0 pickle that imports at once, as hand-written hostile ones do: two lines, each a dotted Python name.
fn starts_like_a_text_pickle(bytes: &[u8]) -> bool {
    let is_name = |line: &&[u8]| {
        !line.is_empty()
            && line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte))
    };
    let body = bytes.strip_prefix(b"(").unwrap_or(bytes);
    let Some((b'c' | b'i', names)) = body.split_first() else { return false };
    names[..names.len().min(512)].split(|byte| *byte == b'\n').take(2).filter(is_name).count() == 2
        && names[..names.len().min(512)].iter().filter(|byte| **byte == b'\n').count() >= 2
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TorchZip => "torch zip",
            Self::TorchLegacy => "torch legacy",
            Self::SafeTensors => "safetensors",
        })
    }
}
