//! What a classifier sees in many segments, usually those that it learned from.

use ndarray::{ArrayView2, Axis};

use super::Neighbor;
use super::neighbors::Nearest;
use crate::classifier::{Classifier, InputError};

/// Segments looked at together; bounds the working memory, not the numbers.
const BLOCK: usize = 4096;

/// One look at many segments, in memory of a few words a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// `[prototype]`: the mean similarity; what is usual.
    pub mean_similarities: Vec<f64>,
    /// `[segment]`: the enabled prototype that is most similar, of equally similar ones the first; `None` if all are off.
    pub winners: Vec<Option<usize>>,
    /// `[segment]`: the similarity to it; 0 if all are off.
    pub best: Vec<f32>,
    /// `[prototype]`: the nearest segments, the nearest first.
    pub nearest: Vec<Vec<Neighbor>>,
}

impl Survey {
    /// Looks at segments, and keeps the `k` nearest of each prototype.
    ///
    /// # Shapes
    /// - `z`: `[segment, feature]`, as the encoder gives it
    ///
    /// # Errors
    /// The z do not fit the classifier.
    pub fn of(
        classifier: &Classifier,
        z: ArrayView2<'_, f32>,
        k: usize,
    ) -> Result<Self, InputError> {
        let n_prototypes = classifier.n_prototypes();
        let mut sums = vec![0.0_f64; n_prototypes];
        let mut nearest = vec![Nearest::new(k); n_prototypes];
        let (mut winners, mut best) = (Vec::with_capacity(z.nrows()), Vec::new());
        for block in z.axis_chunks_iter(Axis(0), BLOCK) {
            for distances in classifier.distances(block)?.outer_iter() {
                let row = winners.len();
                let mut closest: Option<(usize, f32)> = None;
                for (m, &distance) in distances.iter().enumerate() {
                    sums[m] += f64::from((-distance).exp());
                    nearest[m].offer(row, distance);
                    let is_closer = closest.is_none_or(|(_, least)| distance < least);
                    if is_closer && classifier.info()[m].enabled {
                        closest = Some((m, distance));
                    }
                }
                winners.push(closest.map(|(m, _)| m));
                best.push(closest.map_or(0.0, |(_, distance)| (-distance).exp()));
            }
        }
        let n = z.nrows().max(1) as f64;
        Ok(Self {
            mean_similarities: sums.into_iter().map(|sum| sum / n).collect(),
            winners,
            best,
            nearest: nearest.into_iter().map(Nearest::into_vec).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{parts, vectors};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_survey_is_what_the_similarities_say(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 5, classifier.n_features());
            let survey = Survey::of(&classifier, z.view(), 2).unwrap();
            let similarities = classifier.similarities(z.view()).unwrap();
            for (i, row) in similarities.outer_iter().enumerate() {
                let enabled = row.iter().zip(classifier.info()).filter(|(_, info)| info.enabled);
                let best = enabled.map(|(similarity, _)| *similarity).fold(0.0, f32::max);
                prop_assert_eq!(survey.best[i], best);
                match survey.winners[i] {
                    Some(m) => prop_assert!(classifier.info()[m].enabled && row[m] == best),
                    None => prop_assert!(classifier.info().iter().all(|info| !info.enabled)),
                }
            }
            for (m, column) in similarities.columns().into_iter().enumerate() {
                let mean = column.iter().map(|s| f64::from(*s)).sum::<f64>() / 5.0;
                prop_assert!((survey.mean_similarities[m] - mean).abs() < 1e-12);
                let nearest = column.iter().fold(0.0_f32, |a, b| a.max(*b));
                prop_assert_eq!(column[survey.nearest[m][0].row], nearest);
            }
        }
    }

    #[test]
    fn blocks_change_nothing() {
        let classifier = Classifier::new(parts(5)).unwrap();
        let z = vectors(5, 2 * BLOCK + 3, classifier.n_features());
        let whole = Survey::of(&classifier, z.view(), 3).unwrap();
        let row = 2 * BLOCK + 1;
        let alone = Survey::of(&classifier, z.slice(ndarray::s![row..=row, ..]), 1).unwrap();
        assert_eq!((alone.winners[0], alone.best[0]), (whole.winners[row], whole.best[row]));
        assert_eq!(whole.best.len(), 2 * BLOCK + 3);
    }
}
