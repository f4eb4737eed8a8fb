//! Pickle values → named tensors.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::super::pickle::{Pickle, StorageRecord, Value};
use super::file_bytes::FileBytes;
use super::{CheckpointError, CheckpointTensor, Contents};

/// The state dict of a checkpoint: what stands under `state_dict`, or the root itself. `locate` finds a storage's bytes.
pub(super) fn read(
    pickle: &Pickle<'_>,
    file: &Arc<FileBytes>,
    path: &Path,
    mut locate: impl FnMut(&StorageRecord<'_>) -> Result<Range<usize>, CheckpointError>,
) -> Result<Contents, CheckpointError> {
    let state_dict = pickle.entry(pickle.root, "state_dict").unwrap_or(pickle.root);
    let mut contents = Contents::default();
    for (key, value) in pickle.dict(state_dict).unwrap_or_default() {
        let Value::Text(name) = key else { continue };
        let name = name.escape_debug().to_string();
        let Some((record, storage)) = pickle.tensor(*value) else {
            contents.skipped.insert(name, pickle.type_name(*value));
            continue;
        };
        let Some(element) = storage.element else {
            contents.skipped.insert(name, "tensor of an unknown type".to_owned());
            continue;
        };
        let bytes = locate(storage)?;
        let layout = (record.shape.as_slice(), record.strides.as_slice());
        let tensor = CheckpointTensor::new(file, bytes, element, record.offset, layout).map_err(
            |source| CheckpointError::Tensor { name: name.clone(), source, path: path.to_owned() },
        )?;
        contents.tensors.insert(name, tensor);
    }
    if contents.tensors.is_empty() {
        let found = pickle.type_name(state_dict);
        return Err(CheckpointError::NoTensors { found, path: path.to_owned() });
    }
    Ok(contents)
}

/// The bytes that a storage claims, if they are no more than `available`.
pub(super) fn claimed_bytes(
    storage: &StorageRecord<'_>,
    element_size: usize,
    available: usize,
    path: &Path,
) -> Result<usize, CheckpointError> {
    let claimed = storage.n_elements.saturating_mul(element_size);
    if claimed > available {
        return Err(CheckpointError::OutOfFile {
            entry: format!("storage {}", storage.key.escape_debug()),
            claimed: claimed as u64,
            available: available as u64,
            path: path.to_owned(),
        });
    }
    Ok(claimed)
}
