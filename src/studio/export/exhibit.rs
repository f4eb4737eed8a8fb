//! A run with everything that its tables show: what its classifier says of every segment and track that it has seen.

use std::ops::Range;

use ndarray::{Array2, ArrayView1};

use super::origin::Origin;
use super::{ExportError, ExportJob};
use crate::dataset::Split;
use crate::evaluation::Report;
use crate::explanation::{Evidence, PURITY_AT};
use crate::runs::HistoryRow;
use crate::studio::Verdict;
use crate::studio::prototypes::{PrototypesJob, PrototypesReport, report_of};
use crate::studio::scoring::{Level, Scored};
use crate::studio::session::SegmentMap;
use crate::studio::trained::Training;

/// A run and what there is to know of it.
#[derive(Debug)]
pub(super) struct Exhibit {
    pub(super) origin: Origin,
    pub(super) training: Training,
    pub(super) prototypes: PrototypesReport,
    /// `[segment, prototype]`
    pub(super) similarities: Array2<f32>,
    /// `[track, class]`: what the program prints.
    pub(super) logits: Array2<f32>,
    /// `[segment]`
    pub(super) verdicts: Vec<Verdict>,
    /// `[track]`
    pub(super) track_verdicts: Vec<Verdict>,
    /// `[track]`: rows of its segments.
    pub(super) rows_of_track: Vec<Range<usize>>,
    pub(super) map: SegmentMap,
    pub(super) history: Vec<HistoryRow>,
}

impl Exhibit {
    pub(super) fn open(job: &ExportJob) -> Result<Self, ExportError> {
        let origin = Origin::open(job)?;
        let missing = || ExportError::NoTraining { path: origin.run.path().to_owned() };
        let training = origin.trained.training(PURITY_AT)?.ok_or_else(missing)?;
        let look = PrototypesJob { n_nearest: 1, model: false, seed: 0 };
        let prototypes = report_of(&origin.trained, &training, &look)?;
        let (classifier, examples) = (&origin.trained.classifier, &training.examples);
        let similarities = classifier.similarities(examples.z.view())?;
        let segments = Evidence::of_segments(classifier, examples.z.view())?;
        let rows_of_track = rows_of_track(&examples.track_of_segment, examples.tracks.len());
        let of_track = |rows: &Range<usize>| {
            let track = Evidence::of_track(&segments[rows.clone()]);
            track.expect("a track has a segment")
        };
        let tracks: Vec<_> = rows_of_track.iter().map(of_track).collect();
        let mut logits = Array2::zeros((tracks.len(), classifier.labels().len()));
        for (mut row, track) in logits.outer_iter_mut().zip(&tracks) {
            row.assign(&ArrayView1::from(&track.logits));
        }
        let familiarity = &training.familiarity;
        let verdicts = segments.iter().map(|segment| {
            let reading = familiarity.of_segment(segment.best);
            Verdict::of(classifier, segment, Some(reading), 0.0)
        });
        let track_verdicts = tracks.iter().map(|track| {
            let reading = familiarity.of_track(track.best);
            Verdict::of(classifier, track, Some(reading), 0.0)
        });
        Ok(Self {
            verdicts: verdicts.collect(),
            track_verdicts: track_verdicts.collect(),
            map: SegmentMap::of(classifier, examples)?,
            history: origin.run.history()?,
            prototypes,
            similarities,
            logits,
            rows_of_track,
            training,
            origin,
        })
    }

    /// The tracks of a split, ascending.
    pub(super) fn tracks_of(&self, split: Split) -> Vec<usize> {
        let tracks = self.training.examples.tracks.iter().enumerate();
        tracks.filter(|(_, track)| track.split == Some(split)).map(|(i, _)| i).collect()
    }

    /// Everything that is measured on the tracks of a split; `None` if there is none.
    pub(super) fn report(&self, split: Split) -> Result<Option<Report>, ExportError> {
        measured(&self.origin, &self.training, split)
    }

    /// Whether the labels that a track is given are its own.
    pub(super) fn is_correct(&self, track: usize) -> bool {
        let truth = self.labels_of(track);
        self.track_verdicts[track].labels == truth
    }

    /// The true labels of a track.
    pub(super) fn labels_of(&self, track: usize) -> Vec<String> {
        let examples = &self.training.examples;
        let names = examples.tracks[track].labels.iter();
        names.map(|label| examples.labels[*label as usize].clone()).collect()
    }

    /// The mean similarity of training segments to each prototype: `[prototype]`.
    pub(super) fn mean_similarity(&self) -> Vec<f32> {
        self.training.survey.mean_similarities.iter().map(|mean| *mean as f32).collect()
    }
}

/// Everything that is measured on the tracks of a split; `None` if there is none.
pub(super) fn measured(
    origin: &Origin,
    training: &Training,
    split: Split,
) -> Result<Option<Report>, ExportError> {
    let part = training.examples.part(split);
    if part.rows.is_empty() {
        return Ok(None);
    }
    let classifier = &origin.trained.classifier;
    let scored = Scored::of(classifier, &training.examples, &part, Level::Track)?;
    Ok(Some(scored.report(classifier)?))
}

/// Segments of a track are neighbors.
fn rows_of_track(track_of_segment: &[usize], n_tracks: usize) -> Vec<Range<usize>> {
    let start = |track: usize| track_of_segment.partition_point(|of| *of < track);
    (0..n_tracks).map(|track| start(track)..start(track + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_is_in_the_rows_of_its_track() {
        assert_eq!(rows_of_track(&[0, 0, 1, 2, 2, 2], 3), [0..2, 2..3, 3..6]);
    }
}
