//! Simple models on the same tracks.

use ndarray::Array2;

use super::EvaluateError;
use super::subject::Subject;
use crate::classifier::Normalization;
use crate::dataset::Split;
use crate::evaluation::{BaselineResult, BaselineSettings, Baselines, ReportSettings, Segments};
use crate::examples::{Examples, Part};
use crate::studio::scoring::Level;

/// The segments of a part as baselines take them.
struct Set {
    z: Array2<f32>,
    item_of_segment: Vec<usize>,
    truth: Vec<Vec<u32>>,
    groups: Vec<Option<String>>,
}

/// Measures the baselines, or says why that would be wrong.
pub(super) fn baselines(
    run: &Examples,
    subject: &Subject,
    normalization: Normalization,
    level: Level,
) -> Result<Result<Vec<BaselineResult>, String>, EvaluateError> {
    if subject.split == Some(Split::Train) {
        return Ok(Err("they would be measured on what they learn from".to_owned()));
    }
    let set = |examples: &Examples, part: &Part| Set::new(examples, part, normalization, level);
    let train = set(run, &run.part(Split::Train));
    let validation = set(run, &run.part(Split::Validation));
    if validation.truth.is_empty() {
        return Ok(Err("the run has no validation split to choose them on".to_owned()));
    }
    let test = set(&subject.examples, &subject.part);
    let baselines = Baselines {
        labels: &run.labels,
        multi_label: run.multi_label,
        settings: &BaselineSettings::default(),
        report: &ReportSettings::default(),
    };
    Ok(Ok(baselines.run(&train.segments(), &validation.segments(), &test.segments())?))
}

/// The best of the baselines, the probe, on a split of the run itself; `None` where it cannot be measured.
///
/// # Errors
/// The examples are inconsistent.
pub(in crate::studio) fn ceiling(
    run: &Examples,
    normalization: Normalization,
    split: Split,
) -> Result<Option<BaselineResult>, EvaluateError> {
    let part = run.part(split);
    if part.rows.is_empty() {
        return Ok(None);
    }
    let subject = Subject::of_part(run.clone(), part, split);
    let found = baselines(run, &subject, normalization, Level::Track)?;
    Ok(found.ok().and_then(|mut found| found.pop()))
}

impl Set {
    fn new(examples: &Examples, part: &Part, normalization: Normalization, level: Level) -> Self {
        let mut tracks = Vec::new();
        let mut item_of_segment = Vec::with_capacity(part.tracks.len());
        for track in &part.tracks {
            if level == Level::Segment || tracks.last() != Some(track) {
                tracks.push(*track);
            }
            item_of_segment.push(tracks.len() - 1);
        }
        let of = |track: &usize| &examples.tracks[*track];
        let groups = tracks.iter().map(of).map(|track| match level {
            Level::Track => track.group.clone(),
            Level::Segment => Some(track.group.clone().unwrap_or_else(|| track.id.clone())),
        });
        Self {
            z: normalization.apply(part.z.view()),
            item_of_segment,
            truth: tracks.iter().map(|track| of(track).labels.clone()).collect(),
            groups: groups.collect(),
        }
    }

    fn segments(&self) -> Segments<'_> {
        Segments {
            z: self.z.view(),
            track_of_segment: &self.item_of_segment,
            truth: &self.truth,
            groups: Some(&self.groups),
        }
    }
}
