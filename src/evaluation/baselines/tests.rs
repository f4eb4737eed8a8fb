//! The baselines together, on planted data.

use super::*;
use crate::evaluation::BootstrapSettings;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Segments of tracks whose labels are `truth`, three a track.
struct Planted {
    z: Array2<f32>,
    track_of_segment: Vec<usize>,
    truth: Vec<Vec<u32>>,
}

impl Planted {
    /// `z = Σ over labels of a direction + noise`.
    fn new(seed: u64, truth: Vec<Vec<u32>>, spread: f32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let track_of_segment: Vec<usize> = (0..truth.len() * 3).map(|i| i / 3).collect();
        let z = Array2::from_shape_fn((track_of_segment.len(), 12), |(i, j)| {
            let labels = &truth[track_of_segment[i]];
            let signal = labels.iter().filter(|label| **label as usize == j % 4).count();
            signal as f32 + rng.random_range(-spread..spread)
        });
        Self { z, track_of_segment, truth }
    }

    fn segments(&self) -> Segments<'_> {
        let (z, track_of_segment) = (self.z.view(), self.track_of_segment.as_slice());
        Segments { z, track_of_segment, truth: &self.truth, groups: None }
    }
}

fn labels() -> Vec<String> {
    ["a", "b", "c", "d"].map(String::from).to_vec()
}

fn run(sets: &[Planted; 3], multi_label: bool) -> Vec<BaselineResult> {
    let settings = BaselineSettings { max_epochs: 60, ..Default::default() };
    let bootstrap = BootstrapSettings { n_resamples: 20, ..Default::default() };
    let report = ReportSettings { bootstrap, ..Default::default() };
    let labels = labels();
    let baselines =
        Baselines { labels: &labels, multi_label, settings: &settings, report: &report };
    let [train, validation, test] = sets.each_ref().map(Planted::segments);
    baselines.run(&train, &validation, &test).unwrap()
}

fn one_label(seed: u64, n: usize, spread: f32) -> Planted {
    // Class d is twice as frequent as any other.
    Planted::new(seed, (0..n).map(|i| vec![[0, 1, 2, 3, 3][i % 5]]).collect(), spread)
}

#[test]
fn every_baseline_but_the_majority_finds_planted_classes() {
    let sets = [one_label(1, 100, 1.0), one_label(2, 50, 1.0), one_label(3, 50, 1.0)];
    let results = run(&sets, false);
    let names: Vec<&str> = results.iter().map(|result| result.name.as_str()).collect();
    assert_eq!(names[..3], ["majority", "nearest centroid", "5-NN"]);
    assert!(names[3].ends_with("-NN (k chosen on validation)"), "{names:?}");
    assert_eq!(names[4], "MLP probe (128 hidden)");
    assert_eq!(results[0].report.summary.accuracy, 0.4);
    assert_eq!(results[0].report.summary.balanced_accuracy, 0.25);
    assert_eq!(results[0].report.summary.roc_auc, Some(0.5));
    for result in &results[1..] {
        assert!(
            result.report.summary.accuracy > 0.95,
            "{}: {:?}",
            result.name,
            result.report.summary
        );
    }
}

#[test]
fn several_labels_a_track_are_found_too() {
    let truth =
        |n: usize| (0..n).map(|i| (0..4).filter(|label| (i >> label) & 1 == 1).collect()).collect();
    let sets = [(1, 160), (2, 48), (3, 48)].map(|(seed, n)| Planted::new(seed, truth(n), 1.0));
    let results = run(&sets, true);
    for result in &results[1..] {
        assert!(
            result.report.summary.macro_f1 > 0.9,
            "{}: {:?}",
            result.name,
            result.report.summary
        );
        assert!(result.report.summary.average_precision.unwrap() > 0.95);
    }
}

#[test]
fn labels_that_say_nothing_are_not_learned() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut shuffled = |planted: Planted| {
        let truth = planted.truth.iter().map(|_| vec![rng.random_range(0..4)]).collect();
        Planted { truth, ..planted }
    };
    let sets =
        [one_label(1, 200, 1.0), one_label(2, 100, 1.0), one_label(3, 200, 1.0)].map(&mut shuffled);
    for result in run(&sets, false) {
        // Four standard errors of a coin of 1/4 thrown 200 times are 0.12.
        let found = result.report.summary.balanced_accuracy;
        assert!((found - 0.25).abs() < 0.12, "{}: {found}", result.name);
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let sets = [one_label(1, 100, 2.0), one_label(2, 50, 2.0), one_label(3, 50, 2.0)];
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&sets, false))
    };
    assert_eq!(with(3), with(1));
}

#[test]
fn an_empty_split_and_a_stray_track_are_named() {
    let planted = one_label(1, 20, 1.0);
    let (labels, report) = (labels(), ReportSettings::default());
    let settings = BaselineSettings::default();
    let baselines =
        Baselines { labels: &labels, multi_label: false, settings: &settings, report: &report };
    let full = planted.segments();
    let message = |test: Segments<'_>| baselines.run(&full, &full, &test).unwrap_err().to_string();
    let none = Planted::new(1, Vec::new(), 1.0);
    insta::assert_snapshot!(message(none.segments()), @"there is nothing to evaluate: the test set is empty");
    let few = Segments { truth: &planted.truth[..19], ..full };
    insta::assert_snapshot!(message(few), @"segment 57 belongs to track 19, expected less than 19");
    let narrow = Segments { z: full.z.slice(ndarray::s![.., ..5]), ..full };
    insta::assert_snapshot!(message(narrow), @"expected 12 features of a segment, found 5");
    let settings = BaselineSettings { k: 0, ..settings.clone() };
    let error =
        Baselines { settings: &settings, ..baselines }.run(&full, &full, &full).unwrap_err();
    insta::assert_snapshot!(error, @"the number of neighbors must be at least 1, found 0");
}
