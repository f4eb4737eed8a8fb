//! What a classifier has to say about one item, and the accounts that it gives of it.

use ndarray::{Array2, ArrayView2};

use super::{Account, Question, Term, Total, View};
use crate::classifier::{Classifier, InputError};

/// What a classifier finds in a segment, or in a track as the mean of its segments.
///
/// Logits are linear in the similarities, so that a track's mean similarities account for its mean logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// `S`, `[prototype]`, to disabled ones too.
    pub similarities: Vec<f64>,
    /// `[class]`, as the classifier computes them.
    pub logits: Vec<f32>,
    /// The similarity to the most similar enabled prototype, 0 if all are off; of a track, the mean of its segments'.
    pub best: f64,
}

impl Evidence {
    /// What it finds in each segment.
    ///
    /// # Shapes
    /// - `z`: `[segment, feature]`, as the encoder gives it
    ///
    /// # Errors
    /// The z do not fit the classifier.
    pub fn of_segments(
        classifier: &Classifier,
        z: ArrayView2<'_, f32>,
    ) -> Result<Vec<Self>, InputError> {
        let similarities = classifier.similarities(z)?;
        let logits = classifier.logits(similarities.view())?;
        let rows = similarities.outer_iter().zip(logits.outer_iter());
        let of_row = |(similarities, logits): (ndarray::ArrayView1<'_, f32>, _)| {
            let logits: ndarray::ArrayView1<'_, f32> = logits;
            let enabled = similarities.iter().zip(classifier.info());
            let enabled = enabled.filter(|(_, info)| info.enabled);
            Self {
                best: f64::from(enabled.map(|(s, _)| *s).fold(0.0, f32::max)),
                similarities: similarities.iter().map(|s| f64::from(*s)).collect(),
                logits: logits.to_vec(),
            }
        };
        Ok(rows.map(of_row).collect())
    }

    /// The mean over the segments of a track; `None` of no segment.
    pub fn of_track(segments: &[Self]) -> Option<Self> {
        let first = segments.first()?;
        let n = segments.len() as f64;
        let mut similarities = vec![0.0; first.similarities.len()];
        let mut logits = vec![0.0; first.logits.len()];
        for segment in segments {
            similarities.iter_mut().zip(&segment.similarities).for_each(|(sum, s)| *sum += s);
            logits.iter_mut().zip(&segment.logits).for_each(|(sum, y)| *sum += f64::from(*y));
        }
        similarities.iter_mut().for_each(|sum| *sum /= n);
        Some(Self {
            similarities,
            logits: logits.into_iter().map(|sum| (sum / n) as f32).collect(),
            best: segments.iter().map(|segment| segment.best).sum::<f64>() / n,
        })
    }

    /// The enabled prototype that it is most similar to, of equally similar ones the first; `None` if all are off.
    pub fn top_prototype(&self, classifier: &Classifier) -> Option<usize> {
        let enabled = (0..self.similarities.len()).filter(|m| classifier.info()[*m].enabled);
        let most = |best: usize, m: usize| {
            if self.similarities[m] > self.similarities[best] { m } else { best }
        };
        enabled.reduce(most)
    }

    /// `W[c, m] · S[m]`; 0 for a disabled prototype.
    ///
    /// # Shapes
    /// - returns: `[class, prototype]`
    pub fn contributions(&self, classifier: &Classifier) -> Array2<f64> {
        let weight = |(class, m): (usize, usize)| weight(classifier, class, m);
        Array2::from_shape_fn(classifier.parts().weight.dim(), |at| {
            weight(at) * self.similarities[at.1]
        })
    }

    /// For each class, that contributions and bias sum to its logit.
    pub fn totals(&self, classifier: &Classifier) -> Vec<Total> {
        let of_class = |class| {
            let question = Question { class, against: None, view: View::Absolute };
            self.account(classifier, question).total
        };
        (0..self.logits.len()).map(of_class).collect()
    }

    /// Answers a question whose classes are the classifier's.
    pub fn account(&self, classifier: &Classifier, question: Question<'_>) -> Account {
        let Question { class, against, view } = question;
        let minus = |of: &dyn Fn(usize) -> f64| of(class) - against.map_or(0.0, of);
        let weight = |m: usize| minus(&|class| weight(classifier, class, m));
        let bias = minus(&|class| f64::from(classifier.bias()[class]));
        let logit = minus(&|class| f64::from(self.logits[class]));
        let enabled = || (0..self.similarities.len()).filter(|m| classifier.info()[*m].enabled);
        let start = match view {
            View::Absolute => bias,
            View::Centered(usual) => bias + enabled().map(|m| weight(m) * usual[m]).sum::<f64>(),
        };
        let term = |m: usize| {
            let (similarity, weight) = (self.similarities[m], weight(m));
            let usual = match view {
                View::Absolute => None,
                View::Centered(usual) => Some(usual[m]),
            };
            let contribution = weight * (similarity - usual.unwrap_or(0.0));
            Term { prototype: m, similarity, usual, weight, contribution }
        };
        Account::new(enabled().map(term).collect(), start, logit)
    }
}

