//! What was found in a segment or a track, as numbers.

use serde::Serialize;

use crate::classifier::Classifier;
use crate::explanation::{Evidence, Reading, Total};
use crate::studio::Verdict;

/// What was found in a segment or a track.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// What it is called.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// `[prototype]`: how similar it is.
    pub similarities: Vec<f64>,
    /// `[class][prototype]`: `W · S`, 0 for a disabled prototype.
    pub contributions: Vec<Vec<f64>>,
    /// `[class]`: contributions and bias sum to the logit.
    pub totals: Vec<Total>,
}

/// What was found in a segment.
#[derive(Debug, Clone, Serialize)]
pub struct SegmentItem {
    /// Number of the segment, from 0.
    pub segment: u32,
    /// Where it begins, in seconds.
    pub start_s: f64,
    /// Where its audio ends, in seconds.
    pub end_s: f64,
    /// Whether there is nothing to hear; `false` where only z is known.
    pub silent: bool,
    /// What was found.
    #[serde(flatten)]
    pub item: Item,
}

impl Item {
    pub(super) fn of(
        classifier: &Classifier,
        evidence: &Evidence,
        familiarity: Option<Reading>,
    ) -> Self {
        let contributions = evidence.contributions(classifier);
        Self {
            verdict: Verdict::of(classifier, evidence, familiarity, 0.0),
            similarities: evidence.similarities.clone(),
            contributions: contributions.outer_iter().map(|row| row.to_vec()).collect(),
            totals: evidence.totals(classifier),
        }
    }
}
