//! Layer norm over the features of feature-major activations, and its gradient.

use super::adam::Rule;
use super::parameters::Parameter;
use crate::classifier::NORM_EPSILON;
use crate::tensor::{Wide, wide};

/// What the forward pass leaves for the backward pass.
#[derive(Debug)]
pub(super) struct NormTrace {
    /// `(x − mean) / deviation`: `[feature, item]`.
    standardized: Vec<f32>,
    /// `1 / deviation`, one an item.
    scales: Vec<f32>,
    /// Sums over the features, one an item.
    sums: [Vec<f32>; 2],
    /// Gradients of weight and bias, one a feature.
    gradients: [Vec<f32>; 2],
}

impl NormTrace {
    pub(super) fn new(n_features: usize, n_items: usize) -> Self {
        Self {
            standardized: vec![0.0; n_features * n_items],
            scales: vec![0.0; n_items],
            sums: [vec![0.0; n_items], vec![0.0; n_items]],
            gradients: [vec![0.0; n_features], vec![0.0; n_features]],
        }
    }

    /// `x ← LN(x)`.
    ///
    /// # Shapes
    /// - `x`: `[feature, item]`
    pub(super) fn forward(&mut self, [weight, bias]: &[Parameter; 2], x: &mut [f32]) {
        wide(Forward { trace: self, weight: &weight.values, bias: &bias.values, x });
    }

    /// `dy ← dx`, then moves weight and bias.
    ///
    /// `dx = (dŷ − mean(dŷ) − x̂ · mean(dŷ · x̂)) / deviation`, `dŷ = dy · weight`, means over the features.
    ///
    /// # Shapes
    /// - `dy`: `[feature, item]`
    pub(super) fn backward(
        &mut self,
        [weight, bias]: &mut [Parameter; 2],
        dy: &mut [f32],
        rule: &Rule,
    ) {
        wide(Backward { trace: self, weight: &weight.values, dy });
        weight.learn(&self.gradients[0], rule);
        bias.learn(&self.gradients[1], rule);
    }
}

struct Forward<'a> {
    trace: &'a mut NormTrace,
    weight: &'a [f32],
    bias: &'a [f32],
    x: &'a mut [f32],
}

impl Wide for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let NormTrace { standardized, scales, sums: [means, squares], .. } = self.trace;
        let (n_items, n_features) = (scales.len(), self.weight.len() as f32);
        means.fill(0.0);
        for row in self.x.chunks_exact(n_items) {
            means.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        means.iter_mut().for_each(|sum| *sum /= n_features);
        squares.fill(0.0);
        for (row, centered) in
            self.x.chunks_exact(n_items).zip(standardized.chunks_exact_mut(n_items))
        {
            for i in 0..n_items {
                centered[i] = row[i] - means[i];
                squares[i] += centered[i] * centered[i];
            }
        }
        for (scale, square) in scales.iter_mut().zip(squares.iter()) {
            *scale = 1.0 / (square / n_features + NORM_EPSILON).sqrt();
        }
        let rows = self.x.chunks_exact_mut(n_items).zip(standardized.chunks_exact_mut(n_items));
        for ((row, standardized), (weight, bias)) in rows.zip(self.weight.iter().zip(self.bias)) {
            for i in 0..n_items {
                standardized[i] *= scales[i];
                row[i] = standardized[i] * weight + bias;
            }
        }
    }
}

struct Backward<'a> {
    trace: &'a mut NormTrace,
    weight: &'a [f32],
    dy: &'a mut [f32],
}

impl Wide for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let NormTrace { standardized, scales, sums: [means, alongs], gradients: [dweight, dbias] } =
            self.trace;
        let (n_items, n_features) = (scales.len(), self.weight.len() as f32);
        means.fill(0.0);
        alongs.fill(0.0);
        let rows = self.dy.chunks_exact_mut(n_items).zip(standardized.chunks_exact(n_items));
        for (feature, (row, standardized)) in rows.enumerate() {
            let weight = self.weight[feature];
            let (mut to_weight, mut to_bias) = (0.0, 0.0);
            for i in 0..n_items {
                to_weight += row[i] * standardized[i];
                to_bias += row[i];
                row[i] *= weight;
                means[i] += row[i];
                alongs[i] += row[i] * standardized[i];
            }
            (dweight[feature], dbias[feature]) = (to_weight, to_bias);
        }
        means.iter_mut().chain(alongs.iter_mut()).for_each(|sum| *sum /= n_features);
        for (row, standardized) in
            self.dy.chunks_exact_mut(n_items).zip(standardized.chunks_exact(n_items))
        {
            for i in 0..n_items {
                row[i] = (row[i] - means[i] - standardized[i] * alongs[i]) * scales[i];
            }
        }
    }
}
