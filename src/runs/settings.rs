//! `run.toml`: every setting of a run, resolved.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunError;
use crate::clustering::PrototypeOrder;
use crate::dataset::{Fractions, GroupBy, Layout};
use crate::files::write_atomic;
use crate::training;

/// Everything that decides what a run learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Version of this file's form.
    pub schema: u32,
    /// What it learns from.
    pub data: DataSettings,
    /// How audio becomes z.
    pub embedding: EmbeddingSettings,
    /// Where prototypes start.
    pub prototypes: PrototypeSettings,
    /// How they move.
    pub training: training::Settings,
}

/// What a run learns from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// The folder, list or table.
    pub source: PathBuf,
    /// How it is read; absent to find out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// Where the files of a list lie, if not beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<PathBuf>,
    /// What must not be torn apart between splits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<GroupBy>,
    /// GTZAN's fault-filtered split.
    pub gtzan_filtered: bool,
    /// Draws splits even where the source states some.
    pub redraw_splits: bool,
    /// What part each drawn split gets.
    pub fractions: Fractions,
    /// One fold of a cross-validation in place of splits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<Fold>,
    /// Another seed draws other splits.
    pub seed: u64,
    /// Permutes the labels of the training split: a control, which must not beat chance.
    pub shuffle_labels: bool,
}

/// One run of a cross-validation: fold `test` tests, the next one validates, the others train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// Number of folds.
    pub of: usize,
    /// The fold that tests, from 0.
    pub test: usize,
}

impl DataSettings {
    /// Everything as it is by default.
    pub fn new(source: &Path) -> Self {
        Self {
            source: source.to_owned(),
            layout: None,
            audio: None,
            group_by: None,
            gtzan_filtered: false,
            redraw_splits: false,
            fractions: Fractions::default(),
            fold: None,
            seed: 0,
            shuffle_labels: false,
        }
    }
}

/// How audio becomes z.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingSettings {
    /// The user's name for the model.
    pub model: String,
    /// Fingerprint of its weights.
    pub model_fingerprint: String,
    /// Arithmetic, as in `f32`.
    pub precision: String,
    /// What happens to a track's last, shorter segment.
    pub tail: String,
}

/// Where prototypes start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrototypeSettings {
    /// Prototypes of each class, K.
    pub per_class: usize,
    /// Where they come from.
    pub init: InitKind,
    /// The array (`[C · K, D]`, raw z) or the list of clips (`label,path,start_s`) for the kinds that take one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Where they go on the prototype axis.
    pub order: PrototypeOrder,
    /// Restarts of k-means.
    pub restarts: usize,
    /// Seed of k-means and of random samples.
    pub seed: u64,
}

/// Where initial prototypes come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitKind {
    /// The k-means centers of each class.
    #[default]
    Kmeans,
    /// The training segments nearest to those.
    Nearest,
    /// Random training segments of each class.
    Samples,
    /// An array in a file.
    File,
    /// Clips that the user names.
    Clips,
}

impl Default for PrototypeSettings {
    fn default() -> Self {
        Self {
            per_class: 5,
            init: InitKind::default(),
            file: None,
            order: PrototypeOrder::default(),
            restarts: 10,
            seed: 0,
        }
    }
}

impl PrototypeSettings {
    /// Checks what can be known without data.
    ///
    /// # Errors
    /// The kind of start takes a file, and there is none.
    pub fn check(&self) -> Result<(), RunError> {
        let takes_file = matches!(self.init, InitKind::File | InitKind::Clips);
        match &self.file {
            None if takes_file => Err(RunError::NoStartFile),
            Some(path) if takes_file && !path.is_file() => {
                let (what, hint) = ("file to start from", "check --init-file");
                Err(RunError::Missing { what, hint, path: path.clone() })
            }
            _ => Ok(()),
        }
    }
}

impl RunSettings {
    /// The version that this program writes.
    pub const SCHEMA: u32 = 1;

    /// Reads a `run.toml`.
    ///
    /// # Errors
    /// The file cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let text = std::fs::read_to_string(path).map_err(RunError::io("read", path))?;
        let settings: Self = toml::from_str(&text).map_err(|error| RunError::Settings {
            reason: one_line(&error),
            path: path.to_owned(),
        })?;
        if settings.schema != Self::SCHEMA {
            let (expected, found) = (Self::SCHEMA, settings.schema);
            return Err(RunError::damaged(path, format!("schema {found}, expected {expected}")));
        }
        Ok(settings)
    }

    /// Writes a `run.toml`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        let text = toml::to_string_pretty(self).map_err(|error| RunError::damaged(path, error))?;
        write_atomic(path, text.as_bytes()).map_err(RunError::io("write", path))
    }
}

/// What a TOML parser says, with the line that it says it about.
fn one_line(error: &toml::de::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
