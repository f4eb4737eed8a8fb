//! What an edit does to the tracks of a split.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::EditRunError;
use crate::classifier::Classifier;
use crate::dataset::Split;
use crate::evaluation::{Items, Summary, track_means};
use crate::examples::Examples;
use crate::runs::Revision;
use crate::studio::scoring::{ScoringError, decision_of, numbered, probabilities_of};

/// A split, scored, with what makes scoring it again cheap.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    set: Arc<Set>,
    /// `[track, prototype]`: the mean over a track's segments. As scores are linear in similarities, the scores of these
    /// are the mean scores of the segments.
    similarities: Arc<Array2<f32>>,
    /// `[track, class]`
    sums: Array2<f64>,
    given: Vec<Vec<u32>>,
    summary: Summary,
}

/// What no edit changes.
#[derive(Debug)]
struct Set {
    /// `[segment, feature]`
    z: Array2<f32>,
    /// `[segment]`: the number of its track.
    tracks: Vec<usize>,
    /// `[track]`
    truth: Vec<Vec<u32>>,
}

/// What an edit does to a split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Figures before it.
    pub before: Summary,
    /// Figures after it.
    pub after: Summary,
    /// Tracks that are given other labels.
    pub n_changed: usize,
    /// Tracks of the split.
    pub n_tracks: usize,
}

impl Effect {
    /// Class-balanced accuracy before and after.
    pub fn revision(&self) -> Revision {
        let (before, after) = (self.before.balanced_accuracy, self.after.balanced_accuracy);
        Revision { before, after }
    }
}

impl Measure {
    /// Scores a split; `None` if no track is in it.
    pub(super) fn new(
        classifier: &Classifier,
        examples: &Examples,
        split: Split,
    ) -> Result<Option<Self>, EditRunError> {
        let part = examples.part(split);
        if part.rows.is_empty() {
            return Ok(None);
        }
        let (tracks, known) = numbered(&part.tracks);
        let truth = known.iter().map(|track| examples.tracks[*track].labels.clone()).collect();
        let set = Set { z: part.z, tracks, truth };
        let similarities = set.means(classifier.similarities(set.z.view())?.view())?;
        let sums = classifier.sums(similarities.view())?;
        Ok(Some(Self::of(classifier, Arc::new(set), Arc::new(similarities), sums)?))
    }

    /// The same after an edit, and what it changed.
    pub(super) fn after(
        &self,
        before: &Classifier,
        after: &Classifier,
    ) -> Result<(Self, Effect), EditRunError> {
        // Most edits leave the vectors alone; then only what counts otherwise speaks anew.
        let (similarities, sums) = match before.adapted() == after.adapted() {
            true => {
                let similarities = Arc::clone(&self.similarities);
                let sums = after.sums_after(before, self.sums.clone(), similarities.view());
                (similarities, sums)
            }
            false => {
                let similarities = self.similarities_after(before, after)?;
                let sums = after.sums(similarities.view())?;
                (Arc::new(similarities), sums)
            }
        };
        let found = Self::of(after, Arc::clone(&self.set), similarities, sums)?;
        let changed = self.given.iter().zip(&found.given).filter(|(a, b)| a != b);
        let effect = Effect {
            before: self.summary,
            after: found.summary,
            n_changed: changed.count(),
            n_tracks: found.given.len(),
        };
        Ok((found, effect))
    }

    /// Only prototypes that are new or lie elsewhere are compared with segments.
    fn similarities_after(
        &self,
        before: &Classifier,
        after: &Classifier,
    ) -> Result<Array2<f32>, EditRunError> {
        let rows = |classifier: &Classifier, m: usize| {
            (m < classifier.n_prototypes()).then(|| classifier.adapted().row(m).to_owned())
        };
        let is_new = |m: &usize| rows(before, *m) != rows(after, *m);
        let (new, kept): (Vec<_>, Vec<_>) = (0..after.n_prototypes()).partition(is_new);
        let fresh = after.similarities_to(self.set.z.view(), &new)?;
        let fresh = self.set.means(fresh.view())?;
        let mut all = Array2::zeros((fresh.nrows(), after.n_prototypes()));
        for m in kept {
            all.column_mut(m).assign(&self.similarities.column(m));
        }
        for (m, fresh) in new.into_iter().zip(fresh.columns()) {
            all.column_mut(m).assign(&fresh);
        }
        Ok(all)
    }

