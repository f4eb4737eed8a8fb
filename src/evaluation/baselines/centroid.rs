//! The class whose mean is nearest.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::Segments;
use crate::clustering::product;

/// Means of the segments that have each label, and of those that do not.
pub(super) struct Centroids {
    /// `[D, class]`: what a segment is multiplied with.
    direction: Array2<f32>,
    /// One a class; −∞ for a class without training segments.
    offset: Array1<f32>,
}

impl Centroids {
    /// With one label a track the score of class c is `−|z − m_c|² / D`, but for a term that all classes share. With
    /// several it is `(|z − m_not_c|² − |z − m_c|²) / D`, positive where the segments that have the label are nearer.
    pub(super) fn new(train: &Segments<'_>, n_classes: usize, multi_label: bool) -> Self {
        let n_features = train.z.ncols();
        let mut sums = Array2::<f64>::zeros((n_classes, n_features));
        let mut all = Array1::<f64>::zeros(n_features);
        let mut counts = vec![0_usize; n_classes];
        for (z, labels) in train.z.outer_iter().zip(train.labels()) {
            let z = z.mapv(f64::from);
            all += &z;
            for &label in labels {
                counts[label as usize] += 1;
                let mut sum = sums.row_mut(label as usize);
                sum += &z;
            }
        }
        let mut direction = Array2::zeros((n_features, n_classes));
        let mut offset = Array1::from_elem(n_classes, f32::NEG_INFINITY);
        for (class, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let with = &sums.row(class) / count as f64;
            let without = match train.z.nrows() - count {
                others if multi_label && others > 0 => (&all - &sums.row(class)) / others as f64,
                _ => Array1::zeros(n_features),
            };
            let squares = |m: ArrayView1<'_, f64>| m.iter().map(|x| x * x).sum::<f64>();
            let scale = 1.0 / n_features as f64;
            offset[class] = ((squares(without.view()) - squares(with.view())) * scale) as f32;
            let towards = (with - without).mapv(|x| (2.0 * x * scale) as f32);
            direction.column_mut(class).assign(&towards);
        }
        Self { direction, offset }
    }

    /// `[segment, class]`; classes without training segments get the lowest score there is in a row, less one.
    pub(super) fn scores(&self, z: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut scores = product(z, self.direction.view()) + &self.offset;
        for mut row in scores.outer_iter_mut() {
            let lowest = row.iter().copied().filter(|x| x.is_finite()).fold(0.0, f32::min);
            row.mapv_inplace(|score| if score.is_finite() { score } else { lowest - 1.0 });
        }
        scores
    }
}
