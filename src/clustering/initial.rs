//! The prototypes that a network starts from.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rand::SeedableRng as _;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{InitError, KmeansSettings, kmeans};

/// Where initial prototypes come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Init {
    /// The k-means centers of each class.
    Kmeans,
    /// The same, each replaced by the nearest training segment of its class; no segment is taken twice.
    NearestSamples,
    /// Training segments of each class, drawn without replacement.
    RandomSamples,
    /// Given vectors in the space of the normalized z, `[C · K, D]`, taken in the order in which they come.
    Given(Array2<f32>),
    /// Chosen training segments: for each class K different rows of z.
    Clips(Vec<Vec<usize>>),
}

/// The order of prototypes on the prototype axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrototypeOrder {
    /// Prototype j belongs to class j div K, as the linear layer and the prototype loss have it.
    #[default]
    LabelMajor,
    /// Row k · C + c holds center k of class c, while everything else still reads row j as one of class j div K: so
    /// most classes start from other classes' centers. The published training script does this (its `np.hstack` and
    /// `reshape` of centers); only to reproduce its runs.
    Legacy,
}

/// How a network's prototypes are started.
#[derive(Debug, Clone, PartialEq)]
pub struct InitSettings {
    /// Prototypes of each class, K.
    pub per_class: usize,
    /// Where they come from.
    pub init: Init,
    /// Where they go; [`Init::Given`] is left as it is.
    pub order: PrototypeOrder,
    /// For [`Init::Kmeans`] and [`Init::NearestSamples`]; its seed is also that of [`Init::RandomSamples`].
    pub kmeans: KmeansSettings,
}

/// Prototypes, `[C · K, D]`, and what they are.
#[derive(Debug, Clone, PartialEq)]
pub struct InitialPrototypes {
    /// `[C · K, D]`, in the order asked for.
    pub prototypes: Array2<f32>,
    /// The row of z that each prototype equals, where prototypes are training segments.
    pub rows: Option<Vec<usize>>,
}

