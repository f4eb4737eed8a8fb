//! Classifiers that ought to be worse: the same weights with other vectors in place of the prototypes.

use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::{Ablation, AblationError, Survey};
use crate::classifier::{Classifier, Parts, PartsError};
use crate::evaluation::Accuracy;
use crate::examples::Part;

/// Draws of the random control.
const DRAWS: u64 = 5;

/// What is reached with other vectors in place of the prototypes, all weights kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Controls {
    /// Each prototype replaced by the nearest training segment of its class: what is lost by pointing at real sounds.
    pub snapped: Option<Accuracy>,
    /// Random vectors with the mean and deviation that training has in each feature; the mean of five draws.
    pub random: Accuracy,
    /// Each class given the prototypes of another; `None` with a single class.
    pub permuted: Option<Accuracy>,
}

impl Controls {
    /// Tries them all on `trial`, usually the validation split.
    ///
    /// # Errors
    /// The parts do not fit the classifier.
    pub(super) fn of(
        classifier: &Classifier,
        train: &Part,
        survey: &Survey,
        trial: &Part,
        seed: u64,
    ) -> Result<Self, AblationError> {
        let with = |prototypes: Option<Array2<f32>>| {
            let other = prototypes.and_then(|vectors| replaced(classifier, vectors).ok());
            let measure = |other: Classifier| {
                Ablation::new(&other, trial.z.view(), &trial.tracks, &trial.labels)?.accuracy()
            };
            other.map(measure).transpose()
        };
        let mut sum = Accuracy::default();
        for draw in 0..DRAWS {
            let vectors = random(classifier, train.z.view(), seed.wrapping_add(draw));
            let found = with(Some(vectors))?.unwrap_or_default();
            sum.plain += found.plain / DRAWS as f64;
            sum.balanced += found.balanced / DRAWS as f64;
        }
        Ok(Self {
            snapped: with(snapped(classifier, train, survey))?,
            random: sum,
            permuted: with(permuted(classifier))?,
        })
    }
}

/// The classifier with these vectors, already adapted, in place of its prototypes.
fn replaced(classifier: &Classifier, vectors: Array2<f32>) -> Result<Classifier, PartsError> {
    let parts = Parts { prototypes: vectors, adaptor: None, ..classifier.parts().clone() };
    Classifier::new(parts)
}

/// `[prototype, feature]`, normalized: `None` if a class has no training segment.
fn snapped(classifier: &Classifier, train: &Part, survey: &Survey) -> Option<Array2<f32>> {
    let row_of = |m: usize| {
        let label = classifier.info()[m].label as u32;
        let own = survey.nearest[m].iter().map(|neighbor| neighbor.row);
        let found = own.into_iter().find(|row| train.labels[*row].contains(&label));
        // The few nearest may all be of other classes.
        found.or_else(|| {
            let rows: Vec<_> =
                (0..train.labels.len()).filter(|row| train.labels[*row].contains(&label)).collect();
            let z = train.z.select(Axis(0), &rows);
            let vector = classifier.sonifiable();
            let nearest = super::nearest_segments(classifier, vector.row(m), z.view(), 1).ok()?;
            nearest.first().map(|neighbor| rows[neighbor.row])
        })
    };
    let rows: Vec<_> = (0..classifier.n_prototypes()).map(row_of).collect::<Option<_>>()?;
    Some(classifier.normalization().apply(train.z.select(Axis(0), &rows).view()))
}

fn random(classifier: &Classifier, z: ArrayView2<'_, f32>, seed: u64) -> Array2<f32> {
    let z = classifier.normalization().apply(z);
    let n = z.nrows().max(1) as f64;
    let statistics = z.axis_iter(Axis(1)).map(|column| {
        let mean = column.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        let variance = column.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
        (mean, variance.sqrt())
    });
    let statistics: Vec<(f64, f64)> = statistics.collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_fn((classifier.n_prototypes(), z.ncols()), |(_, feature)| {
        let (mean, deviation) = statistics[feature];
        let drawn: f64 = StandardNormal.sample(&mut rng);
        (mean + deviation * drawn) as f32
    })
}

