//! All prototypes together, with names for numbers.

use serde::Serialize;

use crate::classifier::Classifier;
use crate::evaluation::Accuracy;
use crate::explanation::{ModelFacts, Pruned};

/// All prototypes together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelReport {
    /// For each class, how many of its prototypes are in use, as if they were used alike.
    pub effective: Vec<EffectiveRow>,
    /// Mean distance of two prototypes of one class.
    pub within_class_distance: Option<f64>,
    /// Mean distance of two prototypes of different classes.
    pub between_class_distance: Option<f64>,
    /// Share of the evidence that is negative.
    pub negative_evidence: f64,
    /// What fewer prototypes reach on validation, taken away one by one.
    pub pruning: Vec<PrunedRow>,
    /// The same where those that are gone leave their usual part in the biases.
    pub folding: Vec<PrunedRow>,
    /// What others in place of the prototypes reach on validation.
    pub controls: Vec<ControlRow>,
}

/// The prototypes of a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectiveRow {
    /// The class.
    pub class: String,
    /// Its enabled prototypes.
    pub n_prototypes: usize,
    /// As how many that were used alike: the exponential of the entropy of coverage.
    pub effective: f64,
}

/// What some of the prototypes reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrunedRow {
    /// How many are left.
    pub n_kept: usize,
    /// The one that was taken away last.
    pub removed: Option<String>,
    /// What they reach.
    #[serde(flatten)]
    pub accuracy: Accuracy,
}

/// What other vectors in place of the prototypes reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlRow {
    /// Which: `snapped` to training segments, `random`, or `permuted` between classes.
    pub control: &'static str,
    /// What they reach.
    #[serde(flatten)]
    pub accuracy: Accuracy,
}

impl ModelReport {
    pub(super) fn of(classifier: &Classifier, facts: &ModelFacts) -> Self {
        let info = classifier.info();
        let effective = classifier.labels().iter().zip(&facts.effective).enumerate();
        let controls = facts.controls.iter().flat_map(|controls| {
            let named = [
                ("snapped", controls.snapped),
                ("permuted", controls.permuted),
                ("random", Some(controls.random)),
            ];
            named
                .into_iter()
                .filter_map(|(control, accuracy)| Some(ControlRow { control, accuracy: accuracy? }))
        });
        let pruned = |point: &Pruned| PrunedRow {
            n_kept: point.n_kept,
            removed: point.removed.map(|m| info[m].name.clone()),
            accuracy: point.accuracy,
        };
        Self {
            effective: effective
                .map(|(label, (class, effective))| EffectiveRow {
                    class: class.clone(),
                    n_prototypes: info.iter().filter(|i| i.enabled && i.label == label).count(),
                    effective: *effective,
                })
                .collect(),
            within_class_distance: facts.within,
            between_class_distance: facts.between,
            negative_evidence: facts.negative,
            pruning: facts.pruning.iter().map(pruned).collect(),
            folding: facts.folding.iter().map(pruned).collect(),
            controls: controls.collect(),
        }
    }
}
