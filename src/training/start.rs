//! Where a run begins.

use ndarray::{Array1, Array2, ArrayD};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::classifier::Adaptor;

/// The parameters before the first step. What is `None` takes its usual value.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// `[prototype, feature]`, normalized.
    pub prototypes: Array2<f32>,
    /// The class of each prototype.
    pub owners: Vec<usize>,
    /// The last layer, `[class, prototype]`; else 1 for a prototype's own class and 0 elsewhere.
    pub weight: Option<Array2<f32>>,
    /// The last layer's bias, `[class]`; else 0.
    pub bias: Option<Array1<f32>>,
    /// The adaptor; else random, drawn as PyTorch draws that layer. Unused where the settings have none.
    pub adaptor: Option<Adaptor>,
}

/// Why a run cannot begin there.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Nothing to compare with.
    #[error("there are no prototypes, give at least one")]
    Empty,
    /// A size that does not fit.
    #[error("the number of {what} is {found}, expected {expected}")]
    Size {
        /// What was counted.
        what: &'static str,
        /// The number that fits.
        expected: usize,
        /// The number that is there.
        found: usize,
    },
    /// A prototype of a class that does not exist.
    #[error("prototype {prototype} belongs to class {owner}, expected one below {n_classes}")]
    Owner {
        /// Number of the prototype.
        prototype: usize,
        /// Its class.
        owner: usize,
        /// Number of classes.
        n_classes: usize,
    },
    /// A value that is no number.
    #[error("the initial {what} hold {value}, expected finite values")]
    NotFinite {
        /// Which of them.
        what: &'static str,
        /// The value.
        value: f32,
    },
    /// The adaptor does not fit.
    #[error("{flaw}")]
    Adaptor {
        /// What does not fit.
        flaw: String,
    },
}

impl Start {
    /// From prototypes and their classes; the rest takes its usual values.
    pub fn new(prototypes: Array2<f32>, owners: Vec<usize>) -> Self {
        Self { prototypes, owners, weight: None, bias: None, adaptor: None }
    }

    /// The last layer's weight.
    pub(super) fn weight(&self, n_classes: usize) -> Array2<f32> {
        let own = |(class, prototype)| f32::from(self.owners[prototype] == class);
        let usual = || Array2::from_shape_fn((n_classes, self.owners.len()), own);
        self.weight.clone().unwrap_or_else(usual)
    }

    /// The last layer's bias.
    pub(super) fn bias(&self, n_classes: usize) -> Array1<f32> {
        self.bias.clone().unwrap_or_else(|| Array1::zeros(n_classes))
    }

    pub(super) fn check(
        &self,
        n_classes: usize,
        n_features: usize,
        n_hidden: Option<usize>,
    ) -> Result<(), StartError> {
        let n_prototypes = self.prototypes.nrows();
        if n_prototypes == 0 {
            return Err(StartError::Empty);
        }
        let size = |what, found: usize, expected: usize| match found == expected {
            true => Ok(()),
            false => Err(StartError::Size { what, expected, found }),
        };
        size("features of the prototypes", self.prototypes.ncols(), n_features)?;
        size("classes of prototypes", self.owners.len(), n_prototypes)?;
        let foreign = self.owners.iter().position(|owner| *owner >= n_classes);
        if let Some(prototype) = foreign {
            let owner = self.owners[prototype];
            return Err(StartError::Owner { prototype, owner, n_classes });
        }
        let weight = self.weight(n_classes);
        size("rows of the weight", weight.nrows(), n_classes)?;
        size("columns of the weight", weight.ncols(), n_prototypes)?;
        let bias = self.bias(n_classes);
        size("values of the bias", bias.len(), n_classes)?;
        for (what, value) in [
            ("prototypes", self.prototypes.iter().find(|x| !x.is_finite())),
            ("weights", weight.iter().find(|x| !x.is_finite())),
            ("biases", bias.iter().find(|x| !x.is_finite())),
        ] {
            if let Some(value) = value {
                return Err(StartError::NotFinite { what, value: *value });
            }
        }
        if let (Some(expected), Some(adaptor)) = (n_hidden, &self.adaptor) {
            size("hidden features of the adaptor", adaptor.n_hidden(), expected)?;
            if let Some(flaw) = adaptor.flaw(n_features) {
                return Err(StartError::Adaptor { flaw });
            }
        }
        Ok(())
    }
}

/// An adaptor as `torch.nn.TransformerEncoderLayer` starts: uniform weights, norms that do nothing, no attention bias.
///
/// The value rows are drawn as part of the `[3 · feature, feature]` matrix in which PyTorch keeps query, key and value.
pub(super) fn random_adaptor(seed: u64, features: usize, hidden: usize) -> Adaptor {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (f, h) = (features as f32, hidden as f32);
    let tensor = |name: &str, shape: &[usize]| {
        let bound = match name {
            "value.weight" => (6.0 / (4.0 * f)).sqrt(),
            "output.weight" | "up.weight" | "up.bias" => f.sqrt().recip(),
            "down.weight" | "down.bias" => h.sqrt().recip(),
            "norm1.weight" | "norm2.weight" => return Ok(ArrayD::ones(shape)),
            _ => return Ok(ArrayD::zeros(shape)),
        };
        Ok(ArrayD::from_shape_simple_fn(shape, || rng.random_range(-bound..bound)))
    };
    let made: Result<_, std::convert::Infallible> = Adaptor::from_tensors(features, hidden, tensor);
    made.expect("no draw fails")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_prototype_starts_by_speaking_for_its_own_class_alone() {
        let start = Start::new(Array2::zeros((3, 2)), vec![1, 0, 1]);
        assert_eq!(start.weight(2), array![[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]);
        assert_eq!(start.check(2, 2, None), Ok(()));
        let sentence = |n_classes, n_features| {
            start.check(n_classes, n_features, None).unwrap_err().to_string()
        };
        assert_eq!(sentence(1, 2), "prototype 0 belongs to class 1, expected one below 1");
        assert_eq!(sentence(2, 5), "the number of features of the prototypes is 2, expected 5");
    }

    #[test]
    fn a_random_adaptor_has_the_spread_of_its_layers() {
        let adaptor = random_adaptor(1, 32, 64);
        let deviation = |x: &Array2<f32>| (x.dot(&x.t()).diag().sum() / x.len() as f32).sqrt();
        for (found, bound) in [
            (deviation(&adaptor.value.weight), (6.0_f32 / 128.0).sqrt()),
            (deviation(&adaptor.up.weight), 32_f32.sqrt().recip()),
            (deviation(&adaptor.down.weight), 0.125),
        ] {
            assert!((found * 3_f32.sqrt() / bound - 1.0).abs() < 0.05, "{found} {bound}");
        }
        assert_eq!(adaptor.norm1.weight.sum(), 32.0);
        assert_eq!(random_adaptor(1, 32, 64), adaptor);
    }
}
