//! A safetensors file with one JSON text inside: how bundles and checkpoints lie on disk.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest as _, Sha256};

use crate::files::{Sha256Digest, write_atomic};

/// Numbers of a file, in the type in which they are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StoredTensor {
    /// Weights and the like.
    F32(Vec<usize>, Vec<f32>),
    /// What must not be rounded.
    F64(Vec<usize>, Vec<f64>),
}

/// Named tensors and the text that describes them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TensorFile {
    /// JSON.
    pub(crate) head: String,
    /// By name.
    pub(crate) tensors: BTreeMap<String, StoredTensor>,
}

/// Why a file of tensors could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TensorFileError {
    /// The file cannot be written.
    #[error("cannot write ({source}), check the folder and the free space: {}", path.display())]
    Write {
        /// What the system said.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read ({source}), check the path and its permissions: {}", path.display())]
    Read {
        /// What the system said.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The bytes are not a safetensors file.
    #[error("not a valid safetensors file ({source}), take another copy: {}", path.display())]
    Format {
        /// What the parser said.
        source: safetensors::SafeTensorError,
        /// The file.
        path: PathBuf,
    },
    /// A safetensors file of another kind.
    #[error("not a {expected} (its header has no such entry), check the path: {}", path.display())]
    Kind {
        /// The entry that tells the kind.
        expected: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The numbers are not those that were written.
    #[error("the tensors do not match their checksum, take another copy: {}", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// A tensor is missing.
    #[error("tensor {name} is missing, take another copy: {}", path.display())]
    Missing {
        /// Its name.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A tensor of numbers of another type.
    #[error("tensor {name} has type {found:?}, expected F32 or F64, take another copy: {}", path.display())]
    Type {
        /// Its name.
        name: String,
        /// Its type.
        found: Dtype,
        /// The file.
        path: PathBuf,
    },
    /// A tensor of another shape.
    #[error("tensor {name} has shape {found:?}, expected {expected:?}, take another copy: {}", path.display())]
    Shape {
        /// Its name.
        name: String,
        /// The shape that fits the rest of the file.
        expected: Vec<usize>,
        /// The shape that it has.
        found: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// A value that is no number.
    #[error("tensor {name} holds {value} at {index}, expected finite values: {}", path.display())]
    NotFinite {
        /// Its name.
        name: String,
        /// The value.
        value: f64,
        /// Where, row-major.
        index: usize,
        /// The file.
        path: PathBuf,
    },
}

/// How every head begins: with the field that holds the checksum of the tensors.
const DIGEST: &str = "{\"tensors_sha256\":\"";

/// SHA-256 of names and bytes, in the order of names.
fn digest_of<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hasher = Sha256::new();
    for (name, bytes) in tensors {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    Sha256Digest(hasher.finalize().into()).to_string()
}

impl TensorFile {
    /// The file's bytes: equal content, equal bytes.
    pub(crate) fn to_bytes(&self, kind: &'static str) -> Vec<u8> {
        let tensors: Vec<_> = self
            .tensors
            .iter()
            .map(|(name, tensor)| match tensor {
                StoredTensor::F32(shape, values) => {
                    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
                    (name, Dtype::F32, shape, bytes)
                }
                StoredTensor::F64(shape, values) => {
                    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
                    (name, Dtype::F64, shape, bytes)
                }
            })
            .collect();
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, (*shape).clone(), bytes);
            (name.as_str(), view.expect("as many values as the shape says"))
        });
        let digest = digest_of(tensors.iter().map(|(name, .., bytes)| (name.as_str(), &bytes[..])));
        // Put in as text, so that no number of the head is written anew; and one entry only, for several have no order.
        let head = format!("{DIGEST}{digest}\",{}", self.head.trim_start_matches('{'));
        let head = HashMap::from([(kind.to_owned(), head)]);
        safetensors::serialize(views, Some(head)).expect("plain tensors have a safetensors form")
    }

    /// Writes the file, whole or not at all.
    pub(crate) fn write(&self, kind: &'static str, path: &Path) -> Result<(), TensorFileError> {
        write_atomic(path, &self.to_bytes(kind))
            .map_err(|source| TensorFileError::Write { source, path: path.to_owned() })
    }

    /// Reads a file of this kind; every value in it is finite.
    pub(crate) fn read(kind: &'static str, path: &Path) -> Result<Self, TensorFileError> {
        let here = || path.to_owned();
        let bytes =
            std::fs::read(path).map_err(|source| TensorFileError::Read { source, path: here() })?;
        let format = |source| TensorFileError::Format { source, path: here() };
        let file = SafeTensors::deserialize(&bytes).map_err(format)?;
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(format)?;
        let head = metadata.metadata().as_ref().and_then(|entries| entries.get(kind)).cloned();
        let head = head.ok_or_else(|| TensorFileError::Kind { expected: kind, path: here() })?;
        let by_name: BTreeMap<_, _> = file.iter().map(|(name, view)| (name, view.data())).collect();
        let found = digest_of(by_name.into_iter());
        let stated = head.strip_prefix(DIGEST).and_then(|rest| rest.split_once("\","));
        let (_, rest) = stated
            .filter(|(stated, _)| *stated == found)
            .ok_or_else(|| TensorFileError::Altered { path: here() })?;
        let head = format!("{{{rest}");
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            let shape = view.shape().to_vec();
            let tensor = match view.dtype() {
                Dtype::F32 => {
                    let (chunks, _) = view.data().as_chunks();
                    StoredTensor::F32(
                        shape,
                        chunks.iter().map(|b| f32::from_le_bytes(*b)).collect(),
                    )
                }
                Dtype::F64 => {
                    let (chunks, _) = view.data().as_chunks();
                    StoredTensor::F64(
                        shape,
                        chunks.iter().map(|b| f64::from_le_bytes(*b)).collect(),
                    )
                }
                found => {
                    return Err(TensorFileError::Type {
                        name: name.to_owned(),
                        found,
                        path: here(),
                    });
                }
            };
            if let Some((index, value)) = tensor.first_not_finite() {
                return Err(TensorFileError::NotFinite {
                    name: name.to_owned(),
                    value,
                    index,
                    path: here(),
                });
            }
            tensors.insert(name.to_owned(), tensor);
        }
        Ok(Self { head, tensors })
    }

    /// Takes out a tensor of `f32` of a known shape.
    pub(crate) fn take(
        &mut self,
        name: &str,
        shape: &[usize],
        path: &Path,
    ) -> Result<Vec<f32>, TensorFileError> {
        match self.take_any(name, path)? {
            StoredTensor::F32(found, values) if found == shape => Ok(values),
            StoredTensor::F32(found, _) => Err(wrong_shape(name, shape, found, path)),
            StoredTensor::F64(..) => Err(wrong_type(name, Dtype::F64, path)),
        }
    }

    /// Takes out a matrix of `f64` of a known width.
    pub(crate) fn take_rows(
        &mut self,
        name: &str,
        width: usize,
        path: &Path,
    ) -> Result<Vec<f64>, TensorFileError> {
        match self.take_any(name, path)? {
            StoredTensor::F64(found, values) if matches!(found[..], [_, n] if n == width) => {
                Ok(values)
            }
            StoredTensor::F64(found, _) => {
                let expected = vec![found.first().copied().unwrap_or(0), width];
                Err(wrong_shape(name, &expected, found, path))
            }
            StoredTensor::F32(..) => Err(wrong_type(name, Dtype::F32, path)),
        }
    }

    fn take_any(&mut self, name: &str, path: &Path) -> Result<StoredTensor, TensorFileError> {
        let missing = || TensorFileError::Missing { name: name.to_owned(), path: path.to_owned() };
        self.tensors.remove(name).ok_or_else(missing)
    }

    /// The shape of a tensor, if it is there.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| match tensor {
            StoredTensor::F32(shape, _) | StoredTensor::F64(shape, _) => shape.as_slice(),
        })
    }
}

impl StoredTensor {
    fn first_not_finite(&self) -> Option<(usize, f64)> {
        match self {
            Self::F32(_, values) => {
                let index = values.iter().position(|x| !x.is_finite())?;
                Some((index, f64::from(values[index])))
            }
            Self::F64(_, values) => {
                let index = values.iter().position(|x| !x.is_finite())?;
                Some((index, values[index]))
            }
        }
    }
}

fn wrong_shape(name: &str, expected: &[usize], found: Vec<usize>, path: &Path) -> TensorFileError {
    let (name, path, expected) = (name.to_owned(), path.to_owned(), expected.to_vec());
    TensorFileError::Shape { name, expected, found, path }
}

fn wrong_type(name: &str, found: Dtype, path: &Path) -> TensorFileError {
    TensorFileError::Type { name: name.to_owned(), found, path: path.to_owned() }
}
