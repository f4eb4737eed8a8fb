//! A strided view on the bytes of a checkpoint.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::element::ElementType;
use super::file_bytes::FileBytes;

/// A tensor of a checkpoint: a checked, strided view on one storage.
#[derive(Debug, Clone)]
pub struct CheckpointTensor {
    file: Arc<FileBytes>,
    /// Bytes of the elements from the view's first on.
    bytes: Range<usize>,
    element: ElementType,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

/// Why a view does not fit its storage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// The view reaches past the storage.
    #[error(
        "shape {shape:?} with strides {strides:?} does not fit a storage of {available} elements"
    )]
    OutOfStorage {
        /// Elements along each axis.
        shape: Vec<usize>,
        /// Elements between neighbors along each axis.
        strides: Vec<usize>,
        /// Elements from the view's first to the storage's last.
        available: usize,
    },
}

impl CheckpointTensor {
    /// A view on the storage that lies at `storage` (bytes) of `file`; offset, shape and strides count elements.
    pub(super) fn new(
        file: &Arc<FileBytes>,
        storage: Range<usize>,
        element: ElementType,
        offset: usize,
        (shape, strides): (&[usize], &[usize]),
    ) -> Result<Self, TensorError> {
        debug_assert!(storage.end <= file.len(), "storages are checked against the file");
        let available = (storage.len() / element.size()).checked_sub(offset);
        let fits = available.is_some_and(|available| {
            span(shape, strides).is_some_and(|span| span <= available)
                // Also no more elements than storage: a view with stride 0 must not make us allocate what is not there.
                && n_elements(shape).is_some_and(|n| n <= available)
        });
        if !fits {
            return Err(TensorError::OutOfStorage {
                shape: shape.to_vec(),
                strides: strides.to_vec(),
                available: available.unwrap_or(0),
            });
        }
        Ok(Self {
            file: file.clone(),
            bytes: storage.start + offset * element.size()..storage.end,
            element,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        })
    }

    /// Elements along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The stored type.
    pub fn element(&self) -> ElementType {
        self.element
    }

    /// Whether both are the same view on the same bytes.
    pub fn is_same_view(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
            && self.bytes.start == other.bytes.start
            && self.element == other.element
            && self.shape == other.shape
            && self.strides == other.strides
    }

    /// The values, row-major, as `f32`; `None` unless they are floats.
    pub fn values(&self) -> Option<Cow<'_, [f32]>> {
        let bytes = &self.file[self.bytes.clone()];
        match self.element {
            ElementType::F32 => Some(match self.contiguous(bytes).and_then(aligned_f32) {
                Some(values) => Cow::Borrowed(values),
                None => Cow::Owned(self.gather(bytes, f32::from_le_bytes)),
            }),
            ElementType::F64 => {
                Some(Cow::Owned(self.gather(bytes, |b| f64::from_le_bytes(b) as f32)))
            }
            ElementType::F16 => {
                Some(Cow::Owned(self.gather(bytes, |b| half::f16::from_le_bytes(b).to_f32())))
            }
            ElementType::BF16 => {
                Some(Cow::Owned(self.gather(bytes, |b| half::bf16::from_le_bytes(b).to_f32())))
            }
            _ => None,
        }
    }

    /// The bytes of exactly this tensor, if they lie in row-major order.
    fn contiguous<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        if self.shape.contains(&0) {
            return Some(&[]);
        }
        let mut expected = 1;
        for (&size, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if size != 1 && stride != expected {
                return None;
            }
            expected *= size;
        }
        bytes.get(..expected * self.element.size())
    }

    fn gather<const N: usize>(&self, bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        let elements = bytes.as_chunks::<N>().0;
        let n = self.shape.iter().product();
        if self.contiguous(bytes).is_some() {
            return elements[..n].iter().map(|element| read(*element)).collect();
        }
        let mut values = Vec::with_capacity(n);
        let mut index = vec![0; self.shape.len()];
        let mut position = 0;
        for _ in 0..n {
            values.push(read(elements[position]));
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                position += self.strides[axis];
                if index[axis] < self.shape[axis] {
                    break;
                }
                position -= self.strides[axis] * self.shape[axis];
                index[axis] = 0;
            }
        }
        values
    }
}

/// Row-major strides of a shape.
pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = shape[axis].saturating_mul(strides[axis]);
    }
    strides
}

fn n_elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |n, size| n.checked_mul(*size))
}

/// Elements from the first to the last of the view, both included; 0 if it is empty.
fn span(shape: &[usize], strides: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().zip(strides).try_fold(1_usize, |span, (size, stride)| {
        (size - 1).checked_mul(*stride).and_then(|reach| span.checked_add(reach))
    })
}

/// The bytes as `f32`s in place, where alignment and byte order allow.
fn aligned_f32(bytes: &[u8]) -> Option<&[f32]> {
    if cfg!(target_endian = "big") {
        return None;
    }
    // SAFETY: every bit pattern is an `f32`, and `align_to` only yields aligned elements.
    let (before, values, after) = unsafe { bytes.align_to::<f32>() };
    (before.is_empty() && after.is_empty()).then_some(values)
}
