//! Taking tensors from a checkpoint: each is checked for presence, shape, type and finiteness, and remembered as taken.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::checkpoint::{Checkpoint, CheckpointTensor};
use super::CanonicalError;
use super::report::{Role, SourceReport};
use crate::job::CancelToken;

/// Canonical tensors under construction: name → (shape, values).
pub(super) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// What one axis of a tensor must measure.
#[derive(Debug, Clone, Copy)]
pub(super) enum Axis {
    Any,
    Is(usize),
}

/// A checked tensor.
pub(super) struct Taken<'a, const N: usize> {
    pub(super) shape: [usize; N],
    pub(super) values: Cow<'a, [f32]>,
}

/// A checkpoint with the record of what was taken from it.
pub(super) struct Source<'a> {
    pub(super) checkpoint: &'a Checkpoint,
    cancel: &'a CancelToken,
    taken: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(checkpoint: &'a Checkpoint, cancel: &'a CancelToken) -> Self {
        Self { checkpoint, cancel, taken: RefCell::default() }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.checkpoint.get(name).is_some()
    }

    /// How many parts are numbered below `prefix`, by the highest number: a gap must show as a missing tensor, not as an end.
    pub(super) fn n_numbered(&self, prefix: &str) -> usize {
        let number = |name: &str| {
            let rest = name.strip_prefix(prefix)?;
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse::<usize>().ok()
        };
        self.checkpoint.names().filter_map(number).max().map_or(0, |last| last.saturating_add(1))
    }

    /// The tensor, finite and of the given shape.
    pub(super) fn take<const N: usize>(
        &self,
        name: &str,
        expected: [Axis; N],
    ) -> Result<Taken<'a, N>, CanonicalError> {
        let tensor = self.find(name)?;
        let path = || self.checkpoint.path().to_owned();
        let shape = fitting(tensor.shape(), expected).ok_or_else(|| CanonicalError::Shape {
            name: name.to_owned(),
            expected: described(&expected),
            found: tensor.shape().to_vec(),
            path: path(),
        })?;
        let values = tensor.values().ok_or_else(|| CanonicalError::Element {
            name: name.to_owned(),
            found: tensor.element(),
            path: path(),
        })?;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(Taken { shape, values }),
            Some(position) => Err(CanonicalError::NotFinite {
                name: name.to_owned(),
                index: index_at(position, &shape),
                value: values[position],
                path: path(),
            }),
        }
    }

    /// Checks that the later layer's tensor is the first layer's, by identity or by value.
    pub(super) fn take_same(&self, name: &str, first: &str) -> Result<(), CanonicalError> {
        let (tensor, original) = (self.find(name)?, self.find(first)?);
        let equal = || match (tensor.values(), original.values()) {
            (Some(a), Some(b)) => tensor.shape() == original.shape() && a == b,
            _ => false,
        };
        if tensor.is_same_view(original) || equal() {
            return Ok(());
        }
        Err(CanonicalError::NotShared {
            name: name.to_owned(),
            first: first.to_owned(),
            path: self.checkpoint.path().to_owned(),
        })
    }

    pub(super) fn report(&self, role: Role) -> SourceReport {
        let taken = self.taken.borrow();
        SourceReport::of(role, self.checkpoint, |name| taken.contains(name))
    }

    fn find(&self, name: &str) -> Result<&'a CheckpointTensor, CanonicalError> {
        if self.cancel.is_cancelled() {
            return Err(CanonicalError::Cancelled { path: self.checkpoint.path().to_owned() });
        }
        let (name, tensor) = self.checkpoint.get(name).ok_or_else(|| CanonicalError::Missing {
            name: name.to_owned(),
            path: self.checkpoint.path().to_owned(),
        })?;
        self.taken.borrow_mut().insert(name);
        Ok(tensor)
    }
}

fn fitting<const N: usize>(found: &[usize], expected: [Axis; N]) -> Option<[usize; N]> {
    let shape: [usize; N] = found.try_into().ok()?;
    let fits = shape.iter().zip(expected).all(|(size, axis)| match axis {
        Axis::Any => *size > 0,
        Axis::Is(expected) => *size == expected,
    });
    fits.then_some(shape)
}

fn described(expected: &[Axis]) -> String {
    let axes: Vec<String> = expected
        .iter()
        .map(|axis| match axis {
            Axis::Any => "_".to_owned(),
            Axis::Is(size) => size.to_string(),
        })
        .collect();
    format!("[{}]", axes.join(", "))
}

fn index_at(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let along = position % size;
            position /= size;
            along
        })
        .collect();
    index.reverse();
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_become_one_index_an_axis() {
        assert_eq!(index_at(0, &[2, 3, 4]), [0, 0, 0]);
        assert_eq!(index_at(23, &[2, 3, 4]), [1, 2, 3]);
        assert_eq!(index_at(0, &[]), [0; 0]);
    }
}
