//! The adaptor's forward pass, and the backward pass that moves its weights.
//!
//! ```text
//! v  = drop(1) · (W_v p + b_v)              dp = dr₁ + W_vᵀ dv
//! r₁ = p + drop(W_o v + b_o)                dv = drop(1) · W_oᵀ drop(dr₁)
//! x  = LN₁(r₁)                              dx = dr₂ + W_upᵀ dh
//! h  = drop(max(W_up x + b_up, 0))          dh = [h > 0] · scale · W_downᵀ drop(dr₂)
//! r₂ = x + drop(W_down h + b_down)
//! p' = LN₂(r₂)
//! ```

use rayon::prelude::*;

use super::adam::Rule;
use super::dropout::{Dropout, Site};
use super::norm::NormTrace;
use super::parameters::{AdaptorParameters, Parameter};
use super::product::{ROWS_PER_TASK, matrix, product};

/// Activations and gradients of the adaptor, allocated once; all are feature-major, `[feature or hidden, prototype]`.
#[derive(Debug)]
pub(super) struct AdaptorTrace {
    n_prototypes: usize,
    /// What dropping makes of each prototype's attention weight.
    attention: Vec<f32>,
    value: Vec<f32>,
    norm1: NormTrace,
    x: Vec<f32>,
    hidden: Vec<f32>,
    norm2: NormTrace,
    /// A gradient on its way through a dropout.
    dropped: Vec<f32>,
    d_hidden: Vec<f32>,
    d_stream: Vec<f32>,
    /// Sums of a gradient's rows: the gradient of a bias.
    d_bias: Vec<f32>,
}

impl AdaptorTrace {
    pub(super) fn new(parameters: &AdaptorParameters, n_prototypes: usize) -> Self {
        let [n_hidden, n_features] = parameters.up[0].shape;
        let zeros = |rows: usize| vec![0.0; rows * n_prototypes];
        Self {
            n_prototypes,
            attention: zeros(1),
            value: zeros(n_features),
            norm1: NormTrace::new(n_features, n_prototypes),
            x: zeros(n_features),
            hidden: zeros(n_hidden),
            norm2: NormTrace::new(n_features, n_prototypes),
            dropped: zeros(n_features),
            d_hidden: zeros(n_hidden),
            d_stream: zeros(n_features),
            d_bias: Vec::new(),
        }
    }

    /// `adapted ← p'`.
    ///
    /// # Shapes
    /// - `prototypes`, `adapted`: `[feature, prototype]`
    pub(super) fn forward(
        &mut self,
        parameters: &AdaptorParameters,
        prototypes: &[f32],
        noise: Dropout,
        adapted: &mut [f32],
    ) {
        let n = self.n_prototypes;
        let AdaptorParameters { value, output, norm1, up, down, norm2 } = parameters;
        self.attention.fill(1.0);
        noise.apply(Site::Attention, 0, &mut self.attention);
        let attention = &self.attention;
        dense(value, prototypes, n, &mut self.value, |_, rows| scale_columns(rows, attention));
        dense(output, &self.value, n, &mut self.x, |first, rows| {
            noise.apply(Site::Attended, first, rows);
            add(rows, &prototypes[first * n..]);
        });
        self.norm1.forward(norm1, &mut self.x);
        dense(up, &self.x, n, &mut self.hidden, |first, rows| {
            rows.iter_mut().for_each(|h| *h = h.max(0.0));
            noise.apply(Site::Hidden, first, rows);
        });
        dense(down, &self.hidden, n, adapted, |first, rows| {
            noise.apply(Site::Fed, first, rows);
            add(rows, &self.x[first * n..]);
        });
        self.norm2.forward(norm2, adapted);
    }

