//! How well labels are found without a prototype.
//!
//! Nothing is compared anew: a track's logits are linear in its mean similarities, which are kept.

use ndarray::{Array1, Array2, ArrayView2};

use crate::classifier::{Classifier, InputError, Objective};
use crate::evaluation::{Accuracy, EvaluationError, accuracy};

/// Why nothing can be left out on trial.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AblationError {
    /// The z do not fit the classifier.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The truth does not fit the z, or there is none.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}

/// Labeled tracks with their mean similarities.
#[derive(Debug, Clone)]
pub struct Ablation<'a> {
    pub(super) classifier: &'a Classifier,
    /// `[track, prototype]`
    pub(super) similarities: Array2<f64>,
    /// `[track]`: the true labels.
    pub(super) truth: Vec<Vec<u32>>,
    /// `[prototype, class]`: the weight as it counts; 0 where it is disabled.
    pub(super) weights: Array2<f64>,
    /// `[track, class]`, with all prototypes.
    pub(super) logits: Array2<f64>,
    pub(super) rule: Rule,
}

impl<'a> Ablation<'a> {
    /// Compares the segments of some tracks once.
    ///
    /// # Shapes
    /// - `z`: `[segment, feature]`, as the encoder gives it; `tracks`: `[segment]`, any numbers that tell tracks apart,
    ///   segments of a track being neighbors; `labels`: `[segment]`, those of its track
    ///
    /// # Errors
    /// There is no segment, or the shapes do not fit each other or the classifier.
    pub fn new(
        classifier: &'a Classifier,
        z: ArrayView2<'_, f32>,
        tracks: &[usize],
        labels: &[Vec<u32>],
    ) -> Result<Self, AblationError> {
        let expected = z.nrows();
        for (what, found) in [
            ("track numbers, one a segment", tracks.len()),
            ("lists of labels, one a segment", labels.len()),
        ] {
            if found != expected {
                return Err(EvaluationError::Length { what, expected, found }.into());
            }
        }
        if expected == 0 {
            return Err(EvaluationError::Empty { what: "evaluation" }.into());
        }
        let of_segments = classifier.similarities(z)?;
        let mut starts: Vec<_> = (1..expected).filter(|i| tracks[*i] != tracks[i - 1]).collect();
        starts.insert(0, 0);
        let ends = starts.iter().skip(1).copied().chain([expected]);
        let mut similarities = Array2::zeros((starts.len(), classifier.n_prototypes()));
        for ((start, end), mut mean) in starts.iter().zip(ends).zip(similarities.outer_iter_mut()) {
            for row in of_segments.slice(ndarray::s![*start..end, ..]).outer_iter() {
                mean.zip_mut_with(&row, |sum: &mut f64, s| *sum += f64::from(*s));
            }
            mean /= (end - start) as f64;
        }
        let mut weights = classifier.parts().weight.t().mapv(f64::from);
        for (mut row, info) in weights.outer_iter_mut().zip(classifier.info()) {
            if !info.enabled {
                row.fill(0.0);
            }
        }
        let bias = classifier.bias().mapv(f64::from);
        let logits = similarities.dot(&weights) + &bias;
        let truth = starts.iter().map(|start| labels[*start].clone()).collect();
        let rule = Rule::of(classifier.objective());
        Ok(Self { classifier, similarities, truth, weights, logits, rule })
    }

    /// Number of tracks.
    pub fn n_tracks(&self) -> usize {
        self.truth.len()
    }

    /// What all enabled prototypes reach.
    ///
    /// # Errors
    /// A true label is none of the classifier's.
    pub fn accuracy(&self) -> Result<Accuracy, AblationError> {
        self.measure(&self.logits, None)
    }

    /// What the others reach when one is disabled.
    ///
    /// # Errors
    /// As [`Ablation::accuracy`].
    pub fn without(&self, prototype: usize) -> Result<Accuracy, AblationError> {
        self.measure(&self.logits, Some((prototype, 0.0)))
    }

    /// What all reach when one is blind: whatever it is shown, its similarity is `usual`.
    ///
    /// Similarities are all positive, so that a prototype that is gone takes a nearly constant part of its classes' logits
    /// with it. This leaves that part where it is and takes only what the prototype tells items apart by.
    ///
    /// # Errors
    /// As [`Ablation::accuracy`].
    pub fn blinded(&self, prototype: usize, usual: f64) -> Result<Accuracy, AblationError> {
        self.measure(&self.logits, Some((prototype, usual)))
    }

    /// What a track's logits change by when one prototype's similarity becomes a constant.
    pub(super) fn change(&self, track: usize, (prototype, constant): (usize, f64)) -> Array1<f64> {
        &self.weights.row(prototype) * (constant - self.similarities[[track, prototype]])
    }

