//! Named tensors in canonical naming, in memory or mapped from a model folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

/// Canonical tensors (ARCHITECTURE.md lists the names) that networks load themselves from.
#[derive(Debug, Clone)]
pub struct Weights {
    tensors: BTreeMap<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    shape: Vec<usize>,
    data: Data,
}

#[derive(Clone)]
enum Data {
    Memory(Arc<[f32]>),
    Mapped { file: Arc<Mmap>, start: usize, end: usize, dtype: Dtype },
    Program { bytes: &'static [u8], dtype: Dtype },
}

/// Why a tensor could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or mapped.
    #[error("cannot read model weights ({source}): {}", path.display())]
    Io {
        /// The offending file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not a safetensors file.
    #[error("not a valid safetensors file ({source}): {}", path.display())]
    Format {
        /// The offending file.
        path: PathBuf,
        /// What the parser said.
        source: safetensors::SafeTensorError,
    },
    /// A tensor of a type that holds no weights.
    #[error("tensor {name} has type {found:?}, expected F32, F16 or BF16: {}", path.display())]
    Dtype {
        /// The tensor.
        name: String,
        /// Its element type.
        found: Dtype,
        /// The offending file.
        path: PathBuf,
    },
    /// No tensor of that name.
    #[error("tensor {name} is missing from the model")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// A weight that is no number: it would go unseen where a maximum swallows it.
    #[error(
        "the model is damaged: tensor {name} holds {value}, expected finite weights; check it by `pecmae models verify` and \
         import it again"
    )]
    NotFinite {
        /// The tensor.
        name: String,
        /// NaN or an infinity.
        value: f32,
    },
    /// A tensor whose shape contradicts the others.
    #[error("tensor {name} has shape {found:?}, expected {expected}")]
    Shape {
        /// The tensor.
        name: String,
        /// The shape that the other tensors imply.
        expected: String,
        /// Its shape.
        found: Vec<usize>,
    },
}

/// What loading a network from tensors gives.
pub type Loaded<T> = Result<T, StoreError>;

/// The shape alone: a model has a hundred million values.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.shape, f)
    }
}

impl Weights {
    /// Tensors in memory: `(name, shape, values)`.
    ///
    /// # Panics
    /// If a shape does not match its number of values.
    pub fn from_memory(tensors: impl IntoIterator<Item = (String, Vec<usize>, Vec<f32>)>) -> Self {
        let tensors = tensors
            .into_iter()
            .map(|(name, shape, values)| {
                assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}: {shape:?}");
                (name, Entry { shape, data: Data::Memory(values.into()) })
            })
            .collect();
        Self { tensors }
    }

    /// Maps a canonical safetensors file; nothing is read until a tensor is asked for.
    ///
    /// # Errors
    /// The file cannot be opened, is no safetensors file, or holds a tensor that is not a float.
    pub fn map(path: &Path) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        // SAFETY: model folders are replaced by rename, never written in place, so the mapping stays valid.
        let file = Arc::new(unsafe { Mmap::map(&file) }.map_err(io)?);
        Self::parse(&file, path, |bytes, dtype| {
            let start = bytes.as_ptr() as usize - file.as_ptr() as usize;
            Data::Mapped { file: file.clone(), start, end: start + bytes.len(), dtype }
        })
    }

    /// The tensors of a canonical safetensors file that is part of the program; `path` is what messages call it.
    ///
    /// # Errors
    /// As [`Weights::map`].
    pub fn of_program(file: &'static [u8], path: &Path) -> Result<Self, StoreError> {
        Self::parse(file, path, |bytes, dtype| Data::Program { bytes, dtype })
    }

    fn parse<'a>(
        file: &'a [u8],
        path: &Path,
        data: impl Fn(&'a [u8], Dtype) -> Data,
    ) -> Result<Self, StoreError> {
        let format = |source| StoreError::Format { path: path.to_owned(), source };
        let parsed = SafeTensors::deserialize(file).map_err(format)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in parsed.tensors() {
            let dtype = view.dtype();
            if !matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
                return Err(StoreError::Dtype { name, found: dtype, path: path.to_owned() });
            }
            let (shape, data) = (view.shape().to_vec(), data(view.data(), dtype));
            tensors.insert(name, Entry { shape, data });
        }
        Ok(Self { tensors })
    }

    /// All these tensors together; of two of one name the later one.
    pub fn joined(&self, others: impl IntoIterator<Item = Self>) -> Self {
        let mut joined = self.clone();
        others.into_iter().for_each(|other| joined.tensors.extend(other.tensors));
        joined
    }

    /// All tensor names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor by its full name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    /// Every tensor, sorted by name, its values widened to `f32`.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], Cow<'_, [f32]>)> {
        self.tensors
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.shape.as_slice(), entry.values()))
    }

    /// Every tensor, sorted by name, as stored: element type and little-endian bytes.
    pub fn stored(&self) -> impl Iterator<Item = (&str, &[usize], Dtype, Cow<'_, [u8]>)> {
        self.tensors.iter().map(|(name, entry)| {
            let (dtype, bytes) = entry.stored();
            (name.as_str(), entry.shape.as_slice(), dtype, bytes)
        })
    }

    /// The scope that sees every tensor.
    pub fn root(&self) -> Scope<'_> {
        Scope { weights: self, prefix: String::new() }
    }
}

/// A view on the tensors below one prefix, as in `codec.encoder`.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    weights: &'a Weights,
    prefix: String,
}

impl<'a> Scope<'a> {
    /// The scope one step down.
    #[must_use]
    pub fn pp(&self, name: impl std::fmt::Display) -> Self {
        Self { weights: self.weights, prefix: self.full_name(&name.to_string()) }
    }

