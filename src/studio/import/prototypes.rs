//! Arrays of prototypes, weights and biases → the parts of a classifier, in the order that classifiers keep.

use std::path::Path;

use ndarray::{Array1, Array2, Axis};

use super::{ImportDataError, RowOrder};
use crate::classifier::{Normalization, Objective, Parts, PrototypeInfo, SimilarityKind};
use crate::embeddings::Settings;
use crate::files::Array;

/// The scale that a file of prototypes is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// As the network compares them: `(z − mean) / (2 · std)`.
    #[default]
    Normalized,
    /// As the encoder gives z: what a decoder takes.
    Raw,
}

/// The numbers of a classifier, in the order of their files.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// `[prototype, feature]`
    pub prototypes: Array2<f32>,
    /// `[class, prototype]`
    pub weights: Array2<f32>,
    /// `[class]`
    pub bias: Array1<f32>,
}

/// What the files do not say.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// `[class]`: names, in the order of the rows of the weights.
    pub(super) labels: Vec<String>,
    pub(super) order: RowOrder,
    pub(super) scale: Scale,
    pub(super) normalization: Normalization,
    pub(super) similarity: SimilarityKind,
    pub(super) objective: Objective,
    pub(super) embeddings: Settings,
}

impl Vectors {
    /// Reads them: prototypes `[M, D]` or `[M, 1, D]`, weights `[C, M]`, biases `[C]`, which are 0 where there is no file.
    ///
    /// # Errors
    /// A file is no array, or one of another shape.
    pub fn read(
        prototypes: &Path,
        weights: &Path,
        bias: Option<&Path>,
    ) -> Result<Self, ImportDataError> {
        let shape = |what, expected: String, found: &Array, path: &Path| ImportDataError::Shape {
            what,
            expected,
            found: found.shape.clone(),
            path: path.to_owned(),
        };
        let found = Array::read_npy(prototypes)?;
        let (n_prototypes, n_features) = match found.shape[..] {
            [m, d] | [m, 1, d] if m > 0 && d > 0 => (m, d),
            _ => {
                let expected = "[prototype, feature]".to_owned();
                return Err(shape("prototypes", expected, &found, prototypes));
            }
        };
        let matrix = |size, values| Array2::from_shape_vec(size, values).expect("checked above");
        let vectors = matrix((n_prototypes, n_features), found.values);
        let found = Array::read_npy(weights)?;
        let n_classes = match found.shape[..] {
            [c, m] if c > 0 && m == n_prototypes => c,
            _ => {
                let expected = format!("[class, {n_prototypes}]");
                return Err(shape("weights", expected, &found, weights));
            }
        };
        let weights = matrix((n_classes, n_prototypes), found.values);
        let bias = match bias {
            None => Array1::zeros(n_classes),
            Some(path) => {
                let found = Array::read_npy(path)?;
                if found.values.len() != n_classes {
                    return Err(shape("biases", format!("[{n_classes}]"), &found, path));
                }
                Array1::from_vec(found.values)
            }
        };
        Ok(Self { prototypes: vectors, weights, bias })
    }

