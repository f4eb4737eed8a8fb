//! What `torch.save` wrote before 1.6: five pickles in a row (magic number, version, machine, the object, storage keys), then
//! for each key its number of elements and its bytes.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::super::pickle::{Pickle, Value};
use super::file_bytes::FileBytes;
use super::{CheckpointError, Contents, ElementType, state_dict};

/// `0x1950a86a20f9469cfc6c`, as the pickle holds it.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The only version that was ever written.
const VERSION: i64 = 1001;

pub(super) fn read(file: &Arc<FileBytes>, path: &Path) -> Result<Contents, CheckpointError> {
    let mut position = 0;
    let mut next = || {
        let pickle =
            Pickle::parse(&file[position..]).map_err(|e| CheckpointError::of_pickle(e, path))?;
        position += pickle.length;
        Ok(pickle)
    };
    let unrecognized = |found| CheckpointError::Unrecognized { found, path: path.to_owned() };
    if next()?.root != Value::Long(&MAGIC) {
        return Err(unrecognized("a pickle that torch.save did not write"));
    }
    if next()?.root != Value::Int(VERSION) {
        return Err(unrecognized("a PyTorch file of an unknown version"));
    }
    // The machine that wrote it. Its byte order does not matter: storages are written little-endian on any.
    next()?;
    let object = next()?;
    let keys = next()?;

    let elements: HashMap<&str, ElementType> =
        object.storages().iter().filter_map(|s| Some((s.key, s.element?))).collect();
    let mut storages = HashMap::<&str, Range<usize>>::new();
    for key in keys.list(keys.root).unwrap_or_default() {
        let Value::Text(key) = *key else { continue };
        let Some(element) = elements.get(key) else {
            // Its element size is unknown, so nothing after it can be found.
            break;
        };
        let range =
            storage_at(file, position, *element).map_err(|claimed| CheckpointError::OutOfFile {
                entry: format!("storage {}", key.escape_debug()),
                claimed,
                available: file.len().saturating_sub(position) as u64,
                path: path.to_owned(),
            })?;
        position = range.end;
        storages.insert(key, range);
    }
    state_dict::read(&object, file, path, |storage| {
        let missing = || CheckpointError::NoEntry {
            entry: format!("storage {}", storage.key.escape_debug()),
            path: path.to_owned(),
        };
        let whole = storages.get(storage.key).cloned().ok_or_else(missing)?;
        let size = storage.element.map_or(1, ElementType::size);
        let claimed = state_dict::claimed_bytes(storage, size, whole.len(), path)?;
        let whole = whole.start..whole.start + claimed;
        let Some((offset, length)) = storage.view else { return Ok(whole) };
        let start = whole.start.saturating_add(offset.saturating_mul(size));
        let end = start.saturating_add(length.saturating_mul(size));
        if end > whole.end { Err(missing()) } else { Ok(start..end) }
    })
}

/// The bytes of the storage whose count stands at `position`; the error is how many bytes it claims.
fn storage_at(file: &[u8], position: usize, element: ElementType) -> Result<Range<usize>, u64> {
    let (count, _) = file.get(position..).and_then(<[u8]>::split_first_chunk).ok_or(8_u64)?;
    let claimed = u64::from_le_bytes(*count).saturating_mul(element.size() as u64);
    let start = position + 8;
    let end = usize::try_from(claimed).ok().and_then(|length| start.checked_add(length));
    end.filter(|end| *end <= file.len()).map(|end| start..end).ok_or(claimed)
}
