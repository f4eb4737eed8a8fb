//! The classifier: what `training` leaves behind and everything later reads.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::distances::Distances;
use super::{Adaptor, InputError, Normalization, Objective, Parts, PartsError, PrototypeInfo};
use crate::embeddings::Settings;

/// Similarities that one task turns into logits.
const ROWS_PER_TASK: usize = 256;

/// A frozen prototype network.
///
/// `S = exp(−d(z', p'))`, `logits = W · S + b`; a disabled prototype counts as if its column of `W` were zero.
#[derive(Debug, Clone)]
pub struct Classifier {
    parts: Parts,
    pub(super) made_by: String,
    adapted: Array2<f32>,
    sonifiable: Array2<f32>,
    distances: Arc<Distances>,
    /// `[prototype, class]`: the weight as it counts.
    head: Array2<f64>,
}

impl Classifier {
    /// Puts a classifier together.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn new(parts: Parts) -> Result<Self, PartsError> {
        Self::made_by(parts, this_program())
    }

    /// The same, as an earlier program made it.
    pub(super) fn made_by(parts: Parts, made_by: String) -> Result<Self, PartsError> {
        parts.check()?;
        let prototypes = parts.prototypes.view();
        let adapted = match &parts.adaptor {
            Some(adaptor) => adaptor.apply(prototypes),
            None => prototypes.to_owned(),
        };
        if let Some(value) = adapted.iter().find(|value| !value.is_finite()) {
            return Err(PartsError::NotFinite { what: "adapted prototypes", value: *value });
        }
        let distances = Distances::new(adapted.view(), parts.normalization, parts.similarity);
        let (sonifiable, head) = (parts.normalization.undo(adapted.view()), head(&parts));
        Ok(Self { parts, made_by, adapted, sonifiable, distances: Arc::new(distances), head })
    }

    /// A classifier of other parts; what z' is compared with is not computed again where they leave it alone.
    ///
    /// # Errors
    /// As [`Classifier::new`].
    pub fn with_parts(&self, parts: Parts) -> Result<Self, PartsError> {
        let compared = |parts: &Parts| (parts.normalization, parts.similarity);
        let is_same = compared(&parts) == compared(&self.parts)
            && parts.prototypes == self.parts.prototypes
            && parts.adaptor == self.parts.adaptor;
        if !is_same {
            return Self::new(parts);
        }
        parts.check()?;
        let (made_by, head) = (this_program(), head(&parts));
        Ok(Self { parts, made_by, head, ..self.clone() })
    }

    /// What it is made of, to be read or, cloned, changed and put together anew.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The classes.
    pub fn labels(&self) -> &[String] {
        &self.parts.labels
    }

    /// One entry a prototype.
    pub fn info(&self) -> &[PrototypeInfo] {
        &self.parts.info
    }

    /// From z to the space in which distances are taken.
    pub fn normalization(&self) -> Normalization {
        self.parts.normalization
    }

    /// How logits are read.
    pub fn objective(&self) -> &Objective {
        &self.parts.objective
    }

    /// How the z must be made that it is asked about.
    pub fn embeddings(&self) -> &Settings {
        &self.parts.embeddings
    }

    /// `b`, one value a class.
    pub fn bias(&self) -> ArrayView1<'_, f32> {
        self.parts.bias.view()
    }

    /// `W` as it counts: 0 for a disabled prototype.
    ///
    /// # Shapes
    /// - returns: `[class, prototype]`
    pub fn counting_weight(&self) -> Array2<f32> {
        self.head.t().mapv(|weight| weight as f32)
    }

    /// Version of the program that made it, as in `pecmae 0.1.0`.
    pub fn made_by_version(&self) -> &str {
        &self.made_by
    }

    /// Number of prototypes, disabled ones included.
    pub fn n_prototypes(&self) -> usize {
        self.parts.prototypes.nrows()
    }

    /// Numbers that were learned: prototypes, adaptor, weights and biases.
    pub fn n_parameters(&self) -> usize {
        let Parts { prototypes, adaptor, weight, bias, .. } = &self.parts;
        let adaptor = adaptor.as_ref().map_or(0, Adaptor::n_parameters);
        prototypes.len() + adaptor + weight.len() + bias.len()
    }

    /// Pairs of prototypes of one class no farther apart than `distance`, by name, and how far they are.
    ///
    /// Distances are mean squared differences of what z' is compared with.
    pub fn twins(&self, distance: f32) -> Vec<(String, String, f32)> {
        let mut found = Vec::new();
        for (i, a) in self.info().iter().enumerate() {
            let later = self.info().iter().enumerate().skip(i + 1);
            for (j, b) in later.filter(|(_, b)| b.label == a.label) {
                let squares = self.adapted.row(i).into_iter().zip(self.adapted.row(j));
                let sum: f32 = squares.map(|(x, y)| (x - y) * (x - y)).sum();
                let apart = sum / self.n_features() as f32;
                if apart <= distance {
                    found.push((a.name.clone(), b.name.clone(), apart));
                }
            }
        }
        found
    }

    /// Length of a z.
    pub fn n_features(&self) -> usize {
        self.parts.prototypes.ncols()
    }

    /// What z' is compared with: the prototypes after the adaptor.
    ///
    /// # Shapes
    /// - returns: `[prototype, feature]`, normalized
    pub fn adapted(&self) -> ArrayView2<'_, f32> {
        self.adapted.view()
    }

    /// The prototypes as z: adapted, with the normalization undone.
    ///
    /// This is what a decoder makes audible and what the nearest segments must be searched by.
    ///
    /// # Shapes
    /// - returns: `[prototype, feature]`, as the encoder gives it
    pub fn sonifiable(&self) -> ArrayView2<'_, f32> {
        self.sonifiable.view()
    }

    /// `d(z', p')`, to disabled prototypes too.
    ///
    /// # Shapes
    /// - `z`: `[item, feature]`, as the encoder gives it
    /// - returns: `[item, prototype]`
    ///
    /// # Errors
    /// Vectors of another length, or a value that is not finite.
    pub fn distances(&self, z: ArrayView2<'_, f32>) -> Result<Array2<f32>, InputError> {
        check("the vectors", z, self.n_features())?;
        Ok(self.distances.to(z))
    }

    /// `S = exp(−d)`, to disabled prototypes too.
    ///
    /// # Shapes
    /// - `z`: `[item, feature]`, as the encoder gives it
    /// - returns: `[item, prototype]`
    ///
    /// # Errors
    /// As [`Classifier::distances`].
    pub fn similarities(&self, z: ArrayView2<'_, f32>) -> Result<Array2<f32>, InputError> {
        let mut found = self.distances(z)?;
        found.par_mapv_inplace(|d| (-d).exp());
        Ok(found)
    }

    /// [`Classifier::similarities`] to a few of the prototypes.
    ///
    /// # Shapes
    /// - `z`: `[item, feature]`, as the encoder gives it; `prototypes`: `[chosen]`, as indices
    /// - returns: `[item, chosen]`
    ///
    /// # Errors
    /// As [`Classifier::distances`].
    ///
    /// # Panics
    /// There is no prototype of an index.
    pub fn similarities_to(
        &self,
        z: ArrayView2<'_, f32>,
        prototypes: &[usize],
    ) -> Result<Array2<f32>, InputError> {
        check("the vectors", z, self.n_features())?;
        let chosen = self.adapted.select(Axis(0), prototypes);
        let Parts { normalization, similarity, .. } = self.parts;
        let mut found = Distances::new(chosen.view(), normalization, similarity).to(z);
        found.par_mapv_inplace(|d| (-d).exp());
        Ok(found)
    }

    /// `W · S + b`, summed in double precision.
    ///
    /// # Shapes
    /// - `similarities`: `[item, prototype]`
    /// - returns: `[item, class]`
    ///
    /// # Errors
    /// Rows of another length, or a value that is not finite.
    pub fn logits(&self, similarities: ArrayView2<'_, f32>) -> Result<Array2<f32>, InputError> {
        Ok(self.sums(similarities)?.mapv(|sum| sum as f32))
    }

    /// The same before it is rounded, for [`Classifier::sums_after`].
    ///
    /// # Shapes
    /// As [`Classifier::logits`].
    ///
    /// # Errors
    /// As [`Classifier::logits`].
    pub fn sums(&self, similarities: ArrayView2<'_, f32>) -> Result<Array2<f64>, InputError> {
        check("the similarities", similarities, self.n_prototypes())?;
        let mut found = Array2::zeros((similarities.nrows(), self.labels().len()));
        let start: Array1<f64> = self.parts.bias.mapv(f64::from);
        found
            .axis_chunks_iter_mut(Axis(0), ROWS_PER_TASK)
            .into_par_iter()
            .zip(similarities.axis_chunks_iter(Axis(0), ROWS_PER_TASK))
            .for_each(|(mut found, similarities)| {
                for (mut sums, similarities) in
                    found.outer_iter_mut().zip(similarities.outer_iter())
                {
                    sums.assign(&start);
                    for (similarity, weights) in similarities.iter().zip(self.head.outer_iter()) {
                        sums.scaled_add(f64::from(*similarity), &weights);
                    }
                }
            });
        Ok(found)
    }

    /// [`Classifier::sums`] from those of a classifier that compares with the same vectors: only prototypes that count
    /// otherwise are looked at, so that switching one off costs the same however many there are.
    ///
    /// # Shapes
    /// - `before`, returns: `[item, class]`; `similarities`: `[item, prototype]`, of either classifier
    pub fn sums_after(
        &self,
        earlier: &Self,
        mut before: Array2<f64>,
        similarities: ArrayView2<'_, f32>,
    ) -> Array2<f64> {
        let change = &self.head - &earlier.head;
        let changed =
            change.outer_iter().enumerate().filter(|(_, row)| row.iter().any(|x| *x != 0.0));
        let changed: Vec<_> = changed.collect();
        let bias = (&self.parts.bias - &earlier.parts.bias).mapv(f64::from);
        before
            .axis_chunks_iter_mut(Axis(0), ROWS_PER_TASK)
            .into_par_iter()
            .zip(similarities.axis_chunks_iter(Axis(0), ROWS_PER_TASK))
            .for_each(|(mut sums, similarities)| {
                for (mut sums, similarities) in sums.outer_iter_mut().zip(similarities.outer_iter())
                {
                    sums += &bias;
                    for (m, weights) in &changed {
                        sums.scaled_add(f64::from(similarities[*m]), weights);
                    }
                }
            });
        before
    }

    /// What each prototype adds to each logit, `W[c, m] · S[m]`; with the bias, a row sums to the logit.
    ///
    /// # Shapes
    /// - `similarities`: `[prototype]`
    /// - returns: `[class, prototype]`
    ///
    /// # Errors
    /// As [`Classifier::logits`].
    pub fn contributions(
        &self,
        similarities: ArrayView1<'_, f32>,
    ) -> Result<Array2<f32>, InputError> {
        check("the similarities", similarities.insert_axis(Axis(0)), self.n_prototypes())?;
        let (n_classes, n_prototypes) = self.parts.weight.dim();
        Ok(Array2::from_shape_fn((n_classes, n_prototypes), |(class, prototype)| {
            (self.head[[prototype, class]] * f64::from(similarities[prototype])) as f32
        }))
    }

    /// Probabilities by the objective.
    ///
    /// # Shapes
    /// - all: `[item, class]`
    pub fn probabilities(&self, logits: ArrayView2<'_, f32>) -> Array2<f32> {
        self.parts.objective.probabilities(logits)
    }

    /// The labels of each row of logits, as indices, ascending.
    ///
    /// # Shapes
    /// - `logits`: `[item, class]`
    pub fn predict(&self, logits: ArrayView2<'_, f32>) -> Vec<Vec<u32>> {
        self.parts.objective.labels(self.probabilities(logits).view())
    }
}

