//! A split, measured, with a verdict on each of its tracks.

use crate::classifier::{Classifier, Objective};
use crate::dataset::Split;
use crate::evaluation::Report;
use crate::examples::Examples;
use crate::studio::scoring::{Level, Scored};

use super::SessionError;

/// A split, measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Which one.
    pub split: Split,
    /// Everything that is measured, by track.
    pub report: Report,
    /// Its tracks, in the order of their ids.
    pub tracks: Vec<TrackVerdict>,
}

/// What a track is, and what it is taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackVerdict {
    /// The track, as the data set names it.
    pub id: String,
    /// Where its file lay when it was embedded.
    pub path: String,
    /// Its labels, as indices of classes.
    pub truth: Vec<usize>,
    /// The labels that it is given.
    pub given: Vec<usize>,
    /// Probability of the most probable class.
    pub confidence: f64,
    /// Lead of the most probable class over the next; where several labels are possible, the smallest distance of a
    /// probability from its threshold.
    pub margin: f64,
    /// `[class]`
    pub probabilities: Vec<f64>,
}

impl TrackVerdict {
    /// Whether all its labels are right.
    pub fn is_correct(&self) -> bool {
        self.truth == self.given
    }
}

impl Measured {
    /// `None` if no track is in the split.
    pub(super) fn of(
        classifier: &Classifier,
        examples: &Examples,
        split: Split,
    ) -> Result<Option<Self>, SessionError> {
        let part = examples.part(split);
        if part.rows.is_empty() {
            return Ok(None);
        }
        let scored = Scored::of(classifier, examples, &part, Level::Track)?;
        let indices = |labels: &[u32]| labels.iter().map(|label| *label as usize).collect();
        let given = scored.given(classifier);
        let verdict = |i: usize| {
            let track = &examples.tracks[scored.tracks[i]];
            let probabilities = scored.probabilities.row(i).to_vec();
            let mut falling = probabilities.clone();
            falling.sort_by(|a, b| b.total_cmp(a));
            let margin = match classifier.objective() {
                Objective::Softmax { .. } => falling[0] - falling.get(1).copied().unwrap_or(0.0),
                Objective::Sigmoid { thresholds } => {
                    let apart = |(p, t): (&f64, &f32)| (p - f64::from(*t)).abs();
                    probabilities.iter().zip(thresholds).map(apart).fold(f64::INFINITY, f64::min)
                }
            };
            TrackVerdict {
                id: track.id.clone(),
                path: track.path.clone(),
                truth: indices(&scored.truth[i]),
                given: indices(&given[i]),
                confidence: falling[0],
                margin,
                probabilities,
            }
        };
        let tracks = (0..scored.tracks.len()).map(verdict).collect();
        Ok(Some(Self { split, report: scored.report(classifier)?, tracks }))
    }
}
