//! Training against the reference's trajectory, against itself after an interruption, and on planted data.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use ndarray::{Array2, Axis};
use pecmae::classifier::Normalization;
use pecmae::embeddings;
use pecmae::training::{
    AdaptorSettings, Data, Examples, Identity, OneCycle, Settings, Start, Trainer,
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

mod golden;
mod interruption;
mod planted;

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
            (0..n).filter(|i| (i / (n_classes * modes)).is_multiple_of(3) == wanted).collect();
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