/// `W[class, m]` as it counts.
fn weight(classifier: &Classifier, class: usize, m: usize) -> f64 {
    let counts = classifier.info()[m].enabled;
    if counts { f64::from(classifier.parts().weight[[class, m]]) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{parts, vectors};
    use crate::evaluation::track_means;
    use proptest::prelude::*;

    proptest! {
        /// Over random classifiers: with and without adaptor, one label or several, some prototypes off.
        #[test]
        fn every_view_of_every_class_sums_to_the_logit(seed: u64, usual in prop::collection::vec(0.0..1.0_f64, 12)) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 4, classifier.n_features());
            let segments = Evidence::of_segments(&classifier, z.view()).unwrap();
            let track = Evidence::of_track(&segments).unwrap();
            let n_classes = classifier.labels().len();
            for item in segments.iter().chain([&track]) {
                prop_assert!(item.totals(&classifier).iter().all(|total| total.difference.abs() < 1e-5));
                let contributions = item.contributions(&classifier);
                for class in 0..n_classes {
                    let sum = contributions.row(class).sum() + f64::from(classifier.bias()[class]);
                    prop_assert!((sum - f64::from(item.logits[class])).abs() < 1e-5);
                    for against in (0..n_classes).map(Some).chain([None]) {
                        for view in [View::Absolute, View::Centered(&usual)] {
                            let account = item.account(&classifier, Question { class, against, view });
                            let terms: f64 = account.terms.iter().map(|term| term.contribution).sum();
                            let other = against.map_or(0.0, |class| f64::from(item.logits[class]));
                            let logit = f64::from(item.logits[class]) - other;
                            prop_assert!((account.start + terms - logit).abs() < 1e-5, "{account:?}");
                            prop_assert_eq!(account.total.logit, logit);
                        }
                    }
                }
            }
        }

        #[test]
        fn a_track_is_scored_as_in_evaluation(seed: u64, n in 1_usize..6) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, n, classifier.n_features());
            let track = Evidence::of_track(&Evidence::of_segments(&classifier, z.view()).unwrap()).unwrap();
            let logits = classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap();
            let wanted = track_means(logits.view(), &vec![0; n], 1).unwrap();
            prop_assert_eq!(track.logits, wanted.row(0).to_vec());
        }

        #[test]
        fn the_average_item_is_explained_by_the_start_alone(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 4, classifier.n_features());
            let track = Evidence::of_track(&Evidence::of_segments(&classifier, z.view()).unwrap()).unwrap();
            let view = View::Centered(&track.similarities);
            let account = track.account(&classifier, Question { class: 0, against: None, view });
            prop_assert!(account.terms.iter().all(|term| term.contribution == 0.0));
            prop_assert!((account.start - f64::from(track.logits[0])).abs() < 1e-5);
        }
    }

    #[test]
    fn a_disabled_prototype_has_no_term_and_is_never_the_top_one() {
        let mut parts = parts(11);
        parts.info.iter_mut().for_each(|info| info.enabled = true);
        let z = vectors(11, 1, parts.prototypes.ncols());
        let all = Classifier::new(parts.clone()).unwrap();
        let evidence = &Evidence::of_segments(&all, z.view()).unwrap()[0];
        let top = evidence.top_prototype(&all).unwrap();
        parts.info[top].enabled = false;
        let fewer = Classifier::new(parts.clone()).unwrap();
        let evidence = &Evidence::of_segments(&fewer, z.view()).unwrap()[0];
        assert_ne!(evidence.top_prototype(&fewer), Some(top));
        let question = Question { class: 0, against: None, view: View::Absolute };
        let terms = evidence.account(&fewer, question).terms;
        assert!(terms.len() + 1 == all.n_prototypes() && terms.iter().all(|t| t.prototype != top));
        assert!(evidence.contributions(&fewer).column(top).iter().all(|c| *c == 0.0));
        parts.info.iter_mut().for_each(|info| info.enabled = false);
        let none = Classifier::new(parts).unwrap();
        let evidence = &Evidence::of_segments(&none, z.view()).unwrap()[0];
        assert_eq!((evidence.top_prototype(&none), evidence.best), (None, 0.0));
    }
}
