//! The files of a model folder besides the weights: what it is, in words, for programs, and for NumPy.

mod card;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub use card::{Card, Figures, LearnedFrom};

use super::Provenance;
use crate::classifier::{Classifier, Normalization, Objective, SimilarityKind};

/// The script that computes everything from z by NumPy alone, from `config.json` and the arrays beside it.
pub const PREDICT: &str = include_str!("predict.py");

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Config {
    /// What kind of model this is.
    model_type: &'static str,
    architectures: [&'static str; 1],
    id2label: Map<String, Value>,
    label2id: Map<String, Value>,
    num_labels: usize,
    n_prototypes: usize,
    n_features: usize,
    sampling_rate: u32,
    segment_samples: usize,
    normalization: Normalization,
    similarity: SimilarityKind,
    objective: Objective,
    formulas: Formulas,
    prototypes: Vec<PrototypeEntry>,
    provenance: Provenance,
}

/// How numbers follow from each other, in the notation of NumPy; the same words in every export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Formulas {
    /// z → z'.
    pub normalized: &'static str,
    /// z', p' → d.
    pub distance: &'static str,
    /// d → S.
    pub similarity: &'static str,
    /// S → logits of a segment.
    pub logits: &'static str,
    /// S → what each prototype contributes.
    pub contribution: &'static str,
    /// Segments → the track.
    pub track: &'static str,
    /// Logits → probabilities.
    pub probabilities: &'static str,
    /// Probabilities → labels.
    pub labels: &'static str,
}

/// A prototype in `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct PrototypeEntry {
    name: String,
    label: String,
    enabled: bool,
    audio: Option<String>,
}

impl Formulas {
    /// Those of a classifier.
    pub fn of(classifier: &Classifier) -> Self {
        Self {
            normalized: "z' = (z - mean) / (2 * std)",
            distance: match classifier.parts().similarity {
                SimilarityKind::MeanSquared => "d = mean over features of (z' - p')**2",
                SimilarityKind::SumSquared => "d = sum over features of (z' - p')**2",
            },
            similarity: "S = exp(-d)",
            logits: "logits = S @ weights.T + bias",
            contribution: "contribution[class, prototype] = weights[class, prototype] * S[prototype]",
            track: "the logits of a file are the mean of the logits of its segments",
            probabilities: match classifier.objective() {
                Objective::Softmax { .. } => "softmax(logits / temperature)",
                Objective::Sigmoid { .. } => "1 / (1 + exp(-logits))",
            },
            labels: match classifier.objective() {
                Objective::Softmax { .. } => "the class of the largest probability",
                Objective::Sigmoid { .. } => "every class whose probability reaches its threshold",
            },
        }
    }
}

impl Config {
    /// Of a classifier; `audio` names the sound of each prototype, below the folder.
    pub fn new(classifier: &Classifier, audio: &[Option<String>], provenance: &Provenance) -> Self {
        let labels = classifier.labels();
        let named = |(id, label): (usize, &String)| (id.to_string(), json!(label));
        let numbered = |(id, label): (usize, &String)| (label.clone(), json!(id));
        let prototypes = classifier.info().iter().enumerate().map(|(m, info)| PrototypeEntry {
            name: info.name.clone(),
            label: labels[info.label].clone(),
            enabled: info.enabled,
            audio: audio.get(m).cloned().flatten(),
        });
        Self {
            model_type: "pecmae-prototypes",
            architectures: ["PrototypeClassifier"],
            id2label: labels.iter().enumerate().map(named).collect(),
            label2id: labels.iter().enumerate().map(numbered).collect(),
            num_labels: labels.len(),
            n_prototypes: classifier.n_prototypes(),
            n_features: classifier.n_features(),
            sampling_rate: classifier.embeddings().sample_rate_hz,
            segment_samples: classifier.embeddings().segment_samples,
            normalization: classifier.normalization(),
            similarity: classifier.parts().similarity,
            objective: classifier.objective().clone(),
            formulas: Formulas::of(classifier),
            prototypes: prototypes.collect(),
            provenance: provenance.clone(),
        }
    }
}
