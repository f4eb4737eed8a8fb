//! Examples to learn from and to validate on.

use ndarray::Array2;
use sha2::{Digest as _, Sha256};

use crate::files::Sha256Digest;

/// Vectors with their labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// `[example, feature]`, normalized.
    pub z: Array2<f32>,
    /// The labels of each example, as indices; exactly one unless the task is multi-label.
    pub labels: Vec<Vec<u32>>,
}

/// Examples that passed every check.
#[derive(Debug)]
pub struct Data {
    n_classes: usize,
    train: Examples,
    validation: Option<Examples>,
    fingerprint: Sha256Digest,
}

/// Why examples cannot be trained on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Nothing to learn from.
    #[error("there are no {split} examples, give at least one")]
    Empty {
        /// Which split.
        split: &'static str,
    },
    /// Too few classes to tell apart.
    #[error("there is only {n_classes} class, a classifier needs at least 2")]
    Classes {
        /// Number of classes.
        n_classes: usize,
    },
    /// More or fewer label lists than vectors.
    #[error("{found} lists of labels for {expected} {split} examples, give one an example")]
    Labels {
        /// Which split.
        split: &'static str,
        /// Number of vectors.
        expected: usize,
        /// Number of lists.
        found: usize,
    },
    /// A label that does not exist, or twice the same.
    #[error(
        "{split} example {example} has labels {labels:?}, expected different ones below {n_classes}"
    )]
    Label {
        /// Which split.
        split: &'static str,
        /// Number of the example.
        example: usize,
        /// Its labels.
        labels: Vec<u32>,
        /// Number of classes.
        n_classes: usize,
    },
    /// Validation vectors of another length.
    #[error(
        "validation vectors have {found} features, expected {expected} as in training; embed both with one model"
    )]
    Features {
        /// Features of the training vectors.
        expected: usize,
        /// Features of the validation vectors.
        found: usize,
    },
    /// A value that is no number.
    #[error("{split} example {example} holds {value} at feature {feature}, expected finite values")]
    NotFinite {
        /// Which split.
        split: &'static str,
        /// Number of the example.
        example: usize,
        /// The feature.
        feature: usize,
        /// The value.
        value: f32,
    },
}

impl Data {
    /// Checks examples of `n_classes` classes.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    pub fn new(
        n_classes: usize,
        train: Examples,
        validation: Option<Examples>,
    ) -> Result<Self, DataError> {
        if n_classes < 2 {
            return Err(DataError::Classes { n_classes });
        }
        let train = train.check("training", n_classes)?;
        let validation = validation.map(|v| v.check("validation", n_classes)).transpose()?;
        if let Some(validation) = &validation {
            let (expected, found) = (train.z.ncols(), validation.z.ncols());
            if found != expected {
                return Err(DataError::Features { expected, found });
            }
        }
        let mut hasher = Sha256::new();
        hasher.update((n_classes as u64).to_le_bytes());
        [Some(&train), validation.as_ref()].into_iter().flatten().for_each(|e| e.hash(&mut hasher));
        let fingerprint = Sha256Digest(hasher.finalize().into());
        Ok(Self { n_classes, train, validation, fingerprint })
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Length of a vector.
    pub fn n_features(&self) -> usize {
        self.train.z.ncols()
    }

    /// What is learned from.
    pub fn train(&self) -> &Examples {
        &self.train
    }

    /// What decides which state of the run is kept.
    pub fn validation(&self) -> Option<&Examples> {
        self.validation.as_ref()
    }

    /// SHA-256 of every vector and label.
    pub fn fingerprint(&self) -> Sha256Digest {
        self.fingerprint
    }

    /// The first example that has not exactly one label, with its split.
    pub(super) fn first_not_single(&self) -> Option<(&'static str, usize, usize)> {
        let splits = [("training", Some(&self.train)), ("validation", self.validation.as_ref())];
        splits.into_iter().find_map(|(split, examples)| {
            let labels = &examples?.labels;
            let example = labels.iter().position(|labels| labels.len() != 1)?;
            Some((split, example, labels[example].len()))
        })
    }
}

