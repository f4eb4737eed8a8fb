//! What is learned from data whose structure is known.

use std::sync::Arc;

use ndarray::Array2;
use pecmae::classifier::Normalization;
use pecmae::training::{
    ClassLoss, Data, Diversity, Examples, OneCycle, Settings, Status, StepError, Trainer,
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::interruption::bytes;
use super::{advance, identity, planted, small, start_of};

#[test]
fn planted_classes_are_learned_and_the_classifier_agrees_with_the_run() {
    let (data, _) = planted(5, 3, 2, 8);
    let settings = Settings { steps: 150, ..small(5) };
    let mut trainer = Trainer::new(settings, data.clone(), &start_of(&data, 2)).unwrap();
    while trainer.status() == Status::Running {
        trainer.step().unwrap();
    }
    let points = trainer.history().points();
    let seen = |i: usize| points[i].validation.unwrap();
    assert!(seen(points.len() - 1).loss < 0.5 * seen(0).loss, "{points:?}");
    let (best_step, best_loss) = trainer.best().unwrap();
    let best = points
        .iter()
        .min_by(|a, b| a.validation.unwrap().loss.total_cmp(&b.validation.unwrap().loss));
    assert_eq!(
        (best_step, best_loss),
        (best.unwrap().step, best.unwrap().validation.unwrap().loss)
    );

    let plain = Normalization { mean: 0.0, std: 0.5 };
    let classifier = trainer.classifier(identity(3, plain, 8)).unwrap();
    let validation = data.validation().unwrap();
    let similarities = classifier.similarities(validation.z.view()).unwrap();
    let predicted = classifier.predict(classifier.logits(similarities.view()).unwrap().view());
    let right = predicted.iter().zip(&validation.labels).filter(|(a, b)| a == b).count();
    let accuracy = right as f64 / predicted.len() as f64;
    assert!(accuracy > 0.95, "{accuracy}");
    let stated = best.unwrap().validation.unwrap().balanced_accuracy;
    assert!((accuracy - stated).abs() < 1e-9, "classes are equally large: {accuracy} {stated}");
}

#[test]
fn diversity_keeps_prototypes_apart_that_start_together() {
    let spread = |weight| {
        let (data, _) = planted(8, 2, 3, 8);
        let diversity = Diversity { weight, reach: 0.1 };
        let settings = Settings { diversity, adaptor: None, steps: 200, lambda: 0.0, ..small(8) };
        let mut start = start_of(&data, 3);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for prototype in 0..6 {
            let near =
                start.prototypes.row(prototype / 3 * 3).mapv(|x| x + rng.random_range(-0.01..0.01));
            start.prototypes.row_mut(prototype).assign(&near);
        }
        let mut trainer = Trainer::new(settings, data, &start).unwrap();
        advance(&mut trainer, 200);
        let made =
            trainer.classifier(identity(2, Normalization { mean: 0.0, std: 0.5 }, 8)).unwrap();
        let d = made.distances(made.sonifiable()).unwrap();
        d[[0, 1]].min(d[[0, 2]]).min(d[[1, 2]])
    };
    let (without, with) = (spread(0.0), spread(1.0));
    assert!(with > 0.03 && with > 10.0 * without, "{without} {with}");
}

#[test]
fn a_non_negative_last_layer_stays_so() {
    let (data, _) = planted(4, 3, 2, 6);
    let settings = Settings { non_negative: true, ..small(4) };
    let mut start = start_of(&data, 2);
    start.weight = Some(Array2::from_elem((3, 6), 0.001));
    let mut trainer = Trainer::new(settings, data.clone(), &start).unwrap();
    advance(&mut trainer, 24);
    let plain = Normalization { mean: 0.0, std: 0.5 };
    let weight = trainer.classifier(identity(3, plain, 6)).unwrap().parts().weight.clone();
    assert!(weight.iter().all(|w| *w >= 0.0) && weight.iter().any(|w| *w == 0.0), "{weight}");
}

#[test]
fn several_labels_an_example_are_learned() {
    let (data, _) = planted(6, 2, 2, 8);
    // Mode 1 of class 0 and mode 0 of class 1 get both labels, mode 1 of class 1 none.
    let relabel = |examples: &Examples| {
        let sets: [&[u32]; 4] = [&[0], &[0, 1], &[0, 1], &[]];
        let labels = (0..examples.labels.len()).map(|i| sets[i % 4].to_vec()).collect();
        Examples { z: examples.z.clone(), labels }
    };
    let data = Data::new(2, relabel(data.train()), data.validation().map(relabel)).unwrap();
    let data = Arc::new(data);
    let schedule = OneCycle { max_lr: 0.05, ..OneCycle::default() };
    let class_loss = ClassLoss::BinaryCrossEntropy;
    let settings = Settings { class_loss, schedule, lambda: 0.9, steps: 600, ..small(6) };
    let refused =
        Trainer::new(small(6), data.clone(), &start_of(&data, 2)).unwrap_err().to_string();
    assert!(refused.starts_with("training example 1 has 2 labels, expected 1"), "{refused}");
    let mut trainer = Trainer::new(settings, data.clone(), &start_of(&data, 2)).unwrap();
    while trainer.status() == Status::Running {
        trainer.step().unwrap();
    }
    let accuracy = trainer.evaluate().unwrap().balanced_accuracy;
    assert!(accuracy > 0.9, "{accuracy}");
}

#[test]
fn patience_ends_a_run_that_no_longer_improves_and_an_extension_goes_on() {
    let (data, _) = planted(9, 2, 1, 4);
    let schedule = OneCycle { max_lr: 0.3, ..OneCycle::default() };
    let settings = Settings { patience: Some(3), steps: 2000, schedule, ..small(9) };
    let mut trainer = Trainer::new(settings, data.clone(), &start_of(&data, 1)).unwrap();
    while trainer.status() == Status::Running {
        trainer.step().unwrap();
    }
    assert_eq!(trainer.status(), Status::StoppedEarly);
    let (best, _) = trainer.best().unwrap();
    assert_eq!(trainer.steps_done(), best + 3 * 5);
    trainer.extend(10);
    assert_eq!((trainer.status(), trainer.n_steps()), (Status::Running, 2010));
}

#[test]
fn a_rate_that_is_too_high_is_named_and_leaves_the_run_as_it_was() {
    let (data, _) = planted(1, 2, 1, 4);
    let schedule = OneCycle { max_lr: 1e37, ..OneCycle::default() };
    let settings = Settings { schedule, adaptor: None, ..small(1) };
    let mut trainer = Trainer::new(settings, data.clone(), &start_of(&data, 1)).unwrap();
    let error = (0..24).find_map(|_| trainer.step().err()).unwrap();
    assert!(error.to_string().ends_with("lower schedule.max_lr"), "{error}");
    let done = trainer.steps_done();
    let before = bytes(&trainer);
    assert!(matches!(trainer.step(), Err(StepError::Diverged { step, .. }) if step == done));
    assert!(bytes(&trainer) == before);
}
