//! What an evaluation found.

use std::path::PathBuf;

use serde::Serialize;

use super::subject::Subject;
use crate::classifier::Classifier;
use crate::evaluation::{BaselineResult, Report};
use crate::examples::ExampleTrack;
use crate::runs::SkippedFile;
use crate::studio::scoring::{Level, Scored};

/// Mistakes that a report names.
const N_MISTAKES: usize = 10;

/// A run measured on a set of tracks.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Version of this form.
    pub schema: u32,
    /// Name of the run.
    pub run: String,
    /// Fingerprint of the classifier, edits included.
    pub classifier: String,
    /// Edits in force.
    pub n_edits: usize,
    /// Version of the program.
    pub tool_version: String,
    /// What it was measured on, as in `test split`.
    pub on: String,
    /// What is counted.
    pub level: Level,
    /// Tracks.
    pub n_tracks: usize,
    /// Segments of those tracks.
    pub n_segments: usize,
    /// What tracks are grouped by.
    pub grouped_by: Option<String>,
    /// Groups of these tracks that the run was trained or chosen on, too: figures are better here than elsewhere.
    pub known_groups: Vec<String>,
    /// Everything that is measured.
    pub report: Report,
    /// The most confident mistakes, the most confident first.
    pub mistakes: Vec<Prediction>,
    /// Simple models on the same tracks; the last is the ceiling.
    pub baselines: Vec<BaselineResult>,
    /// Why there are no baselines, if there are none.
    pub no_baselines: Option<String>,
    /// Files that were left out.
    pub skipped: Vec<SkippedFile>,
    /// Every item with what it was taken for.
    #[serde(skip)]
    pub predictions: Vec<Prediction>,
    /// Where it was written.
    pub folder: PathBuf,
}

/// One item with what it was taken for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The track.
    pub id: String,
    /// Where its file lay when it was embedded.
    pub path: String,
    /// Start and end of a segment, in seconds; `None` for a track.
    pub seconds: Option<(f64, f64)>,
    /// Its labels.
    pub truth: Vec<String>,
    /// The labels that it was given.
    pub given: Vec<String>,
    /// The largest probability.
    pub confidence: f64,
    /// One probability a class.
    pub probabilities: Vec<f64>,
}

impl Evaluation {
    /// The version of [`Evaluation::schema`] that this program writes.
    pub const SCHEMA: u32 = 1;

    /// Name, accuracy and distance of the ceiling: class-balanced accuracy of the probe, and of the run less that.
    pub fn ceiling(&self) -> Option<(&str, f64, f64)> {
        let ceiling = self.baselines.last()?;
        let reached = ceiling.report.summary.balanced_accuracy;
        Some((&ceiling.name, reached, self.report.summary.balanced_accuracy - reached))
    }
}

impl Prediction {
    /// Whether all labels are right.
    pub fn is_correct(&self) -> bool {
        self.truth == self.given
    }

    /// One entry an item, in the order of the items.
    pub(super) fn all(
        subject: &Subject,
        classifier: &Classifier,
        scored: &Scored,
        level: Level,
    ) -> Vec<Self> {
        let named = |labels: &[u32]| -> Vec<_> {
            labels.iter().map(|label| classifier.labels()[*label as usize].clone()).collect()
        };
        let given = scored.given(classifier);
        let prediction = |i: usize| {
            let ExampleTrack { id, path, .. } = &subject.examples.tracks[scored.tracks[i]];
            let place = || subject.examples.places[subject.part.rows[i]];
            let probabilities = scored.probabilities.row(i).to_vec();
            Self {
                id: id.clone(),
                path: path.clone(),
                seconds: (level == Level::Segment).then(|| (place().start_s, place().end_s)),
                truth: named(&scored.truth[i]),
                given: named(&given[i]),
                confidence: probabilities.iter().copied().fold(0.0, f64::max),
                probabilities,
            }
        };
        (0..scored.tracks.len()).map(prediction).collect()
    }

    /// The most confident mistakes, the most confident first.
    pub(super) fn mistakes(all: &[Self]) -> Vec<Self> {
        let mut wrong: Vec<_> = all.iter().filter(|item| !item.is_correct()).cloned().collect();
        wrong.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        wrong.truncate(N_MISTAKES);
        wrong
    }
}