    /// Turns the gradient of `p'` into that of `p`, moving the weights on the way.
    ///
    /// Each weight carries the gradient back before it moves. `noise` must be that of the forward pass.
    ///
    /// # Shapes
    /// - `prototypes`, `gradient`: `[feature, prototype]`
    pub(super) fn backward(
        &mut self,
        parameters: &mut AdaptorParameters,
        prototypes: &[f32],
        noise: Dropout,
        gradient: &mut [f32],
        rule: &Rule,
    ) {
        let n = self.n_prototypes;
        let AdaptorParameters { value, output, norm1, up, down, norm2 } = parameters;
        self.norm2.backward(norm2, gradient, rule);

        self.dropped.copy_from_slice(gradient);
        drop_again(noise, Site::Fed, n, &mut self.dropped);
        let hidden = &self.hidden;
        product(down[0].view().t(), matrix(&self.dropped, n), &mut self.d_hidden, |first, rows| {
            // What was neither rectified nor dropped is above zero, and was scaled.
            for (d, h) in rows.iter_mut().zip(&hidden[first * n..]) {
                *d = if *h > 0.0 { *d * noise.scale() } else { 0.0 };
            }
        });
        learn(down, &self.dropped, &self.hidden, n, &mut self.d_bias, rule);
        product(up[0].view().t(), matrix(&self.d_hidden, n), &mut self.d_stream, |first, rows| {
            add(rows, &gradient[first * n..]);
        });
        learn(up, &self.d_hidden, &self.x, n, &mut self.d_bias, rule);
        self.norm1.backward(norm1, &mut self.d_stream, rule);

        self.dropped.copy_from_slice(&self.d_stream);
        drop_again(noise, Site::Attended, n, &mut self.dropped);
        let (attention, d_value) = (&self.attention, gradient);
        product(output[0].view().t(), matrix(&self.dropped, n), d_value, |_, rows| {
            scale_columns(rows, attention);
        });
        learn(output, &self.dropped, &self.value, n, &mut self.d_bias, rule);
        let d_stream = &self.d_stream;
        product(value[0].view().t(), matrix(d_value, n), &mut self.dropped, |first, rows| {
            add(rows, &d_stream[first * n..]);
        });
        learn(value, d_value, prototypes, n, &mut self.d_bias, rule);
        d_value.copy_from_slice(&self.dropped);
    }
}

/// `out = finish(W · x + b)`.
fn dense(
    [weight, bias]: &[Parameter; 2],
    x: &[f32],
    n_items: usize,
    out: &mut [f32],
    finish: impl Fn(usize, &mut [f32]) + Sync,
) {
    product(weight.view(), matrix(x, n_items), out, |first, rows| {
        for (row, bias) in rows.chunks_exact_mut(n_items).zip(&bias.values[first..]) {
            row.iter_mut().for_each(|y| *y += bias);
        }
        finish(first, rows);
    });
}

/// Moves weight and bias of `y = W · x + b`, given the gradient of `y`.
fn learn(
    [weight, bias]: &mut [Parameter; 2],
    dy: &[f32],
    x: &[f32],
    n_items: usize,
    d_bias: &mut Vec<f32>,
    rule: &Rule,
) {
    weight.learn_product(matrix(dy, n_items), matrix(x, n_items), rule);
    d_bias.clear();
    d_bias.extend(dy.chunks_exact(n_items).map(|row| row.iter().sum::<f32>()));
    bias.learn(d_bias, rule);
}

/// The forward pass's noise of a site, on a gradient, cut into the same blocks.
fn drop_again(noise: Dropout, site: Site, n_items: usize, gradient: &mut [f32]) {
    let blocks = gradient.par_chunks_mut(ROWS_PER_TASK * n_items).enumerate();
    blocks.for_each(|(i, rows)| noise.apply(site, i * ROWS_PER_TASK, rows));
}

fn scale_columns(rows: &mut [f32], factors: &[f32]) {
    for row in rows.chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(x, factor)| *x *= factor);
    }
}

fn add(to: &mut [f32], more: &[f32]) {
    to.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}
