//! Segments and prototypes on a plane.
//!
//! The plane is that of the two principal components of what the classifier compares, centered z'; their signs are fixed so that the
//! largest loading of each is positive, so that a run always gives the same picture.

use linfa_linalg::eigh::{EigSort as _, EighInto as _};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::SessionError;
use crate::classifier::Classifier;
use crate::dataset::Split;
use crate::examples::Examples;

/// Segments that the plane is found by; all of them are put on it.
const N_FITTED: usize = 20_000;

/// Segments and prototypes on a plane.
#[derive(Debug, Clone)]
pub struct SegmentMap {
    /// The segments, in the order of the table.
    pub points: Vec<MapPoint>,
    /// The prototypes, in the order of the classifier.
    pub prototypes: Vec<MapPrototype>,
    /// The share of the variance of segments that each axis keeps.
    pub kept: [f64; 2],
    /// Ids of the tracks that points refer to.
    pub tracks: Vec<String>,
    /// Where their files lay when they were embedded.
    pub paths: Vec<String>,
}

/// A segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapPoint {
    /// Where it lies.
    pub at: [f32; 2],
    /// Its track, as an index.
    pub track: u32,
    /// Where it begins, in seconds.
    pub start_s: f32,
    /// Where its audio ends, in seconds.
    pub end_s: f32,
    /// Its first true class; `None` without label.
    pub truth: Option<u32>,
    /// The class that it is taken for by itself; `None` if none is given.
    pub given: Option<u32>,
    /// Whether it is given the labels of its track.
    pub is_correct: bool,
    /// The enabled prototype that it is most similar to; `None` if all are off.
    pub winner: Option<u32>,
    /// Its split.
    pub split: Option<Split>,
}

/// A prototype.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapPrototype {
    /// Where it lies.
    pub at: [f32; 2],
    /// Its class.
    pub class: u32,
    /// Whether it counts.
    pub enabled: bool,
}

impl SegmentMap {
    pub(in crate::studio) fn of(
        classifier: &Classifier,
        examples: &Examples,
    ) -> Result<Self, SessionError> {
        let similarities = classifier.similarities(examples.z.view())?;
        let given = classifier.predict(classifier.logits(similarities.view())?.view());
        let step = examples.n_segments().div_ceil(N_FITTED).max(1);
        let fitted: Vec<usize> = (0..examples.n_segments()).step_by(step).collect();
        let plane = Plane::of(examples.z.select(Axis(0), &fitted).view());
        let at = plane.coordinates(examples.z.view());
        let point = |row: usize| {
            let number = examples.track_of_segment[row];
            let (track, place) = (&examples.tracks[number], examples.places[row]);
            let similar = similarities.row(row);
            let enabled = (0..similar.len()).filter(|m| classifier.info()[*m].enabled);
            let more = |best: usize, m: usize| if similar[m] > similar[best] { m } else { best };
            MapPoint {
                at: [at[[row, 0]], at[[row, 1]]],
                track: number as u32,
                start_s: place.start_s as f32,
                end_s: place.end_s as f32,
                truth: track.labels.first().copied(),
                given: given[row].first().copied(),
                is_correct: given[row] == track.labels,
                winner: enabled.reduce(more).map(|m| m as u32),
                split: track.split,
            }
        };
        let centers = plane.coordinates(classifier.sonifiable());
        let prototypes = classifier.info().iter().zip(centers.outer_iter());
        let tracks = || examples.tracks.iter();
        Ok(Self {
            points: (0..examples.n_segments()).map(point).collect(),
            prototypes: prototypes
                .map(|(info, at)| MapPrototype {
                    at: [at[0], at[1]],
                    class: info.label as u32,
                    enabled: info.enabled,
                })
                .collect(),
            kept: plane.kept,
            tracks: tracks().map(|track| track.id.clone()).collect(),
            paths: tracks().map(|track| track.path.clone()).collect(),
        })
    }
}

/// The plane of the largest variance.
struct Plane {
    /// `[feature]`
    mean: Array1<f32>,
    /// `[feature, 2]`, orthonormal.
    axes: Array2<f32>,
    /// The share of the variance along each.
    kept: [f64; 2],
}

impl Plane {
    /// Of rows `[item, feature]`.
    fn of(rows: ArrayView2<'_, f32>) -> Self {
        let n_features = rows.ncols();
        let mean = rows.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(n_features));
        let centered = &rows - &mean;
        let covariance = (centered.t().dot(&centered) / rows.nrows().max(1) as f32).mapv(f64::from);
        let (variances, axes) = match covariance.eigh_into() {
            Ok(found) => found.sort_eig_desc(),
            // Only of values that are not finite, which no table holds.
            Err(_) => (Array1::zeros(n_features), Array2::eye(n_features)),
        };
        let total = variances.sum().max(f64::MIN_POSITIVE);
        let share = |k: usize| variances.get(k).map_or(0.0, |variance| variance / total);
        let mut chosen = Array2::zeros((n_features, 2));
        for (mut column, axis) in chosen.columns_mut().into_iter().zip(axes.columns()) {
            let largest = axis.iter().fold(0.0_f64, |a, b| if b.abs() > a.abs() { *b } else { a });
            column.assign(&axis.mapv(|x| (x * largest.signum()) as f32));
        }
        Self { mean, axes: chosen, kept: [share(0), share(1)] }
    }

    /// `[item, feature]` → `[item, 2]`.
    fn coordinates(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        (&rows - &self.mean).dot(&self.axes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plane_is_where_the_variance_is() {
        // Much along (0.6, 0, 0.8), less along the second axis, little elsewhere.
        let (n, direction) = (400, [0.6, 0.0, 0.8, 0.0]);
        let rows = Array2::from_shape_fn((n, 4), |(i, j)| {
            let (a, b) = ((i as f32 * 0.7).sin() * 5.0, (i as f32 * 1.3).cos() * 2.0);
            let rest = ((i * 31 + j * 17) as f32 * 0.37).sin() * 0.05;
            3.0 + a * direction[j] + if j == 1 { b } else { 0.0 } + rest
        });
        let plane = Plane::of(rows.view());
        for (j, wanted) in direction.iter().enumerate() {
            assert!((plane.axes[[j, 0]] - wanted).abs() < 0.02, "{}", plane.axes);
        }
        assert!((plane.axes[[1, 1]] - 1.0).abs() < 0.01);
        assert!((plane.kept[0] - 25.0 / 29.0).abs() < 0.02 && plane.kept[0] + plane.kept[1] > 0.99);
        let at = plane.coordinates(rows.view());
        assert!(at.sum_axis(Axis(0)).iter().all(|sum| sum.abs() < 0.1));
    }
}
