//! What a classifier calls an item, and how sure it is.

use std::fmt;

use ndarray::{Array2, Axis};
use serde::Serialize;

use crate::classifier::{Classifier, Objective};
use crate::explanation::{Evidence, Reading};

/// What an item is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Its labels: one, or any number where several are possible; none below a wanted confidence.
    pub labels: Vec<String>,
    /// Probability of the most probable class.
    pub confidence: f64,
    /// How far the decision is from another: the lead of the most probable class over the next; where several labels are
    /// possible, the smallest distance of a probability from its threshold.
    pub margin: f64,
    /// All classes, the most probable first.
    pub ranking: Vec<Ranked>,
    /// The enabled prototype that it is most similar to; `None` if all are off.
    pub top_prototype: Option<String>,
    /// The similarity to the most similar enabled prototype; of a track, the mean over its segments.
    pub similarity: f64,
    /// How familiar it is; `None` where training is not known.
    pub familiarity: Option<Reading>,
}

/// A class and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// The class.
    pub label: String,
    /// Its probability, by the classifier's objective.
    pub probability: f64,
    /// The probability from which it is given, where several labels are possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

impl fmt::Display for Ranked {
    /// `jazz 0.62`, or `jazz 0.62 ≥ 0.40` where a threshold decides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.2}", self.label, self.probability)?;
        let Some(threshold) = self.threshold else { return Ok(()) };
        let sign = if self.probability >= threshold { '≥' } else { '<' };
        write!(f, " {sign} {threshold:.2}")
    }
}

impl Verdict {
    /// What follows from the evidence; labels below `min_confidence` are not given.
    pub(super) fn of(
        classifier: &Classifier,
        evidence: &Evidence,
        familiarity: Option<Reading>,
        min_confidence: f64,
    ) -> Self {
        let logits = Array2::from_shape_vec((1, evidence.logits.len()), evidence.logits.clone())
            .expect("one row of logits");
        let probabilities = classifier.probabilities(logits.view());
        let p: Vec<f64> =
            probabilities.index_axis(Axis(0), 0).iter().map(|p| f64::from(*p)).collect();
        let labels = classifier.objective().labels(probabilities.view()).remove(0);
        let labels = labels.into_iter().map(|label| label as usize);
        let mut order: Vec<_> = (0..p.len()).collect();
        order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
        let name = |class: usize| classifier.labels()[class].clone();
        let margin = match classifier.objective() {
            Objective::Softmax { .. } => p[order[0]] - order.get(1).map_or(0.0, |next| p[*next]),
            Objective::Sigmoid { thresholds } => {
                let distances = p.iter().zip(thresholds).map(|(p, t)| (p - f64::from(*t)).abs());
                distances.fold(f64::INFINITY, f64::min)
            }
        };
        Self {
            labels: labels.filter(|class| p[*class] >= min_confidence).map(name).collect(),
            confidence: p[order[0]],
            margin,
            ranking: order
                .iter()
                .map(|class| Ranked {
                    label: name(*class),
                    probability: p[*class],
                    threshold: match classifier.objective() {
                        Objective::Softmax { .. } => None,
                        Objective::Sigmoid { thresholds } => Some(f64::from(thresholds[*class])),
                    },
                })
                .collect(),
            top_prototype: evidence
                .top_prototype(classifier)
                .map(|m| classifier.info()[m].name.clone()),
            similarity: evidence.best,
            familiarity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{parts, vectors};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_are_those_that_the_classifier_gives_and_the_ranking_falls(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 1, classifier.n_features());
            let evidence = &Evidence::of_segments(&classifier, z.view()).unwrap()[0];
            let verdict = Verdict::of(&classifier, evidence, None, 0.0);
            let logits = classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap();
            let wanted = classifier.predict(logits.view()).remove(0);
            let wanted: Vec<_> = wanted.iter().map(|label| classifier.labels()[*label as usize].clone()).collect();
            prop_assert_eq!(&verdict.labels, &wanted);
            prop_assert!(verdict.ranking.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
            prop_assert_eq!(verdict.confidence, verdict.ranking[0].probability);
            prop_assert!((0.0..=1.0).contains(&verdict.margin));
            prop_assert!(Verdict::of(&classifier, evidence, None, 1.1).labels.is_empty());
            for ranked in verdict.ranking.iter().filter(|ranked| ranked.threshold.is_some()) {
                let is_reached = ranked.to_string().contains(" ≥ ");
                prop_assert_eq!(is_reached, verdict.labels.contains(&ranked.label), "{}", ranked);
            }
        }
    }
}
