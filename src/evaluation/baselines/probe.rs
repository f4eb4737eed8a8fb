//! A network of one hidden layer on z.

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{BaselineSettings, Segments};
use crate::clustering::product;

/// Adam's decay of the first and second moment, and what keeps it from dividing by zero.
/// Source: Kingma & Ba 2015, the defaults of every library.
const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Rows of one product outside training.
const BLOCK: usize = 1024;

/// `y = W₂ · relu(W₁ · z + b₁) + b₂`
#[derive(Clone)]
pub(super) struct Probe {
    /// `[D, hidden]`.
    w1: Array2<f32>,
    /// `[1, hidden]`.
    b1: Array2<f32>,
    /// `[hidden, class]`.
    w2: Array2<f32>,
    /// `[1, class]`.
    b2: Array2<f32>,
}

impl Probe {
    /// Trains with softmax cross-entropy, or with binary cross-entropy where a track may have several labels, and keeps
    /// the weights of the lowest validation loss.
    pub(super) fn train(
        train: &Segments<'_>,
        validation: &Segments<'_>,
        n_classes: usize,
        multi_label: bool,
        settings: &BaselineSettings,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        let mut probe = Self::random(train.z.ncols(), settings.hidden, n_classes, &mut rng);
        let (targets, wanted) = (targets(train, n_classes), targets(validation, n_classes));
        let mut adam = Adam::new(&probe);
        let mut order: Vec<usize> = (0..train.z.nrows()).collect();
        let mut best = (f64::INFINITY, probe.clone());
        let mut epochs_since_best = 0;
        for _ in 0..settings.max_epochs {
            order.shuffle(&mut rng);
            for rows in order.chunks(settings.batch) {
                let (z, y) = (train.z.select(Axis(0), rows), targets.select(Axis(0), rows));
                let gradients = probe.gradients(z.view(), y.view(), multi_label);
                adam.step(&mut probe, &gradients, settings);
            }
            let loss = loss(&probe.logits(validation.z), &wanted, multi_label);
            if loss < best.0 {
                best = (loss, probe.clone());
                epochs_since_best = 0;
            } else {
                epochs_since_best += 1;
                if epochs_since_best >= settings.patience {
                    break;
                }
            }
        }
        best.1
    }

    /// Weights and biases uniform in ±1/√inputs.
    fn random(n_features: usize, hidden: usize, n_classes: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut layer = |n_in: usize, n_out: usize| {
            let bound = 1.0 / (n_in.max(1) as f32).sqrt();
            let mut uniform =
                |rows| Array2::from_shape_fn((rows, n_out), |_| rng.random_range(-bound..=bound));
            (uniform(n_in), uniform(1))
        };
        let ((w1, b1), (w2, b2)) = (layer(n_features, hidden), layer(hidden, n_classes));
        Self { w1, b1, w2, b2 }
    }

    /// `[row, class]`.
    pub(super) fn logits(&self, z: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut logits = Array2::zeros((z.nrows(), self.b2.ncols()));
        let blocks = z.axis_chunks_iter(Axis(0), BLOCK);
        for (z, mut out) in blocks.zip(logits.axis_chunks_iter_mut(Axis(0), BLOCK)) {
            out.assign(&self.output(self.hidden(z).view()));
        }
        logits
    }

    fn hidden(&self, z: ArrayView2<'_, f32>) -> Array2<f32> {
        (product(z, self.w1.view()) + &self.b1).mapv_into(|x| x.max(0.0))
    }

    fn output(&self, hidden: ArrayView2<'_, f32>) -> Array2<f32> {
        product(hidden, self.w2.view()) + &self.b2
    }

    /// Gradients of the mean loss of a batch, in the place of the parameters.
    fn gradients(
        &self,
        z: ArrayView2<'_, f32>,
        targets: ArrayView2<'_, f32>,
        multi_label: bool,
    ) -> Self {
        let hidden = self.hidden(z);
        let logits = self.output(hidden.view());
        let n = if multi_label { targets.len() } else { targets.nrows() } as f32;
        // Of both losses: (p − y) / n.
        let mut error = probabilities(&logits, multi_label);
        error.zip_mut_with(&targets, |p, y| *p = (*p - y) / n);
        let mut hidden_error = product(error.view(), self.w2.t());
        hidden_error.zip_mut_with(&hidden, |e, h| *e = if *h > 0.0 { *e } else { 0.0 });
        Self {
            w1: product(z.t(), hidden_error.view()),
            b1: hidden_error.sum_axis(Axis(0)).insert_axis(Axis(0)),
            w2: product(hidden.t(), error.view()),
            b2: error.sum_axis(Axis(0)).insert_axis(Axis(0)),
        }
    }

    fn parameters(&self) -> [&Array2<f32>; 4] {
        [&self.w1, &self.b1, &self.w2, &self.b2]
    }

