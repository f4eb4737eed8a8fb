//! Canonical tensors → a safetensors file in full or half precision.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, View};
use serde::{Deserialize, Serialize};

use super::Weights;
use super::store::little_endian_bytes;

/// The element type of a saved model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision: the numbers as published.
    #[default]
    F32,
    /// IEEE half precision: half the size, 11 significant bits, nothing above 65 504.
    F16,
    /// The upper half of an `f32`: half the size, 8 significant bits, the full range.
    Bf16,
}

/// Why weights were not saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// A weight beyond the range of the precision.
    #[error("tensor {name} holds {value}, which {precision} cannot; save as bf16 or f32")]
    Overflow {
        /// The canonical tensor.
        name: String,
        /// The weight.
        value: f32,
        /// The precision that was asked for.
        precision: Precision,
    },
    /// The file cannot be written.
    #[error("cannot write model weights ({source}): {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: safetensors::SafeTensorError,
    },
}

impl Weights {
    /// Writes all tensors to `path`, which is overwritten. Halves are rounded to nearest, ties to even.
    ///
    /// # Errors
    /// A weight is beyond the range of `precision`, or writing fails.
    pub fn save(&self, path: &Path, precision: Precision) -> Result<(), SaveError> {
        let mut tensors = Vec::new();
        for (name, shape, values) in self.tensors() {
            if let Some(value) = precision.first_overflow(&values) {
                return Err(SaveError::Overflow { name: name.to_owned(), value, precision });
            }
            tensors.push((name, Saved { shape, values, precision }));
        }
        safetensors::serialize_to_file(tensors, None, path)
            .map_err(|source| SaveError::Write { path: path.to_owned(), source })
    }
}

impl Precision {
    fn first_overflow(self, values: &[f32]) -> Option<f32> {
        let overflows = |value: &&f32| {
            let narrowed = match self {
                Self::F32 => return false,
                Self::F16 => half::f16::from_f32(**value).to_f32(),
                Self::Bf16 => half::bf16::from_f32(**value).to_f32(),
            };
            value.is_finite() && !narrowed.is_finite()
        };
        values.iter().find(overflows).copied()
    }

    fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::Bf16 => Dtype::BF16,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        })
    }
}

/// One tensor on its way to the file.
struct Saved<'a> {
    shape: &'a [usize],
    values: Cow<'a, [f32]>,
    precision: Precision,
}

impl View for Saved<'_> {
    fn dtype(&self) -> Dtype {
        self.precision.dtype()
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match self.precision {
            Precision::F32 => little_endian_bytes(&self.values),
            Precision::F16 => self
                .values
                .iter()
                .flat_map(|value| half::f16::from_f32(*value).to_le_bytes())
                .collect(),
            Precision::Bf16 => self
                .values
                .iter()
                .flat_map(|value| half::bf16::from_f32(*value).to_le_bytes())
                .collect(),
        }
    }

    fn data_len(&self) -> usize {
        self.values.len() * if self.precision == Precision::F32 { 4 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: f32) -> Weights {
        Weights::from_memory([("a".to_owned(), vec![1], vec![value])])
    }

    #[test]
    fn halves_come_back_rounded_to_nearest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        for (precision, wanted) in
            [(Precision::F32, 1.001), (Precision::F16, 1.000_976_6), (Precision::Bf16, 1.0)]
        {
            one(1.001).save(&path, precision).unwrap();
            let read = Weights::map(&path).unwrap();
            assert_eq!(*read.root().values("a", &[1]).unwrap(), [wanted], "{precision}");
        }
    }

    #[test]
    fn a_weight_that_half_precision_cannot_hold_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let error = one(1e5).save(&path, Precision::F16).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tensor a holds 100000, which f16 cannot; save as bf16 or f32"
        );
        one(1e5).save(&path, Precision::Bf16).unwrap();
    }
}