    /// The full name of a tensor or scope below this one.
    pub fn full_name(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }

    /// Whether any tensor lies below `name`.
    pub fn contains(&self, name: &str) -> bool {
        let full = self.full_name(name);
        let below = format!("{full}.");
        self.weights.tensors.contains_key(&full)
            || self
                .weights
                .tensors
                .range(below.clone()..)
                .next()
                .is_some_and(|(found, _)| found.starts_with(&below))
    }

    /// How many of `name.0`, `name.1`, … exist in a row.
    pub fn count(&self, name: &str) -> usize {
        (0..).take_while(|i| self.contains(&format!("{name}.{i}"))).count()
    }

    /// The shape of a tensor of `N` axes.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or [`StoreError::Shape`] if it has another number of axes.
    pub fn shape<const N: usize>(&self, name: &str) -> Result<[usize; N], StoreError> {
        let entry = self.entry(name)?;
        entry.shape.as_slice().try_into().map_err(|_| StoreError::Shape {
            name: self.full_name(name),
            expected: format!("{N} axes"),
            found: entry.shape.clone(),
        })
    }

    /// The values of a tensor whose shape must be `shape`, widened to `f32`; all of them are finite.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Shape`] or [`StoreError::NotFinite`].
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Cow<'a, [f32]>, StoreError> {
        let entry = self.entry(name)?;
        if entry.shape != shape {
            return Err(StoreError::Shape {
                name: self.full_name(name),
                expected: format!("{shape:?}"),
                found: entry.shape.clone(),
            });
        }
        let values = entry.values();
        match values.iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(StoreError::NotFinite { name: self.full_name(name), value }),
            None => Ok(values),
        }
    }

    fn entry(&self, name: &str) -> Result<&'a Entry, StoreError> {
        let name = self.full_name(name);
        self.weights.tensors.get(&name).ok_or(StoreError::Missing { name })
    }
}

impl Entry {
    fn stored(&self) -> (Dtype, Cow<'_, [u8]>) {
        match &self.data {
            Data::Memory(values) => (Dtype::F32, little_endian_bytes(values)),
            Data::Mapped { file, start, end, dtype } => {
                (*dtype, Cow::Borrowed(&file[*start..*end]))
            }
            Data::Program { bytes, dtype } => (*dtype, Cow::Borrowed(bytes)),
        }
    }

    fn values(&self) -> Cow<'_, [f32]> {
        let (bytes, dtype) = match &self.data {
            Data::Memory(values) => return Cow::Borrowed(values),
            Data::Mapped { file, start, end, dtype } => (&file[*start..*end], *dtype),
            Data::Program { bytes, dtype } => (*bytes, *dtype),
        };
        match dtype {
            Dtype::F32 => match bytemuck_f32(bytes) {
                Some(values) => Cow::Borrowed(values),
                None => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            },
            Dtype::F16 => widen(bytes, |bits| half::f16::from_bits(bits).to_f32()),
            _ => widen(bytes, |bits| half::bf16::from_bits(bits).to_f32()),
        }
    }
}

fn widen(bytes: &[u8], to_f32: impl Fn(u16) -> f32) -> Cow<'static, [f32]> {
    bytes.as_chunks().0.iter().map(|b| to_f32(u16::from_le_bytes(*b))).collect()
}

/// The bytes as `f32`s in place, where alignment and byte order allow.
fn bytemuck_f32(bytes: &[u8]) -> Option<&[f32]> {
    if cfg!(target_endian = "big") {
        return None;
    }
    // SAFETY: every bit pattern is an `f32`, and `align_to` only yields aligned elements.
    let (before, values, after) = unsafe { bytes.align_to::<f32>() };
    (before.is_empty() && after.is_empty()).then_some(values)
}

/// The values as little-endian bytes, in place where the machine is little-endian.
pub(super) fn little_endian_bytes(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "big") {
        return values.iter().flat_map(|value| value.to_le_bytes()).collect();
    }
    // SAFETY: a byte has no alignment and no invalid pattern, so the middle part is the whole slice.
    let (_, bytes, _) = unsafe { values.align_to::<u8>() };
    Cow::Borrowed(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Weights {
        Weights::from_memory([
            ("a.layers.0.weight".to_owned(), vec![2, 1], vec![1.0, 2.0]),
            ("a.layers.1.weight".to_owned(), vec![2, 1], vec![3.0, 4.0]),
        ])
    }

    #[test]
    fn scopes_count_and_name_what_is_below() -> Result<(), StoreError> {
        let weights = two();
        let a = weights.root().pp("a");
        assert_eq!(a.count("layers"), 2);
        assert!(!a.contains("layer"));
        assert_eq!(*a.pp("layers").pp(1).values("weight", &[2, 1])?, [3.0, 4.0]);
        Ok(())
    }

    #[test]
    fn a_weight_that_is_no_number_is_named() {
        let one = |value| Weights::from_memory([("a.b".to_owned(), vec![2], vec![1.0, value])]);
        assert!(one(f32::MAX).root().values("a.b", &[2]).is_ok());
        for value in [f32::NAN, f32::NEG_INFINITY] {
            let error = one(value).root().values("a.b", &[2]).unwrap_err().to_string();
            let sentence = format!("the model is damaged: tensor a.b holds {value}, expected");
            assert!(error.starts_with(&sentence), "{error}");
        }
    }

    #[test]
    fn a_wrong_shape_is_named_with_both_shapes() {
        let error = two().root().values("a.layers.0.weight", &[1, 2]).unwrap_err();
        assert_eq!(error.to_string(), "tensor a.layers.0.weight has shape [2, 1], expected [1, 2]");
    }
}