    /// The accuracy of these logits, after one prototype's similarity became a constant.
    fn measure(
        &self,
        logits: &Array2<f64>,
        blind: Option<(usize, f64)>,
    ) -> Result<Accuracy, AblationError> {
        let labels = self.labels(logits, blind);
        Ok(accuracy(&self.truth, &labels, self.n_classes(), self.is_multi_label())?)
    }

    /// `[track]`: the labels that follow from these logits, after one prototype's similarity became a constant.
    pub(super) fn labels(
        &self,
        logits: &Array2<f64>,
        blind: Option<(usize, f64)>,
    ) -> Vec<Vec<u32>> {
        let mut row = vec![0.0; self.n_classes()];
        let of_track = |track| {
            self.logits_after(logits, track, blind, &mut row);
            self.rule.labels(&row)
        };
        (0..self.n_tracks()).map(of_track).collect()
    }

    /// Writes a track's logits to `row`, after one prototype's similarity became a constant.
    pub(super) fn logits_after(
        &self,
        logits: &Array2<f64>,
        track: usize,
        blind: Option<(usize, f64)>,
        row: &mut [f64],
    ) {
        row.iter_mut().zip(logits.row(track)).for_each(|(y, logit)| *y = *logit);
        if let Some((prototype, constant)) = blind {
            let change = constant - self.similarities[[track, prototype]];
            let weights = self.weights.row(prototype);
            row.iter_mut().zip(weights).for_each(|(y, weight)| *y += weight * change);
        }
    }

    pub(super) fn n_classes(&self) -> usize {
        self.classifier.labels().len()
    }

    pub(super) fn is_multi_label(&self) -> bool {
        matches!(self.rule, Rule::Reached(_))
    }
}

/// How labels follow from the logits themselves: softmax and sigmoid keep their order.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// The largest; of equals the first.
    Largest,
    /// `[class]`: each that is no less than this.
    Reached(Vec<f64>),
}

impl Rule {
    fn of(objective: &Objective) -> Self {
        match objective {
            Objective::Softmax { .. } => Self::Largest,
            Objective::Sigmoid { thresholds } => {
                let thresholds = thresholds.iter().map(|t| f64::from(*t));
                Self::Reached(thresholds.map(|t| (t / (1.0 - t)).ln()).collect())
            }
        }
    }

