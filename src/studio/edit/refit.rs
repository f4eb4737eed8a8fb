//! Learning the last layer again while everything below it stays.
//!
//! `L(W, b) = mean over segments of the class loss of W · S + b`, as in training; convex, from where it is now, by Adam on
//! all training segments at once. The iterate of the lowest validation loss is kept, so refitting never raises that.

use ndarray::{Array1, Array2, Axis};

use super::EditRunError;
use crate::classifier::{Classifier, Objective};
use crate::clustering::product;
use crate::dataset::Split;
use crate::evaluation::{sigmoid, softmax};
use crate::examples::{Examples, Part};
use crate::runs::Edit;

/// Steps; the learning rate falls to 0 along a cosine.
const STEPS: usize = 300;
/// Largest learning rate.
const LEARNING_RATE: f64 = 0.02;
/// Memories of Adam's moments, and what keeps its division from zero.
const BETAS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;
/// Steps from one look at validation to the next.
const LOOK_EVERY: usize = 10;

/// The edit that replaces the last layer by the better one.
pub(super) fn refit(
    classifier: &Classifier,
    examples: &Examples,
    non_negative: bool,
) -> Result<Edit, EditRunError> {
    let set = |split| Set::new(classifier, &examples.part(split));
    let train = set(Split::Train)?.ok_or(EditRunError::NoTraining)?;
    let validation = set(Split::Validation)?;
    let objective = classifier.objective();
    let judge = validation.as_ref().unwrap_or(&train);
    let parts = classifier.parts();
    let start = Layer { weight: parts.weight.mapv(f64::from), bias: parts.bias.mapv(f64::from) };
    let Layer { weight, bias } = learn(start, &train, judge, objective, non_negative);
    // As an f32 holds them, so that the log says what will be used.
    let exact = |x: &f64| f64::from(*x as f32);
    Ok(Edit::Refit {
        weight: weight.outer_iter().map(|row| row.iter().map(exact).collect()).collect(),
        bias: bias.iter().map(exact).collect(),
    })
}

/// The layer on the way from `layer` that `judge` likes best.
fn learn(
    mut layer: Layer,
    train: &Set,
    judge: &Set,
    objective: &Objective,
    non_negative: bool,
) -> Layer {
    let mut best = (judge.loss(&layer, objective), layer.clone());
    let (mut first, mut second) = (layer.zeros(), layer.zeros());
    for step in 0..STEPS {
        let gradient = train.gradient(&layer, objective);
        let t = step as f64 / STEPS as f64;
        let rate = LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * t).cos());
        let powers = (step + 1) as i32;
        let (correct1, correct2) = (1.0 - BETAS.0.powi(powers), 1.0 - BETAS.1.powi(powers));
        let values = layer.values_mut().zip(gradient.values());
        for ((value, g), (m, v)) in values.zip(first.values_mut().zip(second.values_mut())) {
            *m = BETAS.0 * *m + (1.0 - BETAS.0) * g;
            *v = BETAS.1 * *v + (1.0 - BETAS.1) * g * g;
            *value -= rate * (*m / correct1) / ((*v / correct2).sqrt() + EPSILON);
        }
        if non_negative {
            layer.weight.mapv_inplace(|w| w.max(0.0));
        }
        if (step + 1) % LOOK_EVERY == 0 {
            let loss = judge.loss(&layer, objective);
            if loss < best.0 {
                best = (loss, layer.clone());
            }
        }
    }
    best.1
}

/// `W` and `b`.
#[derive(Clone)]
struct Layer {
    weight: Array2<f64>,
    bias: Array1<f64>,
}

impl Layer {
    fn zeros(&self) -> Self {
        Self { weight: Array2::zeros(self.weight.dim()), bias: Array1::zeros(self.bias.dim()) }
    }

    fn values(&self) -> impl Iterator<Item = &f64> {
        self.weight.iter().chain(&self.bias)
    }

    fn values_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        self.weight.iter_mut().chain(&mut self.bias)
    }
}

/// Similarities of a split's segments, and its labels.
struct Set {
    /// `[segment, prototype]`; columns of disabled prototypes are 0, so that their weights stay.
    similarities: Array2<f32>,
    /// `[segment, class]`: 1 where the label is true.
    truth: Array2<f64>,
}

