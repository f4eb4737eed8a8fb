//! Checkpoints for tests: the golden ones, and altered copies of them in memory.

// Each test file uses its own part.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pecmae::weights::{Checkpoint, CheckpointError, Weights};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A file of the golden folder: `tests/golden/tiny`, or another of the same form.
pub(crate) fn golden(name: &str) -> PathBuf {
    let folder = std::env::var_os("PECMAE_GOLDEN_DIR").map_or_else(|| tiny(""), PathBuf::from);
    folder.join(name)
}

pub(crate) fn open_golden(name: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(&golden(name))
}

/// A file of the golden folder in the repository: small enough to be altered in every way.
pub(crate) fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny").join(name)
}

pub(crate) fn open_tiny(name: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(&tiny(name))
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights").join(name)
}

/// Tensors to alter and to write again: name → (shape, values).
pub(crate) type Table = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// All float tensors of a checkpoint.
pub(crate) fn table(checkpoint: &Checkpoint) -> Table {
    checkpoint
        .names()
        .filter_map(|name| {
            let (name, tensor) = checkpoint.get(name)?;
            Some((name.to_owned(), (tensor.shape().to_vec(), tensor.values()?.into_owned())))
        })
        .collect()
}

/// The tensors as a safetensors checkpoint that stands in the golden folder, so that its `config.json` counts.
pub(crate) fn checkpoint(table: &Table) -> TestResult<Checkpoint> {
    Ok(Checkpoint::from_bytes(safetensors_bytes(table)?, &tiny("altered.safetensors"))?)
}

pub(crate) fn safetensors_bytes(table: &Table) -> TestResult<Vec<u8>> {
    let bytes: BTreeMap<&str, Vec<u8>> = table
        .iter()
        .map(|(name, (_, values))| {
            (name.as_str(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
        })
        .collect();
    let views = table
        .iter()
        .map(|(name, (shape, _))| {
            Ok((name, TensorView::new(Dtype::F32, shape.clone(), &bytes[name.as_str()])?))
        })
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    Ok(safetensors::serialize(views, None)?)
}

/// The same tensors under other names.
pub(crate) fn renamed(table: &Table, rename: impl Fn(&str) -> String) -> Table {
    table.iter().map(|(name, tensor)| (rename(name), tensor.clone())).collect()
}

#[track_caller]
pub(crate) fn assert_same(a: &Weights, b: &Weights) {
    assert!(a.names().eq(b.names()), "names differ");
    for ((name, shape, values), (_, other_shape, other_values)) in a.tensors().zip(b.tensors()) {
        assert_eq!(shape, other_shape, "shape of {name}");
        assert!(values == other_values, "{name} differs");
    }
}