    /// The labels of one item.
    pub(super) fn labels(&self, row: &[f64]) -> Vec<u32> {
        match self {
            Self::Largest => {
                let larger = |best: usize, i: usize| if row[i] > row[best] { i } else { best };
                vec![(0..row.len()).fold(0, larger) as u32]
            }
            Self::Reached(least) => {
                let reached = (0_u32..).zip(row.iter().zip(least));
                let reached = reached.filter(|(_, (y, least))| y >= least);
                reached.map(|(class, _)| class).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{parts, vectors};
    use crate::evaluation::track_means;
    use ndarray::Axis;
    use proptest::prelude::*;

    /// Ten segments of five tracks, and labels for them.
    fn labeled(classifier: &Classifier, seed: u64) -> (Array2<f32>, Vec<usize>, Vec<Vec<u32>>) {
        let n_classes = classifier.labels().len() as u64;
        let z = vectors(seed, 10, classifier.n_features());
        let tracks: Vec<_> = (0..10).map(|i| 7 * (i / 2)).collect();
        let labels = tracks.iter().map(|t| vec![((*t as u64 ^ seed) % n_classes) as u32]).collect();
        (z, tracks, labels)
    }

    fn enabled(seed: u64) -> crate::classifier::Parts {
        let mut parts = parts(seed);
        parts.info.iter_mut().for_each(|info| info.enabled = true);
        parts
    }

    proptest! {
        #[test]
        fn with_all_prototypes_labels_are_those_that_the_classifier_gives(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let (z, tracks, labels) = labeled(&classifier, seed);
            let found = Ablation::new(&classifier, z.view(), &tracks, &labels).unwrap().accuracy().unwrap();
            let logits = classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap();
            let of_track: Vec<_> = (0..10).map(|i| i / 2).collect();
            let predicted = classifier.predict(track_means(logits.view(), &of_track, 5).unwrap().view());
            let truth: Vec<_> = labels.iter().step_by(2).collect();
            let multi = matches!(classifier.objective(), Objective::Sigmoid { .. });
            let wanted = accuracy(&truth, &predicted, classifier.labels().len(), multi).unwrap();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn leaving_out_is_what_a_classifier_with_it_disabled_does(seed: u64) {
            let mut parts = enabled(seed);
            let all = Classifier::new(parts.clone()).unwrap();
            let (z, tracks, labels) = labeled(&all, seed);
            let found = Ablation::new(&all, z.view(), &tracks, &labels).unwrap().without(0).unwrap();
            parts.info[0].enabled = false;
            let fewer = Classifier::new(parts).unwrap();
            let wanted = Ablation::new(&fewer, z.view(), &tracks, &labels).unwrap().accuracy().unwrap();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn folded_into_the_biases_is_what_a_classifier_with_those_biases_does(seed: u64, usual in prop::collection::vec(0.0..1.0_f64, 12)) {
            let mut parts = enabled(seed);
            let all = Classifier::new(parts.clone()).unwrap();
            let (z, tracks, labels) = labeled(&all, seed);
            let ablation = Ablation::new(&all, z.view(), &tracks, &labels).unwrap();
            let curve = ablation.prune(&vec![0.5; all.n_prototypes()], Some(&usual)).unwrap();
            let removed = curve[1].removed.unwrap();
            prop_assert_eq!(curve[1].accuracy, ablation.blinded(removed, usual[removed]).unwrap());
            parts.info[removed].enabled = false;
            let constant = parts.weight.column(removed).mapv(|w| w * usual[removed] as f32);
            parts.bias += &constant;
            let folded = Classifier::new(parts).unwrap();
            let wanted = Ablation::new(&folded, z.view(), &tracks, &labels).unwrap();
            for (track, (logits, wanted)) in ablation.logits.outer_iter().zip(wanted.logits.outer_iter()).enumerate() {
                let apart = &logits + &ablation.change(track, (removed, usual[removed])) - wanted;
                prop_assert!(apart.iter().all(|x| x.abs() < 1e-5), "{apart}");
            }
        }

        #[test]
        fn pruning_ends_with_the_biases_and_passes_through_every_number(seed: u64) {
            let classifier = Classifier::new(enabled(seed)).unwrap();
            let (z, tracks, labels) = labeled(&classifier, seed);
            let ablation = Ablation::new(&classifier, z.view(), &tracks, &labels).unwrap();
            let n = classifier.n_prototypes();
            let curve = ablation.prune(&vec![0.5; n], None).unwrap();
            let kept: Vec<_> = curve.iter().map(|point| point.n_kept).collect();
            prop_assert_eq!(kept, (0..=n).rev().collect::<Vec<_>>());
            prop_assert_eq!(curve[0].accuracy, ablation.accuracy().unwrap());
            // The first step is the best that one removal can do.
            let best = (0..n).map(|m| ablation.without(m).unwrap().balanced).fold(0.0, f64::max);
            prop_assert_eq!(curve[1].accuracy.balanced, best);
            let bias = classifier.bias().insert_axis(Axis(0)).to_owned();
            let of_bias = classifier.predict(bias.view()).remove(0);
            let constant = vec![of_bias; ablation.n_tracks()];
            let multi = matches!(classifier.objective(), Objective::Sigmoid { .. });
            let wanted = accuracy(&ablation.truth, &constant, classifier.labels().len(), multi).unwrap();
            prop_assert_eq!(curve[n].accuracy, wanted);
        }
    }

    #[test]
    fn of_prototypes_that_nobody_misses_the_least_used_goes_first() {
        let mut parts = enabled(4);
        parts.weight.fill(0.0);
        let classifier = Classifier::new(parts).unwrap();
        let (z, tracks, labels) = labeled(&classifier, 4);
        let ablation = Ablation::new(&classifier, z.view(), &tracks, &labels).unwrap();
        let n = classifier.n_prototypes();
        let mut usage = vec![0.5; n];
        usage[n - 1] = 0.9;
        usage[0] = 0.1;
        let curve = ablation.prune(&usage, None).unwrap();
        assert!(n > 2, "the seed gives several prototypes");
        assert_eq!(curve[1].removed, Some(0));
        assert_eq!(curve[2].removed, Some(n - 2));
        assert_eq!(curve[n].removed, Some(n - 1));
        assert_eq!(ablation.blinded(0, 0.3).unwrap(), ablation.accuracy().unwrap());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let classifier = Classifier::new(parts(2)).unwrap();
        let (z, tracks, mut labels) = labeled(&classifier, 2);
        let of = |labels: &[Vec<u32>], n: usize| {
            let z = z.slice(ndarray::s![..n, ..]);
            let ablation = Ablation::new(&classifier, z, &tracks[..n], labels);
            ablation.and_then(|ablation| ablation.accuracy()).unwrap_err().to_string()
        };
        assert_eq!(of(&labels[..3], 4), "expected 4 lists of labels, one a segment, found 3");
        assert_eq!(of(&[], 0), "there is nothing to evaluate: the evaluation set is empty");
        labels[0] = vec![99];
        assert!(of(&labels, 10).starts_with("item 0 has label number 99"));
    }
}