impl Set {
    fn new(classifier: &Classifier, part: &Part) -> Result<Option<Self>, EditRunError> {
        if part.rows.is_empty() {
            return Ok(None);
        }
        let mut similarities = classifier.similarities(part.z.view())?;
        for (mut column, info) in similarities.columns_mut().into_iter().zip(classifier.info()) {
            if !info.enabled {
                column.fill(0.0);
            }
        }
        let mut truth = Array2::zeros((part.rows.len(), classifier.labels().len()));
        for (mut row, labels) in truth.outer_iter_mut().zip(&part.labels) {
            labels.iter().for_each(|label| row[*label as usize] = 1.0);
        }
        Ok(Some(Self { similarities, truth }))
    }

    fn probabilities(&self, layer: &Layer, objective: &Objective) -> Array2<f64> {
        let weight = layer.weight.mapv(|w| w as f32);
        let logits = product(self.similarities.view(), weight.t()) + &layer.bias.mapv(|b| b as f32);
        match objective {
            Objective::Softmax { temperature } => softmax(logits.view(), f64::from(*temperature)),
            Objective::Sigmoid { .. } => sigmoid(logits.view()),
        }
    }

    /// Mean negative log likelihood of a segment.
    fn loss(&self, layer: &Layer, objective: &Objective) -> f64 {
        let p = self.probabilities(layer, objective);
        let surprise = |p: f64| -p.max(f64::MIN_POSITIVE).ln();
        let cells = p.iter().zip(&self.truth);
        let sum: f64 = match objective {
            Objective::Softmax { .. } => cells.map(|(p, y)| y * surprise(*p)).sum(),
            Objective::Sigmoid { .. } => {
                cells.map(|(p, y)| y * surprise(*p) + (1.0 - y) * surprise(1.0 - p)).sum::<f64>()
                    / p.ncols() as f64
            }
        };
        sum / p.nrows() as f64
    }

    /// `∂L/∂logits = (p − y) / scale`, from there to `W` and `b`.
    fn gradient(&self, layer: &Layer, objective: &Objective) -> Layer {
        let mut g = self.probabilities(layer, objective) - &self.truth;
        let scale = match objective {
            Objective::Softmax { temperature } => f64::from(*temperature),
            Objective::Sigmoid { .. } => g.ncols() as f64,
        };
        g /= scale * g.nrows() as f64;
        let bias = g.sum_axis(Axis(0));
        let g = g.mapv(|x| x as f32);
        let weight = product(g.t(), self.similarities.view()).mapv(f64::from);
        Layer { weight, bias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng as _, SeedableRng as _};

    /// Two classes; similar to the first three prototypes where class 0 is true, to the others where class 1 is.
    fn set(seed: u64, n: usize) -> Set {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let truth = Array2::from_shape_fn((n, 2), |(i, c)| f64::from(u8::from(i % 2 == c)));
        let similarity = |(i, m): (usize, usize)| {
            let near = if i % 2 == m / 3 { 0.1 } else { 0.0 };
            0.6 + near + rng.random_range(-0.1..0.1)
        };
        Set { similarities: Array2::from_shape_fn((n, 6), similarity), truth }
    }

    fn layer() -> Layer {
        let weight = Array2::from_shape_fn((2, 6), |(c, m)| ((c * 6 + m) as f64).sin());
        Layer { weight, bias: Array1::from(vec![0.3, -0.2]) }
    }

    fn objectives() -> [Objective; 2] {
        [Objective::Softmax { temperature: 0.1 }, Objective::Sigmoid { thresholds: vec![0.5, 0.5] }]
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        for objective in objectives() {
            let (set, layer) = (set(0, 40), layer());
            let gradient = set.gradient(&layer, &objective);
            for (i, g) in gradient.values().enumerate() {
                let moved = |by: f64| {
                    let mut moved = layer.clone();
                    moved.values_mut().skip(i).take(1).for_each(|value| *value += by);
                    set.loss(&moved, &objective)
                };
                let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
                assert!((slope - g).abs() < 1e-2 * (1.0 + g.abs()), "{i}: {slope} {g}");
            }
        }
    }

    #[test]
    fn what_is_learned_is_better_and_never_worse_where_it_is_judged() {
        for objective in objectives() {
            let (train, validation) = (set(1, 200), set(2, 60));
            let before = validation.loss(&layer(), &objective);
            let after = learn(layer(), &train, &validation, &objective, false);
            let loss = validation.loss(&after, &objective);
            assert!(loss < 0.9 * before, "{before} {loss}");
            let plus = learn(layer(), &train, &validation, &objective, true);
            assert!(plus.values().count() == 14 && validation.loss(&plus, &objective) <= before);
            let again = learn(after.clone(), &train, &validation, &objective, false);
            assert!(validation.loss(&again, &objective) <= loss);
        }
    }
}
