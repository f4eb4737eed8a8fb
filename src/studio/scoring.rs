//! A classifier and labeled segments → scores of segments or tracks, next to the truth.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::classifier::{Classifier, InputError, Objective};
use crate::evaluation::{
    Decision, EvaluationError, Items, Report, ReportSettings, sigmoid, softmax, track_means,
};
use crate::examples::{Examples, Part};

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Tracks: the mean of the logits of their segments.
    #[default]
    Track,
    /// Segments, each by itself.
    Segment,
}

/// Scored items.
#[derive(Debug, Clone)]
pub struct Scored {
    /// `[item, class]`
    pub logits: Array2<f32>,
    /// `[item, class]`
    pub probabilities: Array2<f64>,
    /// `[item]`: the true labels.
    pub truth: Vec<Vec<u32>>,
    /// `[item]`: what it must not be parted from when items are drawn anew.
    pub groups: Vec<Option<String>>,
    /// `[item]`: index of its track.
    pub tracks: Vec<usize>,
}

/// Why nothing was scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoringError {
    /// The vectors do not fit the classifier.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Scores and truth do not fit each other.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}

impl Scored {
    /// Scores the segments of a part.
    ///
    /// # Errors
    /// The z do not fit the classifier.
    pub fn of(
        classifier: &Classifier,
        examples: &Examples,
        part: &Part,
        level: Level,
    ) -> Result<Self, ScoringError> {
        let similarities = classifier.similarities(part.z.view())?;
        let logits = classifier.logits(similarities.view())?;
        Self::of_logits(classifier, logits.view(), examples, part, level)
    }

    /// The same from logits of the part's segments.
    ///
    /// # Shapes
    /// - `logits`: `[segment, class]`
    ///
    /// # Errors
    /// The logits do not fit the part.
    pub fn of_logits(
        classifier: &Classifier,
        logits: ArrayView2<'_, f32>,
        examples: &Examples,
        part: &Part,
        level: Level,
    ) -> Result<Self, ScoringError> {
        let (logits, tracks) = match level {
            Level::Segment => (logits.to_owned(), part.tracks.clone()),
            Level::Track => {
                let (items, tracks) = numbered(&part.tracks);
                (track_means(logits, &items, tracks.len())?, tracks)
            }
        };
        let probabilities = probabilities_of(classifier.objective(), logits.view());
        let of_track = |track: &usize| &examples.tracks[*track];
        let truth = tracks.iter().map(|track| of_track(track).labels.clone()).collect();
        let groups = tracks.iter().map(of_track).map(|track| match level {
            Level::Track => track.group.clone(),
            // Segments of one track stay together even where tracks stand alone.
            Level::Segment => Some(track.group.clone().unwrap_or_else(|| track.id.clone())),
        });
        Ok(Self { logits, probabilities, truth, groups: groups.collect(), tracks })
    }

    /// Everything that can be measured on these items.
    ///
    /// # Errors
    /// An item has no label or several where the classifier gives one.
    pub fn report(&self, classifier: &Classifier) -> Result<Report, ScoringError> {
        let items = Items {
            probabilities: self.probabilities.view(),
            truth: &self.truth,
            groups: Some(&self.groups),
        };
        let (decision, settings) = (decision_of(classifier.objective()), ReportSettings::default());
        Ok(Report::new(&items, classifier.labels(), &decision, &settings)?)
    }

    /// The labels that the classifier gives to each item.
    pub fn given(&self, classifier: &Classifier) -> Vec<Vec<u32>> {
        decision_of(classifier.objective()).labels(self.probabilities.view())
    }
}

/// Segments that stand track by track → the number of each one's track, from 0 on, and the tracks that were numbered.
///
/// # Shapes
/// - `tracks`: `[segment]`; returns: `[segment]`, `[track]`
pub fn numbered(tracks: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut known = tracks.to_vec();
    known.dedup();
    let mut number = 0;
    let item_of = |i: usize| {
        number += usize::from(i > 0 && tracks[i] != tracks[i - 1]);
        number
    };
    ((0..tracks.len()).map(item_of).collect(), known)
}

/// Probabilities in double precision, by the objective.
///
/// # Shapes
/// - all: `[item, class]`
pub fn probabilities_of(objective: &Objective, logits: ArrayView2<'_, f32>) -> Array2<f64> {
    match objective {
        Objective::Softmax { temperature } => softmax(logits, f64::from(*temperature)),
        Objective::Sigmoid { .. } => sigmoid(logits),
    }
}

/// How a classifier's probabilities become labels.
pub fn decision_of(objective: &Objective) -> Decision {
    match objective {
        Objective::Softmax { .. } => Decision::MostProbable,
        Objective::Sigmoid { thresholds } => {
            Decision::Thresholds(thresholds.iter().map(|t| f64::from(*t)).collect())
        }
    }
}