    fn of(
        classifier: &Classifier,
        set: Arc<Set>,
        similarities: Arc<Array2<f32>>,
        sums: Array2<f64>,
    ) -> Result<Self, EditRunError> {
        let logits = sums.mapv(|sum| sum as f32);
        let probabilities = probabilities_of(classifier.objective(), logits.view());
        let decision = decision_of(classifier.objective());
        let given = decision.labels(probabilities.view());
        let items = Items { probabilities: probabilities.view(), truth: &set.truth, groups: None };
        let summary = Summary::new(&items, classifier.labels().len(), &decision)
            .map_err(ScoringError::from)?;
        Ok(Self { set, similarities, sums, given, summary })
    }
}

impl Set {
    /// Values of segments → means of tracks.
    ///
    /// # Shapes
    /// - `values`: `[segment, prototype]`; returns: `[track, prototype]`
    fn means(&self, values: ArrayView2<'_, f32>) -> Result<Array2<f32>, EditRunError> {
        let means = track_means(values, &self.tracks, self.truth.len());
        Ok(means.map_err(ScoringError::from)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::{embeddings, parts, vectors};
    use crate::embeddings::SegmentPlace;
    use crate::examples::ExampleTrack;
    use crate::files::Sha256Digest;
    use crate::runs::Edit;
    use crate::studio::scoring::{Level, Scored};

    /// Nine tracks of one to three segments.
    fn examples(seed: u64, classifier: &Classifier) -> Examples {
        let n_classes = classifier.labels().len() as u32;
        let track = |i: u32| ExampleTrack {
            id: format!("{i}.wav"),
            path: format!("/{i}.wav"),
            content: Sha256Digest::of(&[]),
            labels: vec![i % n_classes],
            split: Some(Split::Validation),
            group: None,
            start_s: None,
            end_s: None,
        };
        let track_of_segment: Vec<usize> =
            (0..9).flat_map(|i| std::iter::repeat_n(i, i % 3 + 1)).collect();
        let place = SegmentPlace { segment: 0, start_s: 0.0, end_s: 4.0, true_length_s: 4.0 };
        Examples {
            labels: classifier.labels().to_vec(),
            multi_label: false,
            grouped_by: None,
            z: vectors(seed, track_of_segment.len(), classifier.n_features()),
            places: vec![place; track_of_segment.len()],
            track_of_segment,
            tracks: (0..9).map(track).collect(),
            embeddings: embeddings(classifier.n_features()),
            model: "tiny".to_owned(),
        }
    }

    fn near(a: &Array2<f64>, b: &Array2<f64>) -> bool {
        a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs()))
    }

    #[test]
    fn a_track_is_scored_as_the_mean_of_its_segments() {
        for seed in 0..30 {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let examples = examples(seed, &classifier);
            let part = examples.part(Split::Validation);
            let wanted = Scored::of(&classifier, &examples, &part, Level::Track).unwrap();
            let found = Measure::new(&classifier, &examples, Split::Validation).unwrap().unwrap();
            assert!(near(&found.sums, &wanted.logits.mapv(f64::from)), "{seed}");
            assert_eq!(found.given, wanted.given(&classifier), "{seed}");
            assert_eq!(found.summary, wanted.report(&classifier).unwrap().summary, "{seed}");
        }
    }

    #[test]
    fn after_edits_one_upon_the_other_it_is_as_if_measured_anew() {
        for seed in 0..30 {
            let mut parts = parts(seed);
            parts.info.iter_mut().for_each(|info| info.enabled = true);
            let mut before = Classifier::new(parts).unwrap();
            let examples = examples(seed, &before);
            let split = Split::Validation;
            let mut measure = Measure::new(&before, &examples, split).unwrap().unwrap();
            let first = before.info()[0].name.clone();
            let z = vectors(seed + 1, 1, before.n_features())
                .mapv(f64::from)
                .into_raw_vec_and_offset()
                .0;
            let edits = [
                Edit::Disable { names: vec![first.clone()] },
                Edit::Promote {
                    name: "new".to_owned(),
                    label: before.labels()[0].clone(),
                    track: "0.wav".to_owned(),
                    start_s: 0.0,
                    z,
                },
                Edit::Enable { names: vec![first.clone()] },
                Edit::Merge { names: vec![first, "new".to_owned()], into: "both".to_owned() },
            ];
            for edit in edits {
                let after = edit.apply(&before).unwrap();
                let (found, effect) = measure.after(&before, &after).unwrap();
                let wanted = Measure::new(&after, &examples, split).unwrap().unwrap();
                assert!(near(&found.sums, &wanted.sums), "{seed} {edit}");
                assert_eq!(found.given, wanted.given, "{seed} {edit}");
                let n = measure.given.iter().zip(&wanted.given).filter(|(a, b)| a != b).count();
                assert_eq!((effect.n_changed, effect.n_tracks), (n, 9), "{seed} {edit}");
                assert_eq!((effect.before, effect.after), (measure.summary, found.summary));
                (before, measure) = (after, found);
            }
        }
    }
}
