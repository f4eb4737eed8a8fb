//! What a run leaves behind: a classifier.

use std::convert::Infallible;

use ndarray::{Array1, Array2, ArrayD};

use super::Trainer;
use super::settings::ClassLoss;
use crate::classifier::{
    Adaptor, Classifier, Normalization, Objective, Parts, PartsError, PrototypeInfo,
};
use crate::embeddings;

/// What a classifier must know that training need not.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Names of the classes.
    pub labels: Vec<String>,
    /// How the examples were normalized.
    pub normalization: Normalization,
    /// How their z were made.
    pub embeddings: embeddings::Settings,
}

impl Trainer {
    /// The classifier of the best state; without validation examples, of the present one.
    ///
    /// Prototypes are named after their class, and each class's threshold is ½ where several labels are possible.
    ///
    /// # Errors
    /// The identity does not fit the run.
    pub fn classifier(&self, identity: Identity) -> Result<Classifier, PartsError> {
        let current = self.network.parameters.all();
        let best = |i: usize| match &self.best {
            Some(best) => best.values[i].as_slice(),
            None => current[i].1.values.as_slice(),
        };
        let [n_features, n_prototypes] = current[0].1.shape;
        let n_classes = self.data.n_classes();
        let array = |i, shape: &[usize]| {
            ArrayD::from_shape_vec(shape, best(i).to_vec()).expect("parameters keep their size")
        };
        let matrix = |i, rows, columns| -> Array2<f32> {
            array(i, &[rows, columns]).into_dimensionality().expect("two axes")
        };
        let adaptor = self.settings.adaptor.map(|adaptor| {
            let mut i = 2;
            let next = |_: &str, shape: &[usize]| {
                i += 1;
                Ok::<_, Infallible>(array(i, shape))
            };
            let made = Adaptor::from_tensors(n_features, adaptor.hidden, next);
            made.expect("every tensor is there")
        });
        let owners = self.network.owners();
        Classifier::new(Parts {
            info: PrototypeInfo::numbered(&identity.labels, owners),
            labels: identity.labels,
            normalization: identity.normalization,
            similarity: self.settings.similarity,
            objective: match self.settings.class_loss {
                ClassLoss::CrossEntropy { temperature } => {
                    Objective::Softmax { temperature: temperature as f32 }
                }
                ClassLoss::BinaryCrossEntropy => {
                    Objective::Sigmoid { thresholds: vec![0.5; n_classes] }
                }
            },
            prototypes: matrix(0, n_features, n_prototypes)
                .reversed_axes()
                .as_standard_layout()
                .into_owned(),
            adaptor,
            weight: matrix(1, n_classes, n_prototypes),
            bias: Array1::from_vec(best(2).to_vec()),
            embeddings: identity.embeddings,
        })
    }
}