/// K prototypes for each class from its normalized training z.
///
/// Every class starts from the same seed, so that adding a class leaves the others as they were.
///
/// # Shapes
/// - `z`: `[N, D]`, row-major, normalized; `labels`: the label numbers of each row; `classes`: the C names
///
/// # Errors
/// A class has fewer than K segments, or something given does not fit; the class is named.
pub fn initial_prototypes<L: AsRef<[u32]>>(
    z: ArrayView2<'_, f32>,
    labels: &[L],
    classes: &[String],
    settings: &InitSettings,
) -> Result<InitialPrototypes, InitError> {
    let InitSettings { per_class: k, init, order, kmeans } = settings;
    if let Init::Given(prototypes) = init {
        return given(prototypes, [classes.len() * k, z.ncols()]);
    }
    let members = members(z.nrows(), labels, classes, *k)?;
    if let Init::Clips(clips) = init {
        check_clips(clips, &members, classes, *k)?;
    }
    let starts: Vec<Start> = (0..classes.len())
        .into_par_iter()
        .map(|class| -> Result<Start, InitError> {
            let rows = &members[class];
            let clustered = |snap| {
                let of_class = z.select(Axis(0), rows);
                centers(of_class.view(), *k, kmeans, snap)
                    .map_err(|source| InitError::Kmeans { class: classes[class].clone(), source })
            };
            match init {
                Init::Kmeans => clustered(false),
                Init::NearestSamples => Ok(clustered(true)?.of_rows(rows)),
                Init::RandomSamples => {
                    let mut rng = ChaCha8Rng::seed_from_u64(kmeans.seed);
                    let chosen = index::sample(&mut rng, rows.len(), *k);
                    Ok(Start::samples(z, chosen.iter().map(|i| rows[i]).collect()))
                }
                Init::Clips(clips) => Ok(Start::samples(z, clips[class].clone())),
                Init::Given(_) => unreachable!("returned above"),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(arrange(&starts, *k, z.ncols(), *order))
}

/// The prototypes of one class.
struct Start {
    /// `[K, D]`.
    prototypes: Array2<f32>,
    /// The rows that they are, if they are rows.
    rows: Option<Vec<usize>>,
}

impl Start {
    fn samples(z: ArrayView2<'_, f32>, rows: Vec<usize>) -> Self {
        Self { prototypes: z.select(Axis(0), &rows), rows: Some(rows) }
    }

    /// The same with rows of a selection named as rows of the whole.
    fn of_rows(self, whole: &[usize]) -> Self {
        let rows = self.rows.map(|rows| rows.into_iter().map(|row| whole[row]).collect());
        Self { rows, ..self }
    }
}

fn given(prototypes: &Array2<f32>, expected: [usize; 2]) -> Result<InitialPrototypes, InitError> {
    let found = [prototypes.nrows(), prototypes.ncols()];
    if found != expected {
        return Err(InitError::Shape { expected, found });
    }
    match prototypes.outer_iter().position(|p| p.iter().any(|x| !x.is_finite())) {
        Some(prototype) => Err(InitError::NotFinite { prototype }),
        None => Ok(InitialPrototypes { prototypes: prototypes.clone(), rows: None }),
    }
}

/// The rows of each class, in ascending order.
fn members<L: AsRef<[u32]>>(
    n: usize,
    labels: &[L],
    classes: &[String],
    k: usize,
) -> Result<Vec<Vec<usize>>, InitError> {
    if labels.len() != n {
        return Err(InitError::Labels { expected: n, found: labels.len() });
    }
    let mut members = vec![Vec::new(); classes.len()];
    for (row, labels) in labels.iter().enumerate() {
        for &label in labels.as_ref() {
            match members.get_mut(label as usize) {
                Some(rows) if rows.last() == Some(&row) => {} // a label given twice
                Some(rows) => rows.push(row),
                None => {
                    let n_classes = classes.len();
                    return Err(InitError::LabelOutOfRange { row, found: label, n_classes });
                }
            }
        }
    }
    match members.iter().position(|rows| rows.len() < k) {
        Some(class) => {
            let found = members[class].len();
            Err(InitError::TooFewSegments { class: classes[class].clone(), found, k })
        }
        None => Ok(members),
    }
}

fn check_clips(
    clips: &[Vec<usize>],
    members: &[Vec<usize>],
    classes: &[String],
    k: usize,
) -> Result<(), InitError> {
    if clips.len() != classes.len() {
        return Err(InitError::ClipClasses { expected: classes.len(), found: clips.len() });
    }
    for ((clips, members), class) in clips.iter().zip(members).zip(classes) {
        if let Some(&row) = clips.iter().find(|row| members.binary_search(row).is_err()) {
            return Err(InitError::Clip { class: class.clone(), row });
        }
        let mut different = clips.clone();
        different.sort_unstable();
        different.dedup();
        if clips.len() != k || different.len() != k {
            let found = different.len();
            return Err(InitError::ClipCount { class: class.clone(), expected: k, found });
        }
    }
    Ok(())
}

/// k-means centers of `z`, or the rows nearest to them.
fn centers(
    z: ArrayView2<'_, f32>,
    k: usize,
    settings: &KmeansSettings,
    snap: bool,
) -> Result<Start, super::KmeansError> {
    let centers = kmeans(z, k, settings)?.centers;
    if !snap {
        return Ok(Start { prototypes: centers, rows: None });
    }
    let mut taken = vec![false; z.nrows()];
    let mut rows = Vec::with_capacity(k);
    for center in centers.outer_iter() {
        let free = (0..z.nrows()).filter(|&row| !taken[row]);
        let nearest = free.min_by(|&a, &b| {
            squared_distance(z.row(a), center).total_cmp(&squared_distance(z.row(b), center))
        });
        if let Some(row) = nearest {
            taken[row] = true;
            rows.push(row);
        }
    }
    Ok(Start::samples(z, rows))
}

fn squared_distance(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

fn arrange(
    starts: &[Start],
    k: usize,
    n_features: usize,
    order: PrototypeOrder,
) -> InitialPrototypes {
    let n_classes = starts.len();
    let places = (0..n_classes * k).map(|j| match order {
        PrototypeOrder::LabelMajor => (j / k, j % k),
        PrototypeOrder::Legacy => (j % n_classes, j / n_classes),
    });
    let mut prototypes = Array2::zeros((n_classes * k, n_features));
    let mut rows = Vec::new();
    for (mut prototype, (class, k)) in prototypes.outer_iter_mut().zip(places) {
        prototype.assign(&starts[class].prototypes.row(k));
        rows.extend(starts[class].rows.as_ref().map(|rows| rows[k]));
    }
    let rows = (rows.len() == n_classes * k && !rows.is_empty()).then_some(rows);
    InitialPrototypes { prototypes, rows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng as _;

    /// Three classes around 0, 100 and 200, each with two modes around 0 and 10 beside that.
    fn planted() -> (Array2<f32>, Vec<[u32; 1]>, Vec<String>) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let labels: Vec<[u32; 1]> = (0..120).map(|i| [i % 3]).collect();
        let z = Array2::from_shape_fn((120, 4), |(i, _)| {
            (i % 3) as f32 * 100.0 + (i / 3 % 2) as f32 * 10.0 + rng.random_range(-0.5..0.5)
        });
        (z, labels, ["blues", "jazz", "rock"].map(String::from).to_vec())
    }

    fn settings(per_class: usize, init: Init) -> InitSettings {
        let (order, kmeans) = (PrototypeOrder::default(), KmeansSettings::default());
        InitSettings { per_class, init, order, kmeans }
    }

    fn class_at(prototype: ArrayView1<'_, f32>) -> usize {
        ((prototype[0] + 20.0) / 100.0) as usize
    }

    #[test]
    fn every_prototype_starts_inside_its_own_class() {
        let (z, labels, classes) = planted();
        let clips = (0..3).map(|class| vec![class + 3, class + 30]).collect();
        for init in [Init::Kmeans, Init::NearestSamples, Init::RandomSamples, Init::Clips(clips)] {
            let found = initial_prototypes(z.view(), &labels, &classes, &settings(2, init.clone()))
                .unwrap();
            for (j, prototype) in found.prototypes.outer_iter().enumerate() {
                assert_eq!(class_at(prototype), j / 2, "{init:?}: prototype {j} is at {prototype}");
            }
            assert_eq!(found.rows.is_some(), init != Init::Kmeans);
            for (prototype, row) in found.prototypes.outer_iter().zip(found.rows.iter().flatten()) {
                assert_eq!(prototype, z.row(*row));
            }
        }
    }

    #[test]
    fn the_published_script_s_order_mixes_the_classes() {
        let (z, labels, classes) = planted();
        let ours = settings(2, Init::Kmeans);
        let theirs = InitSettings { order: PrototypeOrder::Legacy, ..ours.clone() };
        let ours = initial_prototypes(z.view(), &labels, &classes, &ours).unwrap().prototypes;
        let theirs = initial_prototypes(z.view(), &labels, &classes, &theirs).unwrap().prototypes;
        // np.hstack of three (2, D) arrays, reshaped to (6, D).
        assert_eq!(theirs, ours.select(Axis(0), &[0, 2, 4, 1, 3, 5]));
        let classes: Vec<usize> = theirs.outer_iter().map(class_at).collect();
        assert_eq!(classes, [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_further_class_leaves_the_others_as_they_were() {
        let (z, labels, classes) = planted();
        for init in [Init::Kmeans, Init::NearestSamples, Init::RandomSamples] {
            let all = initial_prototypes(z.view(), &labels, &classes, &settings(2, init.clone()))
                .unwrap();
            let keep: Vec<usize> = (0..120).filter(|row| row % 3 != 2).collect();
            let (fewer, fewer_labels) =
                (z.select(Axis(0), &keep), keep.iter().map(|&row| labels[row]));
            let labels: Vec<_> = fewer_labels.collect();
            let some = initial_prototypes(fewer.view(), &labels, &classes[..2], &settings(2, init))
                .unwrap();
            assert_eq!(some.prototypes, all.prototypes.select(Axis(0), &[0, 1, 2, 3]));
        }
    }

    #[test]
    fn snapping_takes_no_segment_twice() {
        let z = Array2::from_shape_fn((6, 1), |(i, _)| [0.0, 1.0, 5.0, 5.0, 5.0, 9.0][i]);
        let settings = settings(6, Init::NearestSamples);
        let found = initial_prototypes(z.view(), &[[0]; 6], &["a".to_owned()], &settings).unwrap();
        let mut rows = found.rows.unwrap();
        rows.sort_unstable();
        assert_eq!(rows, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_segment_of_two_labels_counts_for_both() {
        let z = Array2::from_shape_fn((4, 1), |(i, _)| i as f32);
        let labels: [&[u32]; 4] = [&[0], &[0, 1], &[1], &[]];
        let classes = ["a", "b"].map(String::from);
        let found =
            initial_prototypes(z.view(), &labels, &classes, &settings(2, Init::RandomSamples))
                .unwrap();
        let mut rows = found.rows.unwrap();
        rows[..2].sort_unstable();
        rows[2..].sort_unstable();
        assert_eq!(rows, [0, 1, 1, 2]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let (z, labels, classes) = planted();
        let message = |settings: &InitSettings| {
            initial_prototypes(z.view(), &labels, &classes, settings).unwrap_err().to_string()
        };
        insta::assert_snapshot!(message(&settings(41, Init::Kmeans)), @"class blues has 40 training segments, expected at least 41, one for each of its prototypes: ask for fewer prototypes per class or add audio");
        insta::assert_snapshot!(message(&settings(2, Init::Given(Array2::zeros((5, 4))))), @"expected prototypes of shape [6, 4] (classes × prototypes per class, features), found [5, 4]");
        insta::assert_snapshot!(message(&settings(2, Init::Given(Array2::from_elem((6, 4), f32::NAN)))), @"prototype 0 holds a value that is not finite");
        insta::assert_snapshot!(message(&settings(2, Init::Clips(vec![vec![0, 3], vec![1, 4]]))), @"expected clips for each of 3 classes, found 2");
        insta::assert_snapshot!(message(&settings(2, Init::Clips(vec![vec![0, 3], vec![1, 3], vec![2, 5]]))), @"clip 3 chosen for class jazz is not a training segment of that class");
        insta::assert_snapshot!(message(&settings(2, Init::Clips(vec![vec![0, 3], vec![1, 1], vec![2, 5]]))), @"expected 2 different clips for class jazz, found 1");
        let mut wrong = labels.clone();
        wrong[7] = [3];
        let error = initial_prototypes(z.view(), &wrong, &classes, &settings(2, Init::Kmeans));
        assert_eq!(
            error.unwrap_err().to_string(),
            "segment 7 has label number 3, expected less than 3"
        );
        let error =
            initial_prototypes(z.view(), &labels[1..], &classes, &settings(2, Init::Kmeans));
        assert_eq!(
            error.unwrap_err().to_string(),
            "expected one list of labels for each of 120 segments, found 119"
        );
    }
}
