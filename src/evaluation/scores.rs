//! Logits → probabilities; segments → tracks.

use ndarray::{Array2, ArrayView2};

use super::EvaluationError;

/// `p[i, c] = exp(y[i, c] / T) / Σ_k exp(y[i, k] / T)`, for one label an item.
///
/// # Shapes
/// - `logits` y: `[item, class]`; returns: the same
pub fn softmax(logits: ArrayView2<'_, f32>, temperature: f64) -> Array2<f64> {
    let mut p = logits.mapv(|y| f64::from(y) / temperature);
    for mut row in p.outer_iter_mut() {
        let largest = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        row.mapv_inplace(|y| (y - largest).exp());
        let sum = row.sum();
        row /= sum;
    }
    p
}

/// `p = 1 / (1 + exp(−y))`, for any number of labels an item.
///
/// # Shapes
/// - `logits` y: `[item, class]`; returns: the same
pub fn sigmoid(logits: ArrayView2<'_, f32>) -> Array2<f64> {
    logits.mapv(|y| 1.0 / (1.0 + (-f64::from(y)).exp()))
}

/// A track's logits: the mean over its segments.
///
/// # Shapes
/// - `logits`: `[segment, class]`; `track_of_segment`: one track number a segment
/// - returns: `[track, class]`
///
/// # Errors
/// Lengths differ, a track number is not below `n_tracks`, or a track has no segment.
pub fn track_means(
    logits: ArrayView2<'_, f32>,
    track_of_segment: &[usize],
    n_tracks: usize,
) -> Result<Array2<f32>, EvaluationError> {
    let (expected, found) = (logits.nrows(), track_of_segment.len());
    if expected != found {
        return Err(EvaluationError::Length {
            what: "track numbers, one a segment",
            expected,
            found,
        });
    }
    let mut sums = Array2::<f64>::zeros((n_tracks, logits.ncols()));
    let mut counts = vec![0_usize; n_tracks];
    for (segment, (logits, &track)) in logits.outer_iter().zip(track_of_segment).enumerate() {
        let Some(count) = counts.get_mut(track) else {
            return Err(EvaluationError::NoTrack { segment, found: track, n_tracks });
        };
        *count += 1;
        sums.row_mut(track).zip_mut_with(&logits, |sum, y| *sum += f64::from(*y));
    }
    if let Some(track) = counts.iter().position(|count| *count == 0) {
        return Err(EvaluationError::NoSegment { track });
    }
    for (mut row, count) in sums.outer_iter_mut().zip(counts) {
        row /= count as f64;
    }
    Ok(sums.mapv(|mean| mean as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn softmax_survives_logits_that_overflow() {
        let p = softmax(array![[1000.0, 999.9, -1000.0]].view(), 0.1);
        assert!((p[[0, 0]] - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-4);
        assert!((p.sum() - 1.0).abs() < 1e-15);
        assert_eq!(p[[0, 2]], 0.0);
        let p = sigmoid(array![[0.0, 1000.0, -1000.0]].view());
        assert_eq!(p, array![[0.5, 1.0, 0.0]]);
    }

    #[test]
    fn a_track_is_the_mean_of_its_segments_wherever_they_stand() {
        let logits = array![[1.0, 0.0], [5.0, 5.0], [3.0, 1.0]];
        let tracks = track_means(logits.view(), &[1, 0, 1], 2).unwrap();
        assert_eq!(tracks, array![[5.0, 5.0], [2.0, 0.5]]);
        let error = track_means(logits.view(), &[0, 0, 0], 2).unwrap_err();
        assert_eq!(error.to_string(), "track 1 has no segment");
        let error = track_means(logits.view(), &[0, 2, 1], 2).unwrap_err();
        assert_eq!(error.to_string(), "segment 1 belongs to track 2, expected less than 2");
    }
}