/// `[prototype, feature]`, normalized: `None` with a single class.
fn permuted(classifier: &Classifier) -> Option<Array2<f32>> {
    let labels: Vec<_> = classifier.info().iter().map(|info| info.label).collect();
    let from = turned(&labels)?;
    Some(classifier.adapted().select(Axis(0), &from))
}

/// For each prototype, by their classes, another whose vector it gets: sorted by class, they are turned by the size of the
/// largest class, so that no vector stays in its class unless one has more than half of them.
fn turned(labels: &[usize]) -> Option<Vec<usize>> {
    let mut order: Vec<_> = (0..labels.len()).collect();
    order.sort_by_key(|m| labels[*m]);
    let largest = order.chunk_by(|a, b| labels[*a] == labels[*b]).map(<[_]>::len).max()?;
    if largest == labels.len() {
        return None;
    }
    let mut from = vec![0; labels.len()];
    for (i, &m) in order.iter().enumerate() {
        from[m] = order[(i + largest) % order.len()];
    }
    Some(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{parts, vectors};
    use proptest::prelude::*;
    use rand::seq::SliceRandom as _;

    fn part(classifier: &Classifier, seed: u64, n: usize) -> Part {
        let n_classes = classifier.labels().len() as u32;
        let labels = (0..n as u32).map(|i| vec![i % n_classes]).collect();
        let z = vectors(seed, n, classifier.n_features());
        Part { z, labels, tracks: (0..n).collect(), rows: (0..n).collect() }
    }

    proptest! {
        #[test]
        fn replaced_by_themselves_prototypes_say_the_same(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let same = replaced(&classifier, classifier.adapted().to_owned()).unwrap();
            let z = vectors(seed, 3, classifier.n_features());
            prop_assert_eq!(same.similarities(z.view()).unwrap(), classifier.similarities(z.view()).unwrap());
        }

        #[test]
        fn turned_vectors_are_all_there_and_none_in_its_class(per_class in 1_usize..6, n_classes in 1_usize..5, seed: u64) {
            let mut labels: Vec<_> = (0..per_class * n_classes).map(|m| m % n_classes).collect();
            labels.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            let Some(from) = turned(&labels) else {
                prop_assert_eq!(n_classes, 1);
                return Ok(());
            };
            prop_assert!(from.iter().zip(&labels).all(|(from, label)| labels[*from] != *label));
            let mut sorted = from;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..labels.len()).collect::<Vec<_>>());
        }

        #[test]
        fn snapped_vectors_are_training_segments_of_their_class(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let train = part(&classifier, seed, 9);
            // With one neighbor kept, it is often of another class.
            let survey = Survey::of(&classifier, train.z.view(), 1).unwrap();
            let normalized = classifier.normalization().apply(train.z.view());
            let distances = classifier.distances(train.z.view()).unwrap();
            for (m, vector) in snapped(&classifier, &train, &survey).unwrap().outer_iter().enumerate() {
                let row = normalized.outer_iter().position(|row| row == vector).unwrap();
                let label = classifier.info()[m].label as u32;
                prop_assert_eq!(train.labels[row][0], label);
                let nearer = |other: usize| train.labels[other][0] == label && distances[[other, m]] < 0.999 * distances[[row, m]];
                prop_assert!(!(0..9).any(nearer));
            }
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_vectors() {
        let classifier = Classifier::new(parts(1)).unwrap();
        let train = part(&classifier, 1, 20);
        let survey = Survey::of(&classifier, train.z.view(), 3).unwrap();
        let of = |seed| Controls::of(&classifier, &train, &survey, &train, seed).unwrap();
        assert_eq!(of(3), of(3));
        let z = train.z.view();
        assert_ne!(random(&classifier, z, 3), random(&classifier, z, 4));
    }
}
