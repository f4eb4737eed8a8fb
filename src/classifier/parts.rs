//! What a classifier is made of.

use ndarray::{Array1, Array2};

use super::{Adaptor, Normalization, Objective, PartsError, PrototypeInfo, SimilarityKind};
use crate::embeddings::Settings;

/// Everything that decides what a classifier says; [`super::Classifier::new`] checks that it fits together.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The classes, one a row of `weight`.
    pub labels: Vec<String>,
    /// From z to z'.
    pub normalization: Normalization,
    /// From distances to similarities.
    pub similarity: SimilarityKind,
    /// From logits to probabilities.
    pub objective: Objective,
    /// `[prototype, feature]`: normalized, before the adaptor.
    pub prototypes: Array2<f32>,
    /// From prototypes to what z' is compared with; `None` compares with the prototypes themselves.
    pub adaptor: Option<Adaptor>,
    /// `W`: `[class, prototype]`.
    pub weight: Array2<f32>,
    /// `b`: `[class]`.
    pub bias: Array1<f32>,
    /// One entry a prototype.
    pub info: Vec<PrototypeInfo>,
    /// How the z were made that this classifier was trained on; others do not fit it.
    pub embeddings: Settings,
}

impl Parts {
    /// Checks every size, every value and every name.
    pub(super) fn check(&self) -> Result<(), PartsError> {
        let (n_prototypes, n_features) = self.prototypes.dim();
        let n_classes = self.labels.len();
        let size = |what, found: usize, expected: usize| match found == expected {
            true => Ok(()),
            false => Err(PartsError::Size { what, expected, found }),
        };
        for (what, found) in
            [("labels", n_classes), ("prototypes", n_prototypes), ("features", n_features)]
        {
            if found == 0 {
                return Err(PartsError::Empty { what });
            }
        }
        size("features of the embeddings", self.embeddings.dim, n_features)?;
        size("rows of the weight", self.weight.nrows(), n_classes)?;
        size("columns of the weight", self.weight.ncols(), n_prototypes)?;
        size("values of the bias", self.bias.len(), n_classes)?;
        size("descriptions of prototypes", self.info.len(), n_prototypes)?;
        let twice = |names: &mut Vec<&str>| {
            names.sort_unstable();
            names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned())
        };
        let mut names: Vec<_> = self.labels.iter().map(String::as_str).collect();
        if let Some(name) = twice(&mut names) {
            return Err(PartsError::Twice { what: "label", name });
        }
        let mut names: Vec<_> = self.info.iter().map(|info| info.name.as_str()).collect();
        if let Some(name) = twice(&mut names) {
            return Err(PartsError::Twice { what: "prototype", name });
        }
        if let Some(info) = self.info.iter().find(|info| info.label >= n_classes) {
            let (name, label) = (info.name.clone(), info.label);
            return Err(PartsError::Label { name, label, n_classes });
        }
        for (what, mut values) in
            [("prototypes", self.prototypes.iter()), ("weight", self.weight.iter())]
        {
            if let Some(value) = values.find(|value| !value.is_finite()) {
                return Err(PartsError::NotFinite { what, value: *value });
            }
        }
        if let Some(value) = self.bias.iter().find(|value| !value.is_finite()) {
            return Err(PartsError::NotFinite { what: "bias", value: *value });
        }
        if !self.normalization.is_usable() {
            let Normalization { mean, std } = self.normalization;
            return Err(PartsError::Normalization { mean, std });
        }
        let flaw = self.objective.flaw(n_classes);
        let flaw = flaw.or_else(|| self.adaptor.as_ref()?.flaw(n_features));
        flaw.map_or(Ok(()), |flaw| Err(PartsError::Flaw { flaw }))
    }
}
