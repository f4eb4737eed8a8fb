//! How far prototypes are from each other.

use ndarray::Array2;

use crate::classifier::Classifier;

/// Another prototype, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closest {
    /// The prototype.
    pub prototype: usize,
    /// As the classifier measures.
    pub distance: f64,
}

/// Distances between prototypes, as the classifier measures: of adapted ones.
#[derive(Debug)]
pub(super) struct Geometry {
    labels: Vec<usize>,
    enabled: Vec<bool>,
    /// `[prototype, prototype]`
    distances: Array2<f64>,
}

impl Geometry {
    pub(super) fn of(classifier: &Classifier) -> Self {
        let prototypes = classifier.adapted();
        let scale = classifier.parts().similarity.scale(classifier.n_features());
        let n = prototypes.nrows();
        let mut distances = Array2::zeros((n, n));
        for i in 0..n {
            for j in 0..i {
                let pairs = prototypes.row(i).into_iter().zip(prototypes.row(j));
                let sum: f64 = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
                distances[[i, j]] = scale * sum;
                distances[[j, i]] = scale * sum;
            }
        }
        Self {
            labels: classifier.info().iter().map(|info| info.label).collect(),
            enabled: classifier.info().iter().map(|info| info.enabled).collect(),
            distances,
        }
    }

    /// The closest enabled other prototype of the same class, or of the other classes.
    pub(super) fn closest(&self, m: usize, same_class: bool) -> Option<Closest> {
        let others = (0..self.labels.len()).filter(|&other| {
            let is_same = self.labels[other] == self.labels[m];
            other != m && self.enabled[other] && is_same == same_class
        });
        let nearest =
            others.min_by(|a, b| self.distances[[m, *a]].total_cmp(&self.distances[[m, *b]]));
        nearest.map(|other| Closest { prototype: other, distance: self.distances[[m, other]] })
    }

    /// The mean distance of pairs of enabled prototypes of one class, or of two; `None` if there is no such pair.
    pub(super) fn mean(&self, same_class: bool) -> Option<f64> {
        let (mut sum, mut n) = (0.0, 0_usize);
        for ((i, j), distance) in self.distances.indexed_iter().filter(|((i, j), _)| i < j) {
            let is_same = self.labels[i] == self.labels[j];
            if self.enabled[i] && self.enabled[j] && is_same == same_class {
                sum += distance;
                n += 1;
            }
        }
        (n > 0).then(|| sum / n as f64)
    }
}
