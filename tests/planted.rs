//! Collections whose structure is known: what is in them is found, and what is not in them is not.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1};
use pecmae::classifier::Classifier;
use pecmae::embeddings::{Metadata, SegmentPlace, Settings, TableWriter, Track};
use pecmae::files::Sha256Digest;
use program::Workshop;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

const CLASSES: [&str; 3] = ["a", "b", "c"];
const MODES: usize = 3;
const FEATURES: usize = 24;
/// Tracks of each mode, and segments of each track.
const TRACKS: usize = 16;
const SEGMENTS: usize = 4;

/// Modes of each class, `[class · mode, feature]`, and a table of tracks that each lie around one of them.
fn plant(workshop: &Workshop, name: &str, change: impl Fn(usize, &mut [f32])) -> Array2<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let modes = Array2::from_shape_simple_fn((CLASSES.len() * MODES, FEATURES), || {
        2.0 * rng.sample::<f32, _>(StandardNormal)
    });
    let settings = Settings {
        model_fingerprint: "planted".to_owned(),
        precision: "f32".to_owned(),
        sample_rate_hz: 24_000,
        segment_samples: 96_000,
        tail: "drop".to_owned(),
        dim: FEATURES,
        frames: None,
        more: BTreeMap::new(),
    };
    let metadata = Metadata { model: "planted".to_owned(), settings, shard: None };
    let mut table = TableWriter::<SegmentPlace>::create(&workshop.path(name), &metadata).unwrap();
    for (class, label) in CLASSES.iter().enumerate() {
        for i in 0..MODES * TRACKS {
            let id = format!("{label}/{i:03}.wav");
            let content = Sha256Digest::of(id.as_bytes());
            let label = Some((*label).to_owned());
            let track = Arc::new(Track { path: format!("/music/{id}"), id, content, label });
            for segment in 0..SEGMENTS {
                let mode = modes.row(class * MODES + i % MODES);
                let noise = |x: &f32| x + 0.3 * rng.sample::<f32, _>(StandardNormal);
                let mut z: Vec<f32> = mode.iter().map(noise).collect();
                change(class * MODES * TRACKS + i, &mut z);
                let start_s = 4.0 * segment as f64;
                let place = SegmentPlace {
                    segment: segment as u32,
                    start_s,
                    end_s: start_s + 4.0,
                    true_length_s: 4.0,
                };
                table.push(&track, place, &z).unwrap();
            }
        }
    }
    table.finish().unwrap();
    modes
}

const TRAIN: [&str; 4] = ["train", "t.parquet", "--batch", "64"];

fn train(workshop: &Workshop, name: &str, more: &[&str]) -> Classifier {
    workshop.succeeds(&[&TRAIN[..], &["-q", "--name", name], more].concat());
    let path = workshop.path(&format!("prototypes/{name}/model.safetensors"));
    Classifier::load(&path).unwrap()
}

fn validation_accuracy(workshop: &Workshop, name: &str) -> f64 {
    let status = workshop.read(&format!("prototypes/{name}/status.json"));
    let status: serde_json::Value = serde_json::from_slice(&status).unwrap();
    status["validation_accuracy"].as_f64().unwrap()
}

#[test]
fn prototypes_find_the_modes_of_their_class() {
    let workshop = Workshop::empty();
    let modes = plant(&workshop, "t.parquet", |_, _| {});
    // Modes are 8 apart, single segments 0.09 from theirs. An adaptor drops activations, and ends a little less near.
    for (name, how, near) in [
        ("with", &["--steps", "4000", "--hidden", "64"][..], 0.5),
        ("without", &["--steps", "400", "--no-adaptor"], 0.1),
    ] {
        let classifier = train(&workshop, name, &[&["-k", "3"][..], how].concat());
        let found = classifier.sonifiable();
        let apart = |a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>| {
            a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f32>() / FEATURES as f32
        };
        for (mode, wanted) in modes.outer_iter().enumerate() {
            let nearest = (0..found.nrows())
                .min_by(|a, b| {
                    apart(found.row(*a), wanted).total_cmp(&apart(found.row(*b), wanted))
                })
                .unwrap();
            let distance = apart(found.row(nearest), wanted);
            assert!(distance < near, "mode {mode}: {distance}, {name} adaptor");
            assert_eq!(classifier.info()[nearest].label, mode / MODES, "mode {mode}");
        }
    }
    assert_eq!(validation_accuracy(&workshop, "without"), 1.0);
}

#[test]
fn shuffled_labels_teach_nothing() {
    let workshop = Workshop::empty();
    // No modes: every class is the same cloud, so that whatever is learned is learned by heart.
    plant(&workshop, "t.parquet", |i, z| {
        let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
        z.iter_mut().for_each(|x| *x = rng.sample(StandardNormal));
    });
    let mut sum = 0.0;
    for seed in ["0", "1", "2", "3"] {
        train(
            &workshop,
            seed,
            &["-k", "3", "--steps", "400", "--hidden", "64", "--shuffle-labels", "--seed", seed],
        );
        sum += validation_accuracy(&workshop, seed);
    }
    // Chance is 1/3; over 4 × 15 tracks its standard deviation is 0.06.
    assert!((sum / 4.0 - 1.0 / 3.0).abs() < 0.18, "{}", sum / 4.0);
}

#[test]
fn diversity_raises_the_number_of_prototypes_that_differ() {
    let workshop = Workshop::empty();
    plant(&workshop, "t.parquet", |_, _| {});
    // Six prototypes for three modes: without the term some become one.
    let nearest_pair = |classifier: &Classifier| {
        let z = classifier.adapted();
        let mut least = f32::INFINITY;
        for a in 0..z.nrows() {
            for b in 0..a {
                if classifier.info()[a].label == classifier.info()[b].label {
                    let squares = z.row(a).into_iter().zip(z.row(b)).map(|(x, y)| (x - y).powi(2));
                    least = least.min(squares.sum::<f32>() / FEATURES as f32);
                }
            }
        }
        least
    };
    let plain =
        nearest_pair(&train(&workshop, "plain", &["-k", "6", "--steps", "400", "--hidden", "64"]));
    let diverse = nearest_pair(&train(
        &workshop,
        "diverse",
        &["-k", "6", "--steps", "400", "--hidden", "64", "--diversity", "1"],
    ));
    assert!(diverse > 4.0 * plain, "{diverse} against {plain}");
}

#[test]
fn a_z_that_is_no_number_is_named() {
    let workshop = Workshop::empty();
    plant(&workshop, "t.parquet", |i, z| z[7] = if i == 50 { f32::NAN } else { z[7] });
    let error = workshop.fails(3, &[&TRAIN[..], &["-k", "3", "-q"]].concat());
    let wanted = "segment 0 of b/002.wav has NaN in its z; embed the file again: ";
    assert!(error.starts_with(wanted), "{error}");
}
