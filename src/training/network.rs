//! The network: one step forward, back, and on.
//!
//! ```text
//! p' = adaptor(p)        d = scale · |z − p'|²        S = exp(−d)        logits = W · S + b
//! dS = dlogits · W       dd = −S · dS + dL_p          dp' = 2 · scale · (p' · Σₙ ddₙ − Σₙ zₙ · ddₙ)
//! ```

use rayon::prelude::*;

use super::adam::Rule;
use super::adaptor::AdaptorTrace;
use super::data::Examples;
use super::diversity::Pairs;
use super::dropout::Dropout;
use super::evaluation::{Evaluation, Tally};
use super::history::Losses;
use super::nearest::Nearest;
use super::parameters::Parameters;
use super::product::{matrix, product};
use super::settings::{ClassLoss, Settings};

/// Parameters, and all memory that a step needs.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) parameters: Parameters,
    owners: Vec<usize>,
    n_features: usize,
    n_classes: usize,
    scale: f64,
    lambda: f64,
    class_loss: ClassLoss,
    non_negative: bool,
    adaptor: Option<AdaptorTrace>,
    nearest: Nearest,
    pairs: Pairs,
    diversity_weight: f64,
    batch: Batch,
    /// `[feature, prototype]`
    adapted: Vec<f32>,
    /// `|p'|²`, one a prototype.
    squared_norms: Vec<f64>,
    /// `[feature, prototype]`
    d_adapted: Vec<f32>,
    /// One a prototype.
    sums: Vec<f32>,
    d_bias: Vec<f32>,
}

/// What belongs to the examples of one batch, `[example, …]`.
#[derive(Debug, Default)]
struct Batch {
    z: Vec<f32>,
    truth: Vec<f32>,
    distances: Vec<f32>,
    similarities: Vec<f32>,
    logits: Vec<f32>,
    d_distances: Vec<f32>,
}

impl Network {
    /// For checked settings and parameters that fit them.
    pub(super) fn new(settings: &Settings, parameters: Parameters, owners: Vec<usize>) -> Self {
        let [n_features, n_prototypes] = parameters.prototypes.shape;
        let trace = |adaptor| AdaptorTrace::new(adaptor, n_prototypes);
        Self {
            n_features,
            n_classes: parameters.bias.shape[0],
            scale: settings.similarity.scale(n_features),
            lambda: settings.lambda,
            class_loss: settings.class_loss,
            non_negative: settings.non_negative,
            adaptor: parameters.adaptor.as_ref().map(trace),
            nearest: Nearest::new(settings.prototype_loss, n_prototypes),
            pairs: Pairs::new(settings.diversity, &owners),
            diversity_weight: settings.diversity.weight,
            batch: Batch::default(),
            adapted: vec![0.0; n_features * n_prototypes],
            squared_norms: vec![0.0; n_prototypes],
            d_adapted: vec![0.0; n_features * n_prototypes],
            sums: vec![0.0; n_prototypes],
            d_bias: Vec::new(),
            parameters,
            owners,
        }
    }

    /// The class of each prototype.
    pub(super) fn owners(&self) -> &[usize] {
        &self.owners
    }

    /// Learns from a batch, unless its loss is not finite.
    pub(super) fn step(
        &mut self,
        examples: &Examples,
        batch: &[usize],
        noise: Dropout,
        rule: &Rule,
    ) -> Losses {
        self.adapt(noise);
        self.compare(examples, batch);
        let n_classes = self.n_classes;
        let Batch { truth, distances, logits, .. } = &mut self.batch;
        let n = batch.len() as f64;
        let class = self.class_loss.sum(logits, truth, n_classes, self.lambda / n) / n;
        self.nearest.clear();
        self.nearest.look(distances, truth, &self.owners, n_classes);
        let prototype = self.nearest.loss();
        let diversity = self.pairs.loss(&self.adapted, self.owners.len());
        let total = self.total(class, prototype, diversity);
        if total.is_finite() {
            self.learn(noise, rule);
        }
        Losses { total, class, prototype, diversity }
    }

    /// Losses and accuracy on all of `examples`, `batch_size` at a time; the batch size changes nothing but rounding.
    pub(super) fn evaluate(&mut self, examples: &Examples, batch_size: usize) -> Evaluation {
        self.adapt(Dropout::OFF);
        self.nearest.clear();
        let mut tally = Tally::new(self.class_loss, self.n_classes);
        let n_examples = examples.labels.len();
        let all: Vec<usize> = (0..n_examples).collect();
        let mut class_loss = 0.0;
        for batch in all.chunks(batch_size) {
            self.compare(examples, batch);
            let Batch { truth, distances, logits, .. } = &mut self.batch;
            tally.add(logits, truth);
            class_loss += self.class_loss.sum(logits, truth, self.n_classes, 1.0);
            self.nearest.look(distances, truth, &self.owners, self.n_classes);
        }
        let class_loss = class_loss / n_examples as f64;
        let prototype_loss = self.nearest.loss();
        let diversity = self.pairs.loss(&self.adapted, self.owners.len());
        let loss = self.total(class_loss, prototype_loss, diversity);
        let balanced_accuracy = tally.balanced_accuracy();
        Evaluation { loss, class_loss, prototype_loss, diversity, balanced_accuracy }
    }

    /// `L = λ · L_c + (1 − λ) · L_p + w · L_d`.
    fn total(&self, class: f64, prototype: f64, diversity: f64) -> f64 {
        let own = self.lambda * class + (1.0 - self.lambda) * prototype;
        own + self.diversity_weight * diversity
    }