    /// Puts classes in the order of their names and prototypes in that of their classes.
    pub(super) fn into_parts(self, reading: Reading) -> Result<Parts, ImportDataError> {
        let Reading { labels, order, scale, normalization, similarity, objective, embeddings } =
            reading;
        let Self { prototypes, weights, bias } = self;
        if labels.len() != weights.nrows() {
            let (found, n_classes) = (labels.len(), weights.nrows());
            return Err(ImportDataError::Labels { found, n_classes });
        }
        let owners = order.owners(weights.view())?;
        let mut classes: Vec<_> = (0..labels.len()).collect();
        classes.sort_by(|a, b| labels[*a].cmp(&labels[*b]));
        let rank = |class: usize| classes.iter().position(|other| *other == class).unwrap_or(class);
        let mut rows: Vec<_> = (0..owners.len()).collect();
        rows.sort_by_key(|row| rank(owners[*row]));
        let owners: Vec<_> = rows.iter().map(|row| rank(owners[*row])).collect();
        let labels: Vec<_> = classes.iter().map(|class| labels[*class].clone()).collect();
        let prototypes = prototypes.select(Axis(0), &rows);
        Ok(Parts {
            info: PrototypeInfo::numbered(&labels, &owners),
            prototypes: match scale {
                Scale::Normalized => prototypes,
                Scale::Raw => normalization.apply(prototypes.view()),
            },
            weight: weights.select(Axis(0), &classes).select(Axis(1), &rows),
            bias: bias.select(Axis(0), &classes),
            adaptor: None,
            labels,
            normalization,
            similarity,
            objective,
            embeddings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Classifier;
    use crate::classifier::tests::{embeddings, vectors};
    use ndarray::array;

    fn reading(order: RowOrder, scale: Scale) -> Reading {
        Reading {
            labels: ["rock", "blues"].map(str::to_owned).to_vec(),
            order,
            scale,
            normalization: Normalization { mean: 0.5, std: 2.0 },
            similarity: SimilarityKind::MeanSquared,
            objective: Objective::Softmax { temperature: 0.1 },
            embeddings: embeddings(3),
        }
    }

    fn given() -> Vectors {
        Vectors {
            prototypes: Array2::from_shape_fn((4, 3), |(m, d)| m as f32 + 0.1 * d as f32),
            weights: array![[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]],
            bias: array![0.25, -0.25],
        }
    }

    #[test]
    fn classes_and_prototypes_are_put_in_order_and_nothing_else_changes() {
        let given = given();
        let parts = given.clone().into_parts(reading(RowOrder::Interleaved, Scale::Normalized));
        let classifier = Classifier::new(parts.unwrap()).unwrap();
        assert_eq!(classifier.labels(), ["blues", "rock"]);
        let names: Vec<_> = classifier.info().iter().map(|info| info.name.as_str()).collect();
        assert_eq!(names, ["blues/0", "blues/1", "rock/0", "rock/1"]);
        // Rows 1 and 3 are of blues, the second row of the weights.
        assert_eq!(classifier.parts().weight, array![[6.0, 8.0, 5.0, 7.0], [2.0, 4.0, 1.0, 3.0]]);
        assert_eq!(classifier.parts().bias, array![-0.25, 0.25]);
        // The logits are those that the files give.
        let z = vectors(1, 5, 3);
        let found = classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap();
        for (z, logits) in z.outer_iter().zip(found.outer_iter()) {
            let normalized = z.mapv(|x| (x - 0.5) / 4.0);
            let similarity = |p: ndarray::ArrayView1<'_, f32>| {
                (-(&normalized - &p).mapv(|x| x * x).mean().unwrap()).exp()
            };
            let similarities: Array1<f32> = given.prototypes.outer_iter().map(similarity).collect();
            let wanted = given.weights.dot(&similarities) + &given.bias;
            assert!((wanted[0] - logits[1]).abs() < 1e-4 && (wanted[1] - logits[0]).abs() < 1e-4);
        }
    }

    #[test]
    fn raw_prototypes_sound_as_they_are_and_normalized_ones_are_undone() {
        let sonifiable = |scale| {
            let parts = given().into_parts(reading(RowOrder::LabelMajor, scale)).unwrap();
            Classifier::new(parts).unwrap().sonifiable().to_owned()
        };
        // Of blues come the last two rows first.
        let close = |a: f32, b: f32| (a - b).abs() < 1e-5;
        assert!(close(sonifiable(Scale::Raw)[[0, 0]], 2.0));
        assert!(close(sonifiable(Scale::Normalized)[[0, 0]], 2.0 * 4.0 + 0.5));
    }

    #[test]
    fn names_that_do_not_fit_are_refused() {
        let mut reading = reading(RowOrder::LabelMajor, Scale::Raw);
        reading.labels.pop();
        let error = given().into_parts(reading).unwrap_err().to_string();
        assert!(error.starts_with("there are 1 names of classes and 2 rows"), "{error}");
    }
}