/// As it is written into what this program makes.
fn this_program() -> String {
    concat!("pecmae ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// The weight as it counts, `[prototype, class]`.
fn head(parts: &Parts) -> Array2<f64> {
    let mut head = parts.weight.t().mapv(f64::from);
    for (mut row, info) in head.outer_iter_mut().zip(&parts.info) {
        if !info.enabled {
            row.fill(0.0);
        }
    }
    head
}

fn check(what: &'static str, rows: ArrayView2<'_, f32>, expected: usize) -> Result<(), InputError> {
    let found = rows.ncols();
    if found != expected {
        return Err(InputError::Columns { what, expected, found });
    }
    let flaw = |(row, values): (usize, ArrayView1<'_, f32>)| {
        let column = values.iter().position(|value| !value.is_finite())?;
        Some(InputError::NotFinite { what, row, column, value: values[column] })
    };
    let rows = rows.axis_iter(Axis(0)).into_par_iter().enumerate();
    rows.find_map_first(flaw).map_or(Ok(()), Err)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::SimilarityKind;
    use super::*;
    use ndarray::{ArrayD, array, s};
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// Settings of embeddings with `dim` features.
    pub(crate) fn embeddings(dim: usize) -> Settings {
        Settings {
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

    /// Parts of a random classifier, everything else about it drawn from the seed too.
    pub(crate) fn parts(seed: u64) -> Parts {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (classes, per_class, features) =
            (rng.random_range(1..5), rng.random_range(1..4), rng.random_range(2..20));
        let labels: Vec<_> = (0..classes).map(|c| format!("class {c}")).collect();
        let owners: Vec<_> = (0..classes * per_class).map(|m| m / per_class).collect();
        let mut info = PrototypeInfo::numbered(&labels, &owners);
        info.iter_mut().for_each(|info| info.enabled = rng.random_bool(0.8));
        let adapted = rng.random_bool(0.5);
        let multi_label = rng.random_bool(0.5);
        let mut value = || rng.random_range(-1.0_f32..1.0);
        let adaptor = adapted.then(|| {
            let tensor = |_: &str, shape: &[usize]| {
                Ok::<_, ()>(ArrayD::from_shape_simple_fn(shape, &mut value))
            };
            Adaptor::from_tensors(features, 7, tensor).unwrap()
        });
        Parts {
            normalization: Normalization { mean: value(), std: 0.5 + value().abs() },
            similarity: if value() > 0.0 {
                SimilarityKind::MeanSquared
            } else {
                SimilarityKind::SumSquared
            },
            objective: if multi_label {
                Objective::Sigmoid { thresholds: vec![0.3; classes] }
            } else {
                Objective::Softmax { temperature: 0.1 }
            },
            prototypes: Array2::from_shape_simple_fn((info.len(), features), &mut value),
            adaptor,
            weight: Array2::from_shape_simple_fn((classes, info.len()), || 9.0 * value()),
            bias: Array1::from_shape_simple_fn(classes, &mut value),
            embeddings: embeddings(features),
            labels,
            info,
        }
    }

    /// Random z, far enough apart to tell prototypes apart.
    pub(crate) fn vectors(seed: u64, n: usize, features: usize) -> Array2<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_simple_fn((n, features), || rng.random_range(-3.0..3.0))
    }

    proptest! {
        #[test]
        fn contributions_and_bias_sum_to_the_logit(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 3, classifier.n_features());
            let similarities = classifier.similarities(z.view()).unwrap();
            let logits = classifier.logits(similarities.view()).unwrap();
            for (row, logits) in similarities.outer_iter().zip(logits.outer_iter()) {
                let contributions = classifier.contributions(row).unwrap();
                for c in 0..logits.len() {
                    let sum = contributions.row(c).sum() + classifier.bias()[c];
                    prop_assert!((sum - logits[c]).abs() < 1e-5, "{sum} {}", logits[c]);
                }
            }
        }

        #[test]
        fn sums_after_a_change_are_those_of_the_changed_classifier(seed: u64) {
            let earlier = Classifier::new(parts(seed)).unwrap();
            let mut parts = parts(seed);
            parts.info[0].enabled = !parts.info[0].enabled;
            parts.weight[[0, 0]] += 0.25;
            parts.bias[0] -= 0.5;
            let later = Classifier::new(parts).unwrap();
            let z = vectors(seed, 4, later.n_features());
            let similarities = later.similarities(z.view()).unwrap();
            let before = earlier.sums(similarities.view()).unwrap();
            let found = later.sums_after(&earlier, before, similarities.view());
            let wanted = later.sums(similarities.view()).unwrap();
            prop_assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{found} {wanted}");
        }

        #[test]
        fn with_other_parts_it_is_what_it_would_be_anew(seed: u64, turn in 0_usize..4) {
            let earlier = Classifier::new(parts(seed)).unwrap();
            let mut parts = parts(seed);
            match turn {
                0 => parts.info[0].enabled = !parts.info[0].enabled,
                1 => parts.weight[[0, 0]] += 0.25,
                2 => parts.prototypes[[0, 0]] += 0.25,
                _ => parts.normalization.mean += 0.25,
            }
            let found = earlier.with_parts(parts.clone()).unwrap();
            let wanted = Classifier::new(parts).unwrap();
            prop_assert_eq!(found.adapted(), wanted.adapted());
            prop_assert_eq!(found.sonifiable(), wanted.sonifiable());
            prop_assert_eq!(found.fingerprint(), wanted.fingerprint());
            let z = vectors(seed, 3, wanted.n_features());
            let similarities = wanted.similarities(z.view()).unwrap();
            prop_assert_eq!(&found.similarities(z.view()).unwrap(), &similarities);
            let sums = |classifier: &Classifier| classifier.sums(similarities.view()).unwrap();
            prop_assert_eq!(sums(&found), sums(&wanted));
        }

        #[test]
        fn similarities_to_a_few_are_those_to_all(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let z = vectors(seed, 5, classifier.n_features());
            let all = classifier.similarities(z.view()).unwrap();
            let chosen: Vec<usize> = (0..classifier.n_prototypes()).rev().step_by(2).collect();
            let found = classifier.similarities_to(z.view(), &chosen).unwrap();
            prop_assert_eq!(found.dim(), (5, chosen.len()));
            for (found, m) in found.columns().into_iter().zip(&chosen) {
                for (found, wanted) in found.iter().zip(all.column(*m)) {
                    // Distances keep four digits.
                    prop_assert!((found - wanted).abs() <= 1e-4, "{found} {wanted}");
                }
            }
        }

        #[test]
        fn a_disabled_prototype_is_as_good_as_gone(seed: u64) {
            let mut parts = parts(seed);
            parts.info[0].enabled = false;
            let disabled = Classifier::new(parts.clone()).unwrap();
            parts.info[0].enabled = true;
            parts.weight.slice_mut(s![.., 0]).fill(0.0);
            let gone = Classifier::new(parts).unwrap();
            let z = vectors(seed, 3, gone.n_features());
            let of = |classifier: &Classifier| {
                classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap()
            };
            prop_assert_eq!(of(&disabled), of(&gone));
        }

        #[test]
        fn a_sonifiable_prototype_is_at_distance_zero_from_itself(seed: u64) {
            let classifier = Classifier::new(parts(seed)).unwrap();
            let d = classifier.distances(classifier.sonifiable()).unwrap();
            let s = classifier.similarities(classifier.sonifiable()).unwrap();
            for m in 0..classifier.n_prototypes() {
                prop_assert!(d[[m, m]] < 1e-6 && s[[m, m]] > 0.999_99, "{}", d[[m, m]]);
            }
            prop_assert!(s.iter().all(|s| (0.0..=1.0).contains(s)));
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused_in_one_sentence() {
        let sentence = |change: &dyn Fn(&mut Parts)| {
            let mut parts = parts(3);
            change(&mut parts);
            Classifier::new(parts).unwrap_err().to_string()
        };
        for (found, wanted) in [
            (sentence(&|p| p.labels.clear()), "a classifier needs labels, found none"),
            (
                sentence(&|p| p.embeddings.dim = 99),
                "the number of features of the embeddings is 99, expected",
            ),
            (sentence(&|p| p.bias[0] = f32::NAN), "the bias hold NaN, expected finite values"),
            (sentence(&|p| p.info[0].label = 77), "prototype \"class 0/0\" belongs to class 77"),
            (
                sentence(&|p| p.info[1].name = p.info[0].name.clone()),
                "two prototypes are called \"class 0/0\"",
            ),
            (sentence(&|p| p.normalization.std = 0.0), "normalization by mean"),
            (
                sentence(&|p| p.objective = Objective::Softmax { temperature: 0.0 }),
                "the temperature is 0, expected a number above 0",
            ),
        ] {
            assert!(found.starts_with(wanted), "{found}");
        }
    }

    #[test]
    fn vectors_of_another_model_are_refused() {
        let classifier = Classifier::new(parts(1)).unwrap();
        let n = classifier.n_features();
        let error = classifier.similarities(Array2::zeros((1, n + 1)).view()).unwrap_err();
        assert!(error.to_string().starts_with("the vectors have"), "{error}");
        let mut z = Array2::zeros((2, n));
        z[[1, 0]] = f32::INFINITY;
        let error = classifier.similarities(z.view()).unwrap_err();
        assert!(
            error.to_string().starts_with("the vectors hold inf in row 1, column 0"),
            "{error}"
        );
        assert!(classifier.logits(array![[1.0; 50]].view()).is_err());
    }
}
