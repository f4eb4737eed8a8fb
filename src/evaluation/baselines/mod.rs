//! What simple models reach on the same data: the ceiling, and what a prototype network must beat.

mod centroid;
mod majority;
mod neighbors;
mod probe;
mod segments;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

pub use segments::Segments;

use super::scores::{sigmoid, softmax, track_means};
use super::{Decision, EvaluationError, Items, Report, ReportSettings, best_f1_thresholds};
use centroid::Centroids;
use neighbors::Neighbors;
use probe::Probe;

/// How the baselines are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaselineSettings {
    /// The number of neighbors of the plain k-NN baseline.
    pub k: usize,
    /// Numbers of neighbors among which validation chooses.
    pub k_candidates: Vec<usize>,
    /// Hidden units of the probe.
    pub hidden: usize,
    /// Segments of one step of the probe.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// L2 term added to the gradient.
    pub weight_decay: f64,
    /// Passes over the training data at most.
    pub max_epochs: usize,
    /// Passes without a lower validation loss after which the probe stops.
    pub patience: usize,
    /// Seeds the probe's weights and the order of its batches.
    pub seed: u64,
}

impl Default for BaselineSettings {
    fn default() -> Self {
        Self {
            k: 5,
            k_candidates: vec![1, 3, 5, 9, 15, 25, 51],
            hidden: 128,
            batch: 256,
            learning_rate: 1e-3,
            weight_decay: 1e-5,
            max_epochs: 200,
            patience: 10,
            seed: 0,
        }
    }
}

/// One simple model on the test tracks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineResult {
    /// What it is, "5-NN" for instance.
    pub name: String,
    /// What it reaches.
    pub report: Report,
}

/// Simple models beside which a prototype network is read.
#[derive(Debug, Clone, Copy)]
pub struct Baselines<'a> {
    /// Names of the classes.
    pub labels: &'a [String],
    /// Whether a track may have any number of labels. Thresholds are then chosen on validation.
    pub multi_label: bool,
    /// How the baselines are made.
    pub settings: &'a BaselineSettings,
    /// What is measured of them.
    pub report: &'a ReportSettings,
}

/// Scores of tracks, `[track, class]`, and how they become probabilities.
enum Scores {
    /// Already probabilities.
    Probabilities(Array2<f64>),
    /// Through a softmax, or sigmoids where a track may have several labels.
    Logits(Array2<f32>),
}

