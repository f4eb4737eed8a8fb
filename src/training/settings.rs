//! What decides the course of a training run.

use serde::{Deserialize, Serialize};

use super::OneCycle;
use crate::classifier::SimilarityKind;
use crate::files::Sha256Digest;

/// Everything that decides the numbers of a run, apart from the data and the start; the defaults are the paper's.
///
/// `L = λ · L_c + (1 − λ) · L_p + w · L_d`: class loss, prototype loss and diversity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Examples in a step.
    pub batch: usize,
    /// Steps of the whole run; the learning rate's cycle is as long.
    pub steps: usize,
    /// Learning rate and `β₁` from step to step.
    pub schedule: OneCycle,
    /// How a gradient moves a parameter.
    pub adam: Adam,
    /// λ, the share of the class loss, in `[0, 1]`; the prototype loss gets the rest.
    pub lambda: f64,
    /// What `L_c` is.
    pub class_loss: ClassLoss,
    /// What `L_p` is.
    pub prototype_loss: PrototypeLoss,
    /// What keeps the prototypes of one class apart.
    pub diversity: Diversity,
    /// The map from prototypes to what z is compared with; `None` trains the compared vectors themselves.
    pub adaptor: Option<AdaptorSettings>,
    /// From distances to similarities.
    pub similarity: SimilarityKind,
    /// Sets negative weights of the last layer to 0 after each step, so that no prototype speaks against a class.
    pub non_negative: bool,
    /// Steps from one evaluation on the validation examples to the next; the last step is always evaluated.
    pub eval_every: usize,
    /// Evaluations in a row without a lower validation loss after which the run ends; `None` never ends it early.
    pub patience: Option<usize>,
    /// Decides the order of the examples, the dropped activations and the adaptor's first weights.
    pub seed: u64,
}

/// Adam with an L2 term: `g + weight_decay · p` is what its moments average, as `torch.optim.Adam` has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// Factor of the L2 term, on every parameter.
    pub weight_decay: f64,
    /// Memory of the second moment; that of the first is the schedule's.
    pub beta2: f64,
    /// Keeps the division by the second moment's root away from zero.
    pub epsilon: f64,
}

/// The class loss `L_c`, a mean over the batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClassLoss {
    /// `−log softmax(logits / temperature)[label]`, for exactly one label an example.
    CrossEntropy {
        /// What the logits are divided by; the published code's value is 0.1.
        temperature: f64,
    },
    /// Mean over the classes of the binary cross-entropy of `sigmoid(logit)`, for any number of labels.
    BinaryCrossEntropy,
}

/// The prototype loss `L_p`: the mean over prototypes of the smallest distance to an example of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrototypeLoss {
    /// Only to examples of the prototype's own class, and only over prototypes whose class is in the batch.
    #[default]
    OwnClass,
    /// To every example.
    AllClasses,
}

/// The term `w · L_d` that keeps the prototypes of a class apart.
///
/// `L_d = mean over pairs of one class of exp(−d / reach)`, `d` the mean squared difference of the adapted prototypes.
/// It is bounded, so it cannot outweigh the rest, and vanishes beyond its reach, so that pairs that differ are let be.
/// Normalized z vary by about ¼ a feature, so two unrelated ones are about ½ apart: a reach of 0.1 touches only pairs
/// that are much closer than that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Diversity {
    /// `w`; 0 leaves every number of the run as it is without the term.
    pub weight: f64,
    /// The distance at which the push has fallen to 1/e.
    pub reach: f64,
}

/// The adaptor's shape and noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaptorSettings {
    /// Width of its feed-forward net.
    pub hidden: usize,
    /// Share of activations that a training step drops, at the four places of `torch.nn.TransformerEncoderLayer`.
    pub dropout: f64,
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[error("{field} must be {rule}, found {found}")]
pub struct SettingsError {
    /// Its name in a configuration.
    pub field: &'static str,
    /// What it must be.
    pub rule: &'static str,
    /// What it is.
    pub found: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch: 256,
            steps: 150_000,
            schedule: OneCycle::default(),
            adam: Adam::default(),
            lambda: 0.25,
            class_loss: ClassLoss::default(),
            prototype_loss: PrototypeLoss::default(),
            diversity: Diversity::default(),
            adaptor: Some(AdaptorSettings::default()),
            similarity: SimilarityKind::default(),
            non_negative: false,
            eval_every: 1000,
            patience: None,
            seed: 0,
        }
    }
}

