//! What an edit does to the tracks of a split.

use std::sync::Arc;

use ndarray::Array2;
use serde::Serialize;

use super::EditRunError;
use crate::classifier::Classifier;
use crate::dataset::Split;
use crate::evaluation::Summary;
use crate::examples::{Examples, Part};
use crate::runs::Revision;
use crate::studio::scoring::{Level, Scored};

/// A split, scored, with what makes scoring it again cheap.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    part: Arc<Part>,
    similarities: Arc<Array2<f32>>,
    /// `[segment, class]`
    sums: Array2<f64>,
    given: Vec<Vec<u32>>,
    summary: Summary,
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
        let similarities = classifier.similarities(part.z.view())?;
        let sums = classifier.sums(similarities.view())?;
        let seen = (Arc::new(part), Arc::new(similarities));
        Ok(Some(Self::of(classifier, examples, seen, sums)?))
    }

    /// The same after an edit, and what it changed.
    pub(super) fn after(
        &self,
        before: &Classifier,
        after: &Classifier,
        examples: &Examples,
    ) -> Result<(Self, Effect), EditRunError> {
        // Most edits leave the vectors alone; then only the last layer speaks anew.
        let (similarities, sums) = match before.adapted() == after.adapted() {
            true => {
                let similarities = Arc::clone(&self.similarities);
                let sums = after.sums_after(before, self.sums.clone(), similarities.view());
                (similarities, sums)
            }
            false => {
                let similarities = after.similarities(self.part.z.view())?;
                let sums = after.sums(similarities.view())?;
                (Arc::new(similarities), sums)
            }
        };
        let seen = (Arc::clone(&self.part), similarities);
        let found = Self::of(after, examples, seen, sums)?;
        let changed = self.given.iter().zip(&found.given).filter(|(a, b)| a != b);
        let effect = Effect {
            before: self.summary,
            after: found.summary,
            n_changed: changed.count(),
            n_tracks: found.given.len(),
        };
        Ok((found, effect))
    }

    fn of(
        classifier: &Classifier,
        examples: &Examples,
        (part, similarities): (Arc<Part>, Arc<Array2<f32>>),
        sums: Array2<f64>,
    ) -> Result<Self, EditRunError> {
        let logits = sums.mapv(|sum| sum as f32);
        let scored = Scored::of_logits(classifier, logits.view(), examples, &part, Level::Track)?;
        let (given, summary) = (scored.given(classifier), scored.summary(classifier)?);
        Ok(Self { part, similarities, sums, given, summary })
    }
}