    fn parameters_mut(&mut self) -> [&mut Array2<f32>; 4] {
        [&mut self.w1, &mut self.b1, &mut self.w2, &mut self.b2]
    }
}

struct Adam {
    moments: Vec<(Array2<f32>, Array2<f32>)>,
    step: i32,
}

impl Adam {
    fn new(probe: &Probe) -> Self {
        let zeros = |p: &Array2<f32>| (Array2::zeros(p.raw_dim()), Array2::zeros(p.raw_dim()));
        Self { moments: probe.parameters().map(zeros).into(), step: 0 }
    }

    fn step(&mut self, probe: &mut Probe, gradients: &Probe, settings: &BaselineSettings) {
        self.step += 1;
        let decay = settings.weight_decay as f32;
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(self.step);
        let rate = (settings.learning_rate / correction(BETA1)) as f32;
        let second = correction(BETA2).sqrt() as f32;
        let parameters = probe.parameters_mut().into_iter().zip(gradients.parameters());
        for ((parameter, gradient), (m, v)) in parameters.zip(&mut self.moments) {
            Zip::from(parameter).and(gradient).and(m).and(v).for_each(|x, g, m, v| {
                let g = g + decay * *x;
                *m = BETA1 * *m + (1.0 - BETA1) * g;
                *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                *x -= rate * *m / (v.sqrt() / second + EPSILON);
            });
        }
    }
}

/// `[segment, class]`: 1 where the label is true.
fn targets(set: &Segments<'_>, n_classes: usize) -> Array2<f32> {
    let mut targets = Array2::zeros((set.z.nrows(), n_classes));
    for (mut row, labels) in targets.outer_iter_mut().zip(set.labels()) {
        labels.iter().for_each(|&label| row[label as usize] = 1.0);
    }
    targets
}

fn probabilities(logits: &Array2<f32>, multi_label: bool) -> Array2<f32> {
    if multi_label {
        return logits.mapv(|y| 1.0 / (1.0 + (-y).exp()));
    }
    let mut p = logits.clone();
    for mut row in p.outer_iter_mut() {
        let largest = row.fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        row.mapv_inplace(|y| (y - largest).exp());
        let sum: Array1<f32> = row.sum_axis(Axis(0)).insert_axis(Axis(0));
        row /= &sum;
    }
    p
}

/// Mean cross-entropy over rows, or mean binary cross-entropy over rows and labels.
fn loss(logits: &Array2<f32>, targets: &Array2<f32>, multi_label: bool) -> f64 {
    if multi_label {
        let terms = logits.iter().zip(targets).map(|(y, target)| {
            let (y, target) = (f64::from(*y), f64::from(*target));
            y.max(0.0) - y * target + (-y.abs()).exp().ln_1p()
        });
        return terms.sum::<f64>() / logits.len() as f64;
    }
    let rows = logits.outer_iter().zip(targets.outer_iter());
    let of_row = |(y, target): (ndarray::ArrayView1<'_, f32>, ndarray::ArrayView1<'_, f32>)| {
        let largest = f64::from(y.fold(f32::NEG_INFINITY, |a, b| a.max(*b)));
        let sum: f64 = y.iter().map(|y| (f64::from(*y) - largest).exp()).sum();
        let own: f64 = y.iter().zip(target).map(|(y, t)| f64::from(*y) * f64::from(*t)).sum();
        largest + sum.ln() - own
    };
    rows.map(of_row).sum::<f64>() / logits.nrows() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences of the loss, for every parameter.
    #[test]
    fn gradients_are_those_of_the_loss() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut random = |rows, columns| {
            Array2::from_shape_fn((rows, columns), |_| rng.random_range(-1.0_f32..1.0))
        };
        let z = random(7, 5);
        for multi_label in [false, true] {
            let mut targets = Array2::zeros((7, 3));
            for (row, mut target) in targets.outer_iter_mut().enumerate() {
                target[row % 3] = 1.0;
                if multi_label && row % 2 == 0 {
                    target[(row + 1) % 3] = 1.0;
                }
            }
            let mut probe = Probe::random(5, 4, 3, &mut ChaCha8Rng::seed_from_u64(1));
            let gradients = probe.gradients(z.view(), targets.view(), multi_label);
            for part in 0..4 {
                for place in 0..probe.parameters()[part].len() {
                    let columns = probe.parameters()[part].ncols();
                    let place = [place / columns, place % columns];
                    let mut at = |shift: f32| {
                        probe.parameters_mut()[part][place] += shift;
                        let loss = loss(&probe.logits(z.view()), &targets, multi_label);
                        probe.parameters_mut()[part][place] -= shift;
                        loss
                    };
                    let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
                    let found = f64::from(gradients.parameters()[part][place]);
                    assert!((found - slope).abs() < 1e-4, "{part} {place:?}: {found} {slope}");
                }
            }
        }
    }
}