impl Default for Adam {
    fn default() -> Self {
        Self { weight_decay: 1e-5, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl Default for ClassLoss {
    fn default() -> Self {
        Self::CrossEntropy { temperature: 0.1 }
    }
}

impl Default for Diversity {
    fn default() -> Self {
        Self { weight: 0.0, reach: 0.1 }
    }
}

impl Default for AdaptorSettings {
    fn default() -> Self {
        Self { hidden: 2048, dropout: 0.1 }
    }
}

impl Settings {
    /// Checks every field.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn check(&self) -> Result<(), SettingsError> {
        let one_to = |field, rule, most: usize, found: usize| {
            require(field, rule, found as f64, (1..=most).contains(&found))
        };
        let at_least_one =
            |field, found: usize| require(field, "at least 1", found as f64, found >= 1);
        let positive = |field, found: f64| {
            require(field, "a number above 0", found, found > 0.0 && found.is_finite())
        };
        let not_negative = |field, found: f64| {
            require(field, "a number from 0 on", found, found >= 0.0 && found.is_finite())
        };
        one_to("batch", "1 to 1048576", 1 << 20, self.batch)?;
        at_least_one("steps", self.steps)?;
        at_least_one("eval_every", self.eval_every)?;
        at_least_one("patience", self.patience.unwrap_or(1))?;
        self.schedule.check()?;
        not_negative("adam.weight_decay", self.adam.weight_decay)?;
        require("adam.beta2", "in [0, 1)", self.adam.beta2, (0.0..1.0).contains(&self.adam.beta2))?;
        positive("adam.epsilon", self.adam.epsilon)?;
        require("lambda", "in [0, 1]", self.lambda, (0.0..=1.0).contains(&self.lambda))?;
        if let ClassLoss::CrossEntropy { temperature } = self.class_loss {
            positive("class_loss.temperature", temperature)?;
        }
        not_negative("diversity.weight", self.diversity.weight)?;
        positive("diversity.reach", self.diversity.reach)?;
        if let Some(AdaptorSettings { hidden, dropout }) = self.adaptor {
            one_to("adaptor.hidden", "1 to 65536", 1 << 16, hidden)?;
            require("adaptor.dropout", "in [0, 1)", dropout, (0.0..1.0).contains(&dropout))?;
        }
        Ok(())
    }

    /// Whether an example may have any number of labels.
    pub fn is_multi_label(&self) -> bool {
        self.class_loss == ClassLoss::BinaryCrossEntropy
    }

    /// SHA-256 of the settings: equal exactly when they are.
    pub fn fingerprint(&self) -> Sha256Digest {
        Sha256Digest::of(&serde_json::to_vec(self).expect("plain data has a JSON form"))
    }
}

/// Says what is wrong with a field unless it holds.
pub(super) fn require(
    field: &'static str,
    rule: &'static str,
    found: f64,
    holds: bool,
) -> Result<(), SettingsError> {
    if holds { Ok(()) } else { Err(SettingsError { field, rule, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named() {
        let sentence = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert_eq!(Settings::default().check(), Ok(()));
        for (found, wanted) in [
            (sentence(|s| s.lambda = 1.5), "lambda must be in [0, 1], found 1.5"),
            (sentence(|s| s.lambda = f64::NAN), "lambda must be in [0, 1], found NaN"),
            (sentence(|s| s.batch = 0), "batch must be 1 to 1048576, found 0"),
            (sentence(|s| s.patience = Some(0)), "patience must be at least 1, found 0"),
            (
                sentence(|s| s.schedule.max_lr = 0.0),
                "schedule.max_lr must be a number above 0, found 0",
            ),
            (
                sentence(|s| s.adaptor = Some(AdaptorSettings { dropout: 1.0, hidden: 8 })),
                "adaptor.dropout must be in [0, 1), found 1",
            ),
        ] {
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn settings_survive_a_file_and_take_defaults_for_what_it_leaves_out() {
        let settings = Settings { seed: 7, adaptor: None, ..Settings::default() };
        let text = serde_json::to_string(&settings).unwrap();
        let read: Settings = serde_json::from_str(&text).unwrap();
        assert_eq!((read.fingerprint(), &read), (settings.fingerprint(), &settings));
        let partial: Settings =
            toml::from_str("seed = 7\n[class_loss]\nkind = \"binary_cross_entropy\"").unwrap();
        let class_loss = ClassLoss::BinaryCrossEntropy;
        assert_eq!(partial, Settings { seed: 7, class_loss, ..Settings::default() });
        assert!(toml::from_str::<Settings>("sed = 7").is_err());
    }
}
