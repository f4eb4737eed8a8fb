//! Training against the reference's trajectory, against itself after an interruption, and on planted data.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayD, Axis, s};
use pecmae::classifier::{Adaptor, Classifier, Dense, Norm, Normalization};
use pecmae::embeddings;
use pecmae::training::{
    AdaptorSettings, ClassLoss, Data, Diversity, Examples, Identity, OneCycle, Settings, Start,
    Status, StepError, Trainer,
};
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// Tensors of a reference run.
struct Golden(HashMap<String, ArrayD<f32>>);

impl Golden {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.iter().map(|(name, view)| {
            let values = match view.dtype() {
                safetensors::Dtype::F32 => {
                    view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
                }
                _ => view
                    .data()
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| i64::from_le_bytes(*b) as f32)
                    .collect(),
            };
            (name.to_owned(), ArrayD::from_shape_vec(view.shape(), values).unwrap())
        });
        Self(tensors.collect())
    }

    fn matrix(&self, name: &str) -> Array2<f32> {
        self.0[name].clone().into_dimensionality().unwrap()
    }

    fn vector(&self, name: &str) -> Array1<f32> {
        self.0[name].clone().into_dimensionality().unwrap()
    }

    /// The adaptor of one moment; query and key rows, the first two thirds of the projection, have no effect.
    fn adaptor(&self, moment: &str) -> Adaptor {
        let name = |rest: &str| format!("{moment}.adaptor.{rest}");
        let dense = |at: &str| Dense {
            weight: self.matrix(&name(&format!("{at}.weight"))),
            bias: self.vector(&name(&format!("{at}.bias"))),
        };
        let norm = |at: &str| Norm {
            weight: self.vector(&name(&format!("{at}.weight"))),
            bias: self.vector(&name(&format!("{at}.bias"))),
        };
        let weight = self.matrix(&name("self_attn.in_proj_weight"));
        let bias = self.vector(&name("self_attn.in_proj_bias"));
        let first = 2 * weight.ncols();
        Adaptor {
            value: Dense {
                weight: weight.slice(s![first.., ..]).to_owned(),
                bias: bias.slice(s![first..]).to_owned(),
            },
            output: dense("self_attn.out_proj"),
            norm1: norm("norm1"),
            up: dense("linear1"),
            down: dense("linear2"),
            norm2: norm("norm2"),
        }
    }
}

#[track_caller]
fn close<D: ndarray::Dimension>(
    name: &str,
    found: &ndarray::Array<f32, D>,
    wanted: &ndarray::Array<f32, D>,
    tolerance: f32,
) {
    assert_eq!(found.shape(), wanted.shape(), "{name}");
    let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance, "{name} is off by {worst:e}, expected at most {tolerance:e}");
}

fn embeddings_of(dim: usize) -> embeddings::Settings {
    embeddings::Settings {
        model_fingerprint: "c0de".to_owned(),
        precision: "f32".to_owned(),
        sample_rate_hz: 24_000,
        segment_samples: 96_000,
        tail: "keep".to_owned(),
        dim,
        frames: None,
        more: std::collections::BTreeMap::new(),
    }
}

fn identity(n_classes: usize, normalization: Normalization, dim: usize) -> Identity {
    let labels = (0..n_classes).map(|c| format!("class {c}")).collect();
    Identity { labels, normalization, embeddings: embeddings_of(dim) }
}

