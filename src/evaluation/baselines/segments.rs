//! The segments of one split.

use ndarray::ArrayView2;

use super::super::EvaluationError;
use super::super::items::{indicator, one_label_each};

/// The segments of one split and the truth about their tracks.
#[derive(Debug, Clone, Copy)]
pub struct Segments<'a> {
    /// Normalized, `[segment, D]`.
    pub z: ArrayView2<'a, f32>,
    /// The track of each segment.
    pub track_of_segment: &'a [usize],
    /// The label numbers of each track.
    pub truth: &'a [Vec<u32>],
    /// The group of each track; see [`super::Items`].
    pub groups: Option<&'a [Option<String>]>,
}

impl Segments<'_> {
    /// The labels of each segment: those of its track.
    pub(super) fn labels(&self) -> impl Iterator<Item = &[u32]> {
        self.track_of_segment.iter().map(|&track| self.truth[track].as_slice())
    }

    pub(super) fn check(
        &self,
        what: &'static str,
        n_features: usize,
        n_classes: usize,
        multi_label: bool,
    ) -> Result<(), EvaluationError> {
        if self.z.nrows() == 0 || self.truth.is_empty() {
            return Err(EvaluationError::Empty { what });
        }
        let lengths = [
            ("features of a segment", n_features, self.z.ncols()),
            ("track numbers, one a segment", self.z.nrows(), self.track_of_segment.len()),
        ];
        for (what, expected, found) in lengths {
            if expected != found {
                return Err(EvaluationError::Length { what, expected, found });
            }
        }
        let n_tracks = self.truth.len();
        let stray = self.track_of_segment.iter().enumerate().find(|(_, track)| **track >= n_tracks);
        if let Some((segment, &found)) = stray {
            return Err(EvaluationError::NoTrack { segment, found, n_tracks });
        }
        if let Some(item) = self.z.outer_iter().position(|z| z.iter().any(|x| !x.is_finite())) {
            return Err(EvaluationError::NotFinite { what: "the vectors", item });
        }
        let truth = indicator(self.truth, n_classes)?;
        if multi_label { Ok(()) } else { one_label_each(&truth) }
    }
}