impl Baselines<'_> {
    /// Trains every baseline on `train`, chooses on `validation` and measures on the tracks of `test`: the majority class,
    /// nearest centroid, k nearest neighbors with the given k and with a chosen one, and a network of one hidden layer on
    /// z (the ceiling). The same seed gives the same bits, whatever the number of threads.
    ///
    /// # Errors
    /// A set is empty or inconsistent, vectors differ in length, or a setting makes no sense.
    pub fn run(
        &self,
        train: &Segments<'_>,
        validation: &Segments<'_>,
        test: &Segments<'_>,
    ) -> Result<Vec<BaselineResult>, EvaluationError> {
        self.check()?;
        let (n_features, n_classes) = (train.z.ncols(), self.labels.len());
        train.check("training", n_features, n_classes, self.multi_label)?;
        validation.check("validation", n_features, n_classes, self.multi_label)?;
        test.check("test", n_features, n_classes, self.multi_label)?;
        let mut results = Vec::new();

        let frequencies = majority::frequencies(train, self.labels.len());
        let constant = |set: &Segments<'_>| {
            let n = set.truth.len();
            Scores::Probabilities(Array2::from_shape_fn((n, frequencies.len()), |(_, c)| {
                frequencies[c]
            }))
        };
        // A frequency says by itself whether a label is the rule.
        let most = vec![0.5; self.labels.len()];
        let decision =
            if self.multi_label { Decision::Thresholds(most) } else { Decision::MostProbable };
        results.push(self.measured(
            "majority",
            self.probabilities(&constant(test)),
            test,
            &decision,
        )?);

        let centroids = Centroids::new(train, self.labels.len(), self.multi_label);
        let scores = |set: &Segments<'_>| -> Result<_, EvaluationError> {
            Ok(Scores::Logits(set.track_means(centroids.scores(set.z).view())?))
        };
        results.push(self.decided(
            "nearest centroid",
            &scores(validation)?,
            &scores(test)?,
            validation,
            test,
        )?);

        results.extend(self.neighbors(train, validation, test)?);

        let probe =
            Probe::train(train, validation, self.labels.len(), self.multi_label, self.settings);
        let scores = |set: &Segments<'_>| -> Result<_, EvaluationError> {
            Ok(Scores::Logits(set.track_means(probe.logits(set.z).view())?))
        };
        let name = format!("MLP probe ({} hidden)", self.settings.hidden);
        results.push(self.decided(
            &name,
            &scores(validation)?,
            &scores(test)?,
            validation,
            test,
        )?);
        Ok(results)
    }

    fn neighbors(
        &self,
        train: &Segments<'_>,
        validation: &Segments<'_>,
        test: &Segments<'_>,
    ) -> Result<Vec<BaselineResult>, EvaluationError> {
        let BaselineSettings { k, k_candidates, .. } = self.settings;
        let most = k_candidates.iter().chain([k]).copied().max().unwrap_or(*k);
        let neighbors = Neighbors::new(train, self.labels.len());
        let (near_validation, near_test) =
            (neighbors.nearest(validation.z, most), neighbors.nearest(test.z, most));
        let votes = |near: &[Vec<usize>], set: &Segments<'_>, k| -> Result<_, EvaluationError> {
            let means = set.track_means(neighbors.votes(near, k).view())?;
            // Shares of votes: rounding must not lift them above 1.
            Ok(Scores::Probabilities(means.mapv(|share| f64::from(share).clamp(0.0, 1.0))))
        };
        let quick = ReportSettings {
            bootstrap: super::BootstrapSettings { n_resamples: 0, ..self.report.bootstrap },
            ..self.report.clone()
        };
        let chooser = Baselines { report: &quick, ..*self };
        let mut best: Option<(f64, usize)> = None;
        for &candidate in k_candidates {
            let scores = votes(&near_validation, validation, candidate)?;
            let found =
                chooser.decided("", &scores, &scores, validation, validation)?.report.summary;
            let figure = if self.multi_label { found.macro_f1 } else { found.balanced_accuracy };
            if best.is_none_or(|(most, _)| figure > most) {
                best = Some((figure, candidate));
            }
        }
        let chosen = best.map(|(_, k)| (format!("{k}-NN (k chosen on validation)"), k));
        let plain = (format!("{k}-NN"), *k);
        std::iter::once(plain)
            .chain(chosen)
            .map(|(name, k)| {
                let scores = (votes(&near_validation, validation, k)?, votes(&near_test, test, k)?);
                self.decided(&name, &scores.0, &scores.1, validation, test)
            })
            .collect()
    }

    /// Measures on `test`, after choosing thresholds on `validation` where a track may have several labels.
    fn decided(
        &self,
        name: &str,
        on_validation: &Scores,
        on_test: &Scores,
        validation: &Segments<'_>,
        test: &Segments<'_>,
    ) -> Result<BaselineResult, EvaluationError> {
        let decision = if self.multi_label {
            let p = self.probabilities(on_validation);
            Decision::Thresholds(best_f1_thresholds(p.view(), validation.truth)?)
        } else {
            Decision::MostProbable
        };
        self.measured(name, self.probabilities(on_test), test, &decision)
    }

    fn measured(
        &self,
        name: &str,
        probabilities: Array2<f64>,
        test: &Segments<'_>,
        decision: &Decision,
    ) -> Result<BaselineResult, EvaluationError> {
        let (probabilities, groups) = (probabilities.view(), test.groups);
        let items = Items { probabilities, truth: test.truth, groups };
        let report = Report::new(&items, self.labels, decision, self.report)?;
        Ok(BaselineResult { name: name.to_owned(), report })
    }

    fn probabilities(&self, scores: &Scores) -> Array2<f64> {
        match scores {
            Scores::Probabilities(p) => p.clone(),
            Scores::Logits(logits) if self.multi_label => sigmoid(logits.view()),
            Scores::Logits(logits) => softmax(logits.view(), 1.0),
        }
    }

    fn check(&self) -> Result<(), EvaluationError> {
        let BaselineSettings { k, hidden, batch, .. } = self.settings;
        let sizes = [
            ("the number of neighbors", *k),
            ("the number of hidden units", *hidden),
            ("the batch", *batch),
        ];
        let candidates = self.settings.k_candidates.iter().map(|k| ("the number of neighbors", *k));
        for (field, found) in sizes.into_iter().chain(candidates) {
            if found == 0 {
                return Err(EvaluationError::Setting { field, rule: "at least 1", found: 0.0 });
            }
        }
        Ok(())
    }
}

impl Segments<'_> {
    fn track_means(
        &self,
        of_segments: ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>, EvaluationError> {
        track_means(of_segments, self.track_of_segment, self.truth.len())
    }
}

#[cfg(test)]
mod tests;