fn matches_the_reference(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/trainer");
    let golden = Golden::read(&folder.join(format!("{name}.safetensors")));
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let run: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();

    let z = golden.matrix("z");
    let normalization = Normalization::of(z.view()).unwrap();
    assert!((f64::from(normalization.mean) - number(&run["mean"])).abs() < 1e-6);
    assert!((f64::from(normalization.std) - number(&run["std"])).abs() < 1e-6);
    let normalized = normalization.apply(z.view());
    close("z_normalised", &normalized, &golden.matrix("z_normalised"), 1e-6);

    let with_adaptor = golden.0.contains_key("init.adaptor.norm1.weight");
    let labels = golden.vector("labels").iter().map(|label| vec![*label as u32]).collect();
    let data = Data::new(3, Examples { z: normalized, labels }, None).unwrap();
    let start = Start {
        weight: Some(golden.matrix("init.linear.weight")),
        bias: Some(golden.vector("init.linear.bias")),
        adaptor: with_adaptor.then(|| golden.adaptor("init")),
        ..Start::new(golden.matrix("init.protos"), vec![0, 0, 1, 1, 2, 2])
    };
    assert_eq!(Start { weight: None, ..start.clone() }.prototypes, start.prototypes);
    let settings = Settings {
        batch: 20,
        steps: 30,
        adaptor: with_adaptor.then_some(AdaptorSettings { hidden: 48, dropout: 0.0 }),
        ..Settings::default()
    };
    let mut trainer = Trainer::new(settings, Arc::new(data), &start).unwrap();
    let order: Vec<usize> = golden.vector("batch_order").iter().map(|i| *i as usize).collect();
    for (batch, wanted) in order.chunks(20).zip(run["trajectory"].as_array().unwrap()) {
        let found = trainer.step_on(batch).unwrap();
        for (key, found) in [
            ("lr", found.lr),
            ("beta1", found.beta1),
            ("loss", found.losses.total),
            ("class_loss", found.losses.class),
            ("proto_loss", found.losses.prototype),
        ] {
            let wanted = number(&wanted[key]);
            let tolerance = if matches!(key, "lr" | "beta1") { 1e-12 } else { 1e-5 };
            assert!((found - wanted).abs() < tolerance, "{name} {key} {found} {wanted}");
        }
    }
    assert_eq!(trainer.status(), Status::Finished);

    let classifier = trainer.classifier(identity(3, normalization, 24)).unwrap();
    let parts = classifier.parts();
    close("protos", &parts.prototypes, &golden.matrix("final.protos"), 1e-4);
    close("linear.weight", &parts.weight, &golden.matrix("final.linear.weight"), 1e-4);
    close("linear.bias", &parts.bias, &golden.vector("final.linear.bias"), 1e-4);
    if let Some(found) = &parts.adaptor {
        let wanted = golden.adaptor("final");
        for (name, found, wanted) in [
            ("value", &found.value, &wanted.value),
            ("output", &found.output, &wanted.output),
            ("up", &found.up, &wanted.up),
            ("down", &found.down, &wanted.down),
        ] {
            close(name, &found.weight, &wanted.weight, 1e-4);
            close(name, &found.bias, &wanted.bias, 1e-4);
        }
        for (name, found, wanted) in
            [("norm1", &found.norm1, &wanted.norm1), ("norm2", &found.norm2, &wanted.norm2)]
        {
            close(name, &found.weight, &wanted.weight, 1e-4);
            close(name, &found.bias, &wanted.bias, 1e-4);
        }
    }
    close(
        "adapted",
        &classifier.adapted().to_owned(),
        &golden.matrix("final_adapted_prototypes"),
        1e-4,
    );
    let distances = classifier.distances(z.view()).unwrap();
    close("distances", &distances, &golden.matrix("final_distances"), 1e-4);
    let logits = classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap();
    close("logits", &logits, &golden.matrix("final_logits"), 1e-4);
}

#[test]
fn every_step_matches_the_reference_with_the_adaptor() {
    matches_the_reference("adaptor");
}

#[test]
fn every_step_matches_the_reference_without_the_adaptor() {
    matches_the_reference("no_adaptor");
}

/// Classes of `modes` Gaussian modes each, normalized; every third example validates.
fn planted(seed: u64, n_classes: usize, modes: usize, dim: usize) -> (Arc<Data>, Array2<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let centers = Array2::from_shape_simple_fn((n_classes * modes, dim), || {
        let x: f32 = StandardNormal.sample(&mut rng);
        x
    });
    let n = 40 * n_classes * modes;
    let labels: Vec<Vec<u32>> =
        (0..n).map(|i| vec![(i % (n_classes * modes) / modes) as u32]).collect();
    let z = Array2::from_shape_fn((n, dim), |(i, j)| {
        let x: f32 = StandardNormal.sample(&mut rng);
        centers[[i % (n_classes * modes), j]] + 0.3 * x
    });
    let normalization = Normalization::of(z.view()).unwrap();
    let z = normalization.apply(z.view());
    let split = |wanted: bool| {
        let chosen: Vec<usize> =
            (0..n).filter(|i| (i / (n_classes * modes) % 3 == 0) == wanted).collect();
        let labels = chosen.iter().map(|i| labels[*i].clone()).collect();
        Examples { z: z.select(Axis(0), &chosen), labels }
    };
    let data = Data::new(n_classes, split(false), Some(split(true))).unwrap();
    (Arc::new(data), normalization.apply(centers.view()))
}