    /// p → p'.
    fn adapt(&mut self, noise: Dropout) {
        let Parameters { prototypes, adaptor, .. } = &self.parameters;
        match (&mut self.adaptor, adaptor) {
            (Some(trace), Some(adaptor)) => {
                trace.forward(adaptor, &prototypes.values, noise, &mut self.adapted);
            }
            _ => self.adapted.copy_from_slice(&prototypes.values),
        }
        self.squared_norms.fill(0.0);
        for row in self.adapted.chunks_exact(self.owners.len()) {
            self.squared_norms
                .iter_mut()
                .zip(row)
                .for_each(|(sum, x)| *sum += f64::from(*x).powi(2));
        }
    }

    /// Distances, similarities and logits of the examples numbered `batch`.
    fn compare(&mut self, examples: &Examples, batch: &[usize]) {
        let (n, n_prototypes, n_classes) = (batch.len(), self.owners.len(), self.n_classes);
        self.batch.resize(n, self.n_features, n_prototypes, n_classes);
        let Batch { z, truth, distances, similarities, logits, .. } = &mut self.batch;
        z.par_chunks_exact_mut(self.n_features).zip(batch).for_each(|(z, example)| {
            z.copy_from_slice(examples.row(*example));
        });
        truth.fill(0.0);
        for (truth, example) in truth.chunks_exact_mut(n_classes).zip(batch) {
            examples.labels[*example].iter().for_each(|label| truth[*label as usize] = 1.0);
        }
        let (z, adapted) = (matrix(z, self.n_features), matrix(&self.adapted, n_prototypes));
        let (norms, scale) = (&self.squared_norms, self.scale);
        product(z, adapted, distances, |first, rows| {
            for (row, z) in rows.chunks_exact_mut(n_prototypes).zip(z.outer_iter().skip(first)) {
                let norm: f64 = z.iter().map(|x| f64::from(*x).powi(2)).sum();
                for (d, other) in row.iter_mut().zip(norms) {
                    *d = ((norm + other - 2.0 * f64::from(*d)).max(0.0) * scale) as f32;
                }
            }
        });
        similarities.par_chunks_mut(n_prototypes).zip(distances.par_chunks(n_prototypes)).for_each(
            |(similarities, distances)| {
                similarities.iter_mut().zip(distances).for_each(|(s, d)| *s = (-d).exp());
            },
        );
        let weight = self.parameters.weight.view();
        let bias = &self.parameters.bias.values;
        product(matrix(similarities, n_prototypes), weight.t(), logits, |_, rows| {
            for row in rows.chunks_exact_mut(n_classes) {
                row.iter_mut().zip(bias).for_each(|(logit, b)| *logit += b);
            }
        });
    }

    /// Carries the gradient, now in `logits`, back through everything and moves every parameter.
    fn learn(&mut self, noise: Dropout, rule: &Rule) {
        let (n_prototypes, n_classes) = (self.owners.len(), self.n_classes);
        let Parameters { prototypes, weight, bias, adaptor } = &mut self.parameters;
        let Batch { z, similarities, logits: d_logits, d_distances, .. } = &mut self.batch;

        let d_logits = matrix(d_logits, n_classes);
        product(d_logits, weight.view(), d_distances, |first, rows| {
            for (d, similarity) in rows.iter_mut().zip(&similarities[first * n_prototypes..]) {
                *d *= -similarity;
            }
        });
        self.nearest.add_gradient(d_distances, 1.0 - self.lambda);
        weight.learn_product(d_logits.t(), matrix(similarities, n_prototypes).t(), rule);
        self.d_bias.clear();
        self.d_bias.extend(d_logits.axis_iter(ndarray::Axis(1)).map(|column| column.sum()));
        bias.learn(&self.d_bias, rule);
        if self.non_negative {
            weight.values.iter_mut().for_each(|w| *w = w.max(0.0));
        }

        self.sums.fill(0.0);
        for row in d_distances.chunks_exact(n_prototypes) {
            self.sums.iter_mut().zip(row).for_each(|(sum, d)| *sum += d);
        }
        let z = matrix(z, self.n_features);
        let (adapted, sums, twice) = (&self.adapted, &self.sums, 2.0 * self.scale as f32);
        product(z.t(), matrix(d_distances, n_prototypes), &mut self.d_adapted, |first, rows| {
            let adapted = adapted[first * n_prototypes..].chunks_exact(n_prototypes);
            for (row, adapted) in rows.chunks_exact_mut(n_prototypes).zip(adapted) {
                for ((d, x), sum) in row.iter_mut().zip(adapted).zip(sums) {
                    *d = twice * (x * sum - *d);
                }
            }
        });
        self.pairs.add_gradient(adapted, n_prototypes, &mut self.d_adapted);
        if let (Some(trace), Some(adaptor)) = (&mut self.adaptor, adaptor) {
            trace.backward(adaptor, &prototypes.values, noise, &mut self.d_adapted, rule);
        }
        prototypes.learn(&self.d_adapted, rule);
    }
}

impl Batch {
    /// Makes room for `n` examples; memory is allocated only when it grows.
    fn resize(&mut self, n: usize, n_features: usize, n_prototypes: usize, n_classes: usize) {
        self.z.resize(n * n_features, 0.0);
        self.truth.resize(n * n_classes, 0.0);
        self.logits.resize(n * n_classes, 0.0);
        for values in [&mut self.distances, &mut self.similarities, &mut self.d_distances] {
            values.resize(n * n_prototypes, 0.0);
        }
    }
}