impl Examples {
    /// The examples, row-major, if nothing is wrong with them.
    fn check(mut self, split: &'static str, n_classes: usize) -> Result<Self, DataError> {
        if self.z.is_empty() {
            return Err(DataError::Empty { split });
        }
        let (expected, found) = (self.z.nrows(), self.labels.len());
        if found != expected {
            return Err(DataError::Labels { split, expected, found });
        }
        for (example, labels) in self.labels.iter().enumerate() {
            let twice = (1..labels.len()).any(|i| labels[..i].contains(&labels[i]));
            if twice || labels.iter().any(|label| *label as usize >= n_classes) {
                let labels = labels.clone();
                return Err(DataError::Label { split, example, labels, n_classes });
            }
        }
        if let Some(((example, feature), value)) =
            self.z.indexed_iter().find(|(_, v)| !v.is_finite())
        {
            return Err(DataError::NotFinite { split, example, feature, value: *value });
        }
        if !self.z.is_standard_layout() {
            self.z = self.z.as_standard_layout().into_owned();
        }
        Ok(self)
    }

    /// One vector.
    pub(super) fn row(&self, example: usize) -> &[f32] {
        let n = self.z.ncols();
        &self.z.as_slice().expect("row-major since `check`")[example * n..(example + 1) * n]
    }

    fn hash(&self, hasher: &mut Sha256) {
        for size in [self.z.nrows(), self.z.ncols()] {
            hasher.update((size as u64).to_le_bytes());
        }
        for (example, labels) in self.labels.iter().enumerate() {
            let values: Vec<u8> = self.row(example).iter().flat_map(|x| x.to_le_bytes()).collect();
            hasher.update(values);
            hasher.update((labels.len() as u64).to_le_bytes());
            labels.iter().for_each(|label| hasher.update(label.to_le_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn examples() -> Examples {
        Examples { z: array![[0.0, 1.0], [2.0, 3.0]], labels: vec![vec![0], vec![1]] }
    }

    #[test]
    fn examples_that_cannot_be_learned_from_are_refused() {
        let sentence = |n_classes, change: fn(&mut Examples)| {
            let mut changed = examples();
            change(&mut changed);
            Data::new(n_classes, examples(), Some(changed)).unwrap_err().to_string()
        };
        for (found, wanted) in [
            (sentence(1, |_| ()), "there is only 1 class"),
            (sentence(2, |e| e.z = Array2::zeros((0, 2))), "there are no validation examples"),
            (sentence(2, |e| e.z = Array2::zeros((2, 3))), "validation vectors have 3 features"),
            (sentence(2, |e| e.labels.truncate(1)), "1 lists of labels for 2 validation examples"),
            (sentence(2, |e| e.labels[1] = vec![2]), "validation example 1 has labels [2]"),
            (sentence(2, |e| e.labels[1] = vec![1, 1]), "validation example 1 has labels [1, 1]"),
            (
                sentence(2, |e| e.z[[1, 0]] = f32::NAN),
                "validation example 1 holds NaN at feature 0",
            ),
        ] {
            assert!(found.starts_with(wanted), "{found}");
        }
    }

    #[test]
    fn the_fingerprint_tells_any_two_data_sets_apart() {
        let of = |change: fn(&mut Examples)| {
            let mut changed = examples();
            change(&mut changed);
            Data::new(2, changed, None).unwrap().fingerprint()
        };
        assert_eq!(
            of(|_| ()),
            of(|e| e.z = e.z.t().as_standard_layout().into_owned().reversed_axes())
        );
        assert_ne!(of(|_| ()), of(|e| e.z[[0, 0]] = 0.5));
        assert_ne!(of(|_| ()), of(|e| e.labels[0] = vec![]));
    }
}
