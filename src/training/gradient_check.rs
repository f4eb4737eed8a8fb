//! Every hand-written gradient against differences of the loss, for every parameter and every option.
//!
//! With `β₁ = 0`, no weight decay and a rate of 0, a step moves nothing and leaves the gradient in Adam's first moment.

use ndarray::Array2;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::adam::Rule;
use super::data::Examples;
use super::dropout::Dropout;
use super::network::Network;
use super::parameters::Parameters;
use super::schedule::Pace;
use super::settings::{Adam, AdaptorSettings, ClassLoss, Diversity, PrototypeLoss, Settings};
use super::start::{Start, random_adaptor};
use crate::classifier::SimilarityKind;

const CLASSES: usize = 3;
const FEATURES: usize = 6;
const HIDDEN: usize = 8;
const EXAMPLES: usize = 12;

fn network(settings: &Settings, seed: u64) -> (Network, Examples) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut value = || rng.random_range(-1.0_f32..1.0);
    let owners = vec![0, 0, 1, 1, 2, 2, 2];
    let mut start =
        Start::new(Array2::from_shape_simple_fn((7, FEATURES), &mut value), owners.clone());
    start.weight = Some(Array2::from_shape_simple_fn((CLASSES, 7), &mut value));
    start.bias = Some(ndarray::Array1::from_shape_simple_fn(CLASSES, &mut value));
    let mut adaptor = random_adaptor(seed, FEATURES, HIDDEN);
    for norm in [&mut adaptor.norm1, &mut adaptor.norm2] {
        norm.weight.mapv_inplace(|w| w + 0.3 * value());
        norm.bias.mapv_inplace(|_| 0.3 * value());
    }
    adaptor.value.bias.mapv_inplace(|_| value());
    adaptor.output.bias.mapv_inplace(|_| value());
    let adaptor = settings.adaptor.map(|_| adaptor);
    let labels = (0..EXAMPLES as u32).map(|i| match settings.class_loss {
        ClassLoss::CrossEntropy { .. } => vec![i % 3],
        ClassLoss::BinaryCrossEntropy => (0..3).filter(|class| (i >> class) & 1 == 1).collect(),
    });
    let examples = Examples {
        labels: labels.collect(),
        z: Array2::from_shape_simple_fn((EXAMPLES, FEATURES), &mut value),
    };
    let parameters = Parameters::new(&start, adaptor.as_ref(), CLASSES);
    (Network::new(settings, parameters, owners), examples)
}

/// The loss of one batch, and in the first moments its gradient.
fn loss(network: &mut Network, examples: &Examples, noise: Dropout) -> f64 {
    let adam = Adam { weight_decay: 0.0, ..Adam::default() };
    let rule = Rule::new(&adam, Pace { lr: 0.0, beta1: 0.0 }, 0);
    network.step(examples, &(0..EXAMPLES).collect::<Vec<_>>(), noise, &rule).total
}

#[track_caller]
fn check(settings: &Settings) {
    let noise = settings.adaptor.map_or(Dropout::OFF, |a| Dropout::new(a.dropout, 5, 3));
    let (mut network, examples) = network(settings, 11);
    loss(&mut network, &examples, noise);
    let names: Vec<_> = network.parameters.all().into_iter().map(|(name, _)| name).collect();
    let gradients: Vec<_> = network
        .parameters
        .all()
        .into_iter()
        .map(|(_, parameter)| parameter.first.clone())
        .collect();
    let h = 4e-3_f32;
    let (mut n_checked, mut n_kinks) = (0, 0);
    for (tensor, (name, gradient)) in names.iter().zip(&gradients).enumerate() {
        let largest = gradient.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
        assert!(largest > 1e-5, "{name} has no gradient");
        for (i, found) in gradient.iter().enumerate() {
            let mut at = |offset: f32| {
                let parameter = &mut network.parameters.all_mut()[tensor].values[i];
                let before = std::mem::replace(parameter, *parameter + offset);
                let found = loss(&mut network, &examples, noise);
                network.parameters.all_mut()[tensor].values[i] = before;
                found
            };
            let middle = at(0.0);
            let [(near, near_bend), (far, far_bend)] = [h, 2.0 * h].map(|h| {
                let ([above, below], h) = ([at(h), at(-h)], f64::from(h));
                ((above - below) / (2.0 * h), (above + below - 2.0 * middle) / h)
            });
            let found = f64::from(*found);
            let tolerance = 2e-3 * f64::from(largest) + 2e-4;
            n_checked += 1;
            // Where a rectifier or a minimum switches within reach, no difference tells the slope. There the slope, or the
            // bend, does not scale with `h` as that of a smooth function does.
            if (near - far).abs() > tolerance || (far_bend - 2.0 * near_bend).abs() > tolerance {
                n_kinks += 1;
                continue;
            }
            // The error of this mean falls with the fourth power of `h`.
            let wanted = (4.0 * near - far) / 3.0;
            assert!(
                (found - wanted).abs() <= tolerance,
                "{name}[{i}]: {found:.6}, wanted {wanted:.6}"
            );
        }
    }
    assert!(n_kinks * 10 <= n_checked, "{n_kinks} of {n_checked} lie at kinks");
}

fn plain() -> Settings {
    let class_loss = ClassLoss::CrossEntropy { temperature: 0.5 };
    let adaptor = Some(AdaptorSettings { hidden: HIDDEN, dropout: 0.0 });
    Settings { class_loss, adaptor, lambda: 0.5, ..Settings::default() }
}

#[test]
fn gradients_are_right_with_the_adaptor() {
    check(&plain());
}

#[test]
fn gradients_are_right_without_the_adaptor() {
    check(&Settings { adaptor: None, ..plain() });
}

#[test]
fn gradients_are_right_under_dropout() {
    check(&Settings { adaptor: Some(AdaptorSettings { hidden: HIDDEN, dropout: 0.3 }), ..plain() });
}

#[test]
fn gradients_are_right_for_several_labels() {
    check(&Settings { class_loss: ClassLoss::BinaryCrossEntropy, ..plain() });
}

#[test]
fn gradients_are_right_for_summed_squares() {
    check(&Settings { similarity: SimilarityKind::SumSquared, lambda: 0.9, ..plain() });
}

#[test]
fn gradients_are_right_for_the_prototype_loss_over_all_classes() {
    check(&Settings { prototype_loss: PrototypeLoss::AllClasses, ..plain() });
}

#[test]
fn gradients_are_right_with_diversity() {
    let diversity = Diversity { weight: 0.7, reach: 0.8 };
    check(&Settings { diversity, ..plain() });
    check(&Settings { diversity, adaptor: None, ..plain() });
}
