//! What `torch.save` writes: an uncompressed zip with `data.pkl` and one entry `data/KEY` a storage.

use std::io::Cursor;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use super::super::pickle::{MAX_PICKLE_BYTES, Pickle};
use super::file_bytes::FileBytes;
use super::{CheckpointError, Contents, state_dict};

pub(super) fn read(file: &Arc<FileBytes>, path: &Path) -> Result<Contents, CheckpointError> {
    let mut archive = Archive::open(file, path)?;
    let order = archive.entry("byteorder")?.map(|range| &file[range]);
    if let Some(order) = order.filter(|order| *order != b"little") {
        let found =
            String::from_utf8_lossy(&order[..order.len().min(16)]).escape_debug().to_string();
        return Err(CheckpointError::ByteOrder { found, path: path.to_owned() });
    }
    let missing = |entry| CheckpointError::NoEntry { entry, path: path.to_owned() };
    let range = archive.entry("data.pkl")?.ok_or_else(|| missing("data.pkl".to_owned()))?;
    if range.len() > MAX_PICKLE_BYTES {
        let (found, limit) = (range.len(), MAX_PICKLE_BYTES);
        return Err(CheckpointError::PickleTooLong { found, limit, path: path.to_owned() });
    }
    let pickle = Pickle::parse(&file[range]).map_err(|e| CheckpointError::of_pickle(e, path))?;
    state_dict::read(&pickle, file, path, |storage| {
        let entry = format!("data/{}", storage.key);
        let range = archive.entry(&entry)?.ok_or_else(|| missing(entry))?;
        let size = storage.element.map_or(1, super::ElementType::size);
        let claimed = state_dict::claimed_bytes(storage, size, range.len(), path)?;
        Ok(range.start..range.start + claimed)
    })
}

struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// The folder that holds everything, with its slash.
    root: String,
    n_bytes: u64,
    path: &'a Path,
}

impl<'a> Archive<'a> {
    fn open(bytes: &'a [u8], path: &'a Path) -> Result<Self, CheckpointError> {
        let zip_error = |source| CheckpointError::Zip { source, path: path.to_owned() };
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(zip_error)?;
        let root = zip
            .file_names()
            .filter_map(Result::ok)
            .find_map(|name| name.strip_suffix("data.pkl").map(str::to_owned))
            .unwrap_or_default();
        Ok(Self { zip, root, n_bytes: bytes.len() as u64, path })
    }

    /// Where the bytes of an entry lie; `None` if there is none of that name.
    fn entry(&mut self, name: &str) -> Result<Option<Range<usize>>, CheckpointError> {
        let name = format!("{}{name}", self.root);
        let Some(index) = self.zip.index_for_name(&name) else { return Ok(None) };
        let path = || self.path.to_owned();
        let entry = self
            .zip
            .by_index_raw(index)
            .map_err(|source| CheckpointError::Zip { source, path: path() })?;
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err(CheckpointError::Compressed { entry: name, path: path() });
        }
        let start = entry.data_start().unwrap_or(u64::MAX);
        let claimed = entry.size().max(entry.compressed_size());
        // An entry without bytes must not start past the end either.
        let available = self.n_bytes.saturating_sub(start);
        if claimed > available || start > self.n_bytes {
            return Err(CheckpointError::OutOfFile {
                entry: name,
                claimed,
                available,
                path: path(),
            });
        }
        Ok(Some(start as usize..(start + entry.size()) as usize))
    }
}
