//! A run on disk, so that it can go on as if it had never stopped.
//!
//! ```text
//! values.*   first.*   second.*     parameters and Adam's memory of them
//! best.*                            the best state, where there is one
//! history [point, 12]   best_loss [1, 1]     f64
//! header entry `pecmae.training`: JSON with everything else
//! ```
//!
//! The order of the examples and the noise of the dropouts follow from seed and step, so nothing of them is stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::history::{History, WIDTH};
use super::trainer::{Best, TrainerError};
use super::{Data, Settings, Start, Trainer};
use crate::classifier::{StoredTensor, TensorFile, TensorFileError};

/// The header entry that tells a checkpoint from other files.
const KIND: &str = "pecmae.training";
/// The version of the header that this program writes and reads.
const SCHEMA: u32 = 1;
/// More steps than any run takes: a damaged number, and one that would overflow with the batch.
const MOST_STEPS: usize = 1 << 40;

/// What a checkpoint's header says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    schema: u32,
    made_by: String,
    settings: Settings,
    settings_fingerprint: String,
    data_fingerprint: String,
    owners: Vec<usize>,
    cycles: Vec<usize>,
    step: usize,
    best_step: Option<usize>,
    since_best: usize,
}

/// Why a checkpoint could not be written, or a run not be resumed from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file itself is at fault.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The header is no description of a run.
    #[error("the checkpoint's header is damaged ({source}), start the run again: {}", path.display())]
    Head {
        /// What the parser said.
        source: serde_json::Error,
        /// The file.
        path: PathBuf,
    },
    /// Made by a newer program.
    #[error("the checkpoint has schema {found}, expected {SCHEMA}; use a newer pecmae: {}", path.display())]
    Schema {
        /// The version that it states.
        found: u32,
        /// The file.
        path: PathBuf,
    },
    /// The run was started with something else.
    #[error("the checkpoint belongs to other {what} ({stated:.12} there, {found:.12} here), resume with the same or start a new run: {}", path.display())]
    Other {
        /// What differs.
        what: &'static str,
        /// Its fingerprint in the checkpoint.
        stated: String,
        /// Its fingerprint here.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// The content does not make a run.
    #[error("the checkpoint does not fit together ({reason}), start the run again: {}", path.display())]
    Content {
        /// What does not fit.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}

impl Trainer {
    /// Writes everything that the rest of the run depends on, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn checkpoint(&self, path: &Path) -> Result<(), CheckpointError> {
        let head = Head {
            schema: SCHEMA,
            made_by: concat!("pecmae ", env!("CARGO_PKG_VERSION")).to_owned(),
            settings: self.settings.clone(),
            settings_fingerprint: self.settings.fingerprint().to_string(),
            data_fingerprint: self.data.fingerprint().to_string(),
            owners: self.network.owners().to_vec(),
            cycles: self.cycles.clone(),
            step: self.step,
            best_step: self.best.as_ref().map(|best| best.step),
            since_best: self.since_best,
        };
        let rows = self.history.to_rows();
        let history = StoredTensor::F64(vec![rows.len(), WIDTH], rows.concat());
        let mut tensors = BTreeMap::from([("history".to_owned(), history)]);
        let parameters = self.network.parameters.all();
        for (name, parameter) in &parameters {
            for (kind, values) in [
                ("values", &parameter.values),
                ("first", &parameter.first),
                ("second", &parameter.second),
            ] {
                let tensor = StoredTensor::F32(parameter.shape.to_vec(), values.clone());
                tensors.insert(format!("{kind}.{name}"), tensor);
            }
        }
        if let Some(best) = &self.best {
            tensors.insert("best_loss".to_owned(), StoredTensor::F64(vec![1, 1], vec![best.loss]));
            for ((name, parameter), values) in parameters.iter().zip(&best.values) {
                let tensor = StoredTensor::F32(parameter.shape.to_vec(), values.clone());
                tensors.insert(format!("best.{name}"), tensor);
            }
        }
        let head = serde_json::to_string(&head).expect("plain data has a JSON form");
        Ok(TensorFile { head, tensors }.write(KIND, path)?)
    }

    /// Goes on where a checkpoint was written; every later number is the one of the uninterrupted run.
    ///
    /// # Errors
    /// The file cannot be read, is no checkpoint, or belongs to other settings or other data.
    pub fn resume(
        path: &Path,
        settings: Settings,
        data: Arc<Data>,
    ) -> Result<Self, CheckpointError> {
        let mut file = TensorFile::read(KIND, path)?;
        let head = read_head(&file.head, path)?;
        for (what, stated, found) in [
            ("settings", &head.settings_fingerprint, settings.fingerprint()),
            ("data", &head.data_fingerprint, data.fingerprint()),
        ] {
            let (stated, found) = (stated.clone(), found.to_string());
            if stated != found {
                return Err(CheckpointError::Other { what, stated, found, path: path.to_owned() });
            }
        }
        let content = |reason: String| CheckpointError::Content { reason, path: path.to_owned() };
        // Any start of the right sizes will do: what it says is replaced.
        let (n_classes, n_features) = (data.n_classes(), data.n_features());
        let blank = Start {
            weight: Some(Array2::zeros((n_classes, head.owners.len()))),
            bias: Some(Array1::zeros(n_classes)),
            ..Start::new(Array2::zeros((head.owners.len(), n_features)), head.owners)
        };
        let started = Self::new(settings, data, &blank);
        let mut run = started.map_err(|error: TrainerError| content(error.to_string()))?;

        let names: Vec<_> =
            run.network.parameters.all().into_iter().map(|(name, _)| name).collect();
        let mut best_values = Vec::new();
        for (name, parameter) in names.iter().zip(run.network.parameters.all_mut()) {
            let shape = parameter.shape;
            parameter.values = file.take(&format!("values.{name}"), &shape, path)?;
            parameter.first = file.take(&format!("first.{name}"), &shape, path)?;
            parameter.second = file.take(&format!("second.{name}"), &shape, path)?;
            if head.best_step.is_some() {
                best_values.push(file.take(&format!("best.{name}"), &shape, path)?);
            }
        }
        if let Some(step) = head.best_step {
            let loss = file.take_rows("best_loss", 1, path)?;
            let loss = *loss.first().ok_or_else(|| content("best_loss is empty".to_owned()))?;
            run.best = Some(Best { step, loss, values: best_values });
        }
        let rows = file.take_rows("history", WIDTH, path)?;
        let history = History::from_rows(rows.as_chunks().0);
        run.history = history.ok_or_else(|| content("history is empty".to_owned()))?;
        if head.cycles.is_empty() || head.step > MOST_STEPS {
            return Err(content(format!("step {} of cycles {:?}", head.step, head.cycles)));
        }
        (run.cycles, run.step, run.since_best) = (head.cycles, head.step, head.since_best);
        Ok(run)
    }
}

fn read_head(text: &str, path: &Path) -> Result<Head, CheckpointError> {
    /// Read first, because a newer schema may have other fields.
    #[derive(Deserialize)]
    struct Versioned {
        schema: u32,
    }

    let json = |source| CheckpointError::Head { source, path: path.to_owned() };
    let Versioned { schema: found } = serde_json::from_str(text).map_err(json)?;
    if found != SCHEMA {
        return Err(CheckpointError::Schema { found, path: path.to_owned() });
    }
    serde_json::from_str(text).map_err(json)
}