fn small(seed: u64) -> Settings {
    Settings {
        batch: 16,
        steps: 24,
        eval_every: 5,
        adaptor: Some(AdaptorSettings { hidden: 12, dropout: 0.2 }),
        schedule: OneCycle { max_lr: 1e-2, ..OneCycle::default() },
        seed,
        ..Settings::default()
    }
}

fn start_of(data: &Data, per_class: usize) -> Start {
    let mut chosen = Vec::new();
    let mut owners = Vec::new();
    for class in 0..data.n_classes() {
        let labels = data.train().labels.iter().enumerate();
        let own = labels.filter(|(_, labels)| labels.contains(&(class as u32)));
        chosen.extend(own.map(|(i, _)| i).take(per_class));
        owners.extend(std::iter::repeat_n(class, per_class));
    }
    Start::new(data.train().z.select(Axis(0), &chosen), owners)
}

fn advance(trainer: &mut Trainer, n_steps: usize) {
    for _ in 0..n_steps {
        trainer.step().unwrap();
    }
}

/// The bytes of a run's checkpoint.
fn bytes(trainer: &Trainer) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    trainer.checkpoint(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn on_threads<T: Send>(n: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_resumed_run_ends_with_the_bytes_of_an_uninterrupted_one(
        seed: u64, stops in prop::collection::btree_set(0_usize..30, 0..5), with_adaptor: bool,
    ) {
        let (data, _) = planted(seed, 2, 2, 6);
        let mut settings = small(seed);
        if !with_adaptor {
            settings.adaptor = None;
        }
        let start = start_of(&data, 2);
        let mut whole = Trainer::new(settings.clone(), data.clone(), &start).unwrap();
        let mut parts = Trainer::new(settings.clone(), data.clone(), &start).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        for step in 0..30 {
            if step == 24 {
                whole.extend(6);
                parts.extend(6);
            }
            if stops.contains(&step) {
                parts.checkpoint(&path).unwrap();
                parts = Trainer::resume(&path, settings.clone(), data.clone()).unwrap();
            }
            prop_assert_eq!(whole.step().unwrap(), parts.step().unwrap());
        }
        prop_assert_eq!(bytes(&whole), bytes(&parts));
        prop_assert_eq!(whole.history().points().len(), 6 + 1);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = |threads| {
        on_threads(threads, || {
            // Wide enough that every product and every parameter is cut into several blocks.
            let (data, _) = planted(3, 3, 2, 160);
            let adaptor = Some(AdaptorSettings { hidden: 1100, dropout: 0.1 });
            let settings = Settings { adaptor, steps: 4, batch: 200, ..small(3) };
            let mut trainer = Trainer::new(settings, data.clone(), &start_of(&data, 2)).unwrap();
            advance(&mut trainer, 4);
            bytes(&trainer)
        })
    };
    let one = run(1);
    assert!(run(2) == one && run(7) == one);
}

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

/// A checkpoint of a short run, with its settings and data.
fn checkpointed(folder: &Path) -> (PathBuf, Settings, Arc<Data>) {
    let (data, _) = planted(1, 2, 1, 4);
    let mut trainer = Trainer::new(small(1), data.clone(), &start_of(&data, 1)).unwrap();
    advance(&mut trainer, 7);
    let path = folder.join("run");
    trainer.checkpoint(&path).unwrap();
    (path, small(1), data)
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, settings, data) = checkpointed(folder.path());
    let sentence = |settings: Settings, data: Arc<Data>| {
        let error = Trainer::resume(&path, settings, data).unwrap_err().to_string();
        assert!(error.ends_with("run") && !error.contains('\n'), "{error}");
        error
    };
    let other = sentence(Settings { lambda: 0.5, ..settings.clone() }, data);
    assert!(other.starts_with("the checkpoint belongs to other settings ("), "{other}");
    let other = sentence(settings.clone(), planted(2, 2, 1, 4).0);
    assert!(other.starts_with("the checkpoint belongs to other data ("), "{other}");
    let error = Classifier::load(&path).unwrap_err().to_string();
    assert!(error.starts_with("not a pecmae.classifier"), "{error}");
}

proptest! {
    #[test]
    fn an_altered_checkpoint_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut: Option<prop::sample::Index>,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (path, settings, data) = checkpointed(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len().min(4000));
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&path, bytes).unwrap();
        if let Ok(mut trainer) = Trainer::resume(&path, settings, data) {
            let _ = (trainer.status(), trainer.step());
        }
    }
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
