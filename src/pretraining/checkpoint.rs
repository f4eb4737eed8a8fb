//! A training on disk, so that it goes on as if it had never stopped.
//!
//! ```text
//! parameter.NAME   mean.NAME   square.NAME     a parameter and AdamW's two moments of it
//! extra.NAME                                   whatever else a network keeps
//! header entry `pecmae.pretraining`: JSON with the stage, its settings, the steps done and the history
//! ```
//!
//! Crops and noise follow from seed and step, so that no generator is stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{AdamW, AdamWSettings, Parameters};
use crate::classifier::{StoredTensor, TensorFile, TensorFileError};
use crate::weights::Weights;

/// The header entry that tells a checkpoint from other files.
const KIND: &str = "pecmae.pretraining";
/// The version of the header that this program writes and reads.
const SCHEMA: u32 = 1;

/// Everything that the rest of a training depends on.
#[derive(Debug)]
pub struct Checkpoint<S> {
    /// Which stage: codec, encoder or autoencoder.
    pub stage: String,
    /// The settings it was started with.
    pub settings: S,
    /// The identity of what it learns from.
    pub data: String,
    /// Steps done.
    pub n_steps: u64,
    /// What was measured on the way.
    pub history: Vec<Measured>,
    /// What is trained.
    pub parameters: Parameters,
    /// Its optimizer.
    pub adam: AdamW,
    /// Whatever else a network keeps.
    pub extra: BTreeMap<String, Tensor>,
}

/// What was measured after so many steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Steps done.
    pub step: u64,
    /// The mean loss over the training batches since the last measurement.
    pub training_loss: f64,
    /// The loss on what is held out.
    pub held_out_loss: f64,
    /// Further figures on what is held out, by name.
    pub figures: BTreeMap<String, f64>,
    /// Seconds of computation so far.
    pub seconds: f64,
}

/// What a checkpoint's header says.
#[derive(Serialize, Deserialize)]
struct Head<S> {
    schema: u32,
    made_by: String,
    stage: String,
    settings: S,
    data: String,
    n_steps: u64,
    history: Vec<Measured>,
}

/// Why a training cannot be kept or taken up again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file itself is at fault.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The header is no description of a training.
    #[error("the checkpoint's header is damaged or of another version ({source}), start anew: {}", path.display())]
    Head {
        /// What the parser said.
        source: serde_json::Error,
        /// The file.
        path: PathBuf,
    },
    /// The device refused.
    #[error("cannot copy a checkpoint ({source}): {}", path.display())]
    Device {
        /// What candle said.
        source: candle_core::Error,
        /// The file.
        path: PathBuf,
    },
}

impl<S: Serialize + DeserializeOwned + Clone> Checkpoint<S> {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let head = Head {
            schema: SCHEMA,
            made_by: concat!("pecmae ", env!("CARGO_PKG_VERSION")).to_owned(),
            stage: self.stage.clone(),
            settings: self.settings.clone(),
            data: self.data.clone(),
            n_steps: self.n_steps,
            history: self.history.clone(),
        };
        let head = serde_json::to_string(&head)
            .map_err(|source| CheckpointError::Head { source, path: path.to_owned() })?;
        let device = |source| CheckpointError::Device { source, path: path.to_owned() };
        let mut tensors = BTreeMap::new();
        let mut keep = |kind: &str, name: &str, tensor: &Tensor| {
            let values = tensor.flatten_all().and_then(|x| x.to_vec1::<f32>()).map_err(device)?;
            let stored = StoredTensor::F32(tensor.dims().to_vec(), values);
            tensors.insert(format!("{kind}.{name}"), stored);
            Ok::<_, CheckpointError>(())
        };
        for (name, var) in self.parameters.iter() {
            keep("parameter", name, var.as_tensor())?;
        }
        for (name, mean, square) in self.adam.moments() {
            keep("mean", name, mean)?;
            keep("square", name, square)?;
        }
        for (name, tensor) in &self.extra {
            keep("extra", name, tensor)?;
        }
        TensorFile { head, tensors }.write(KIND, path)?;
        Ok(())
    }

    /// Reads what [`Checkpoint::write`] wrote.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or is none of this program's.
    pub fn read(
        path: &Path,
        adam: AdamWSettings,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let file = TensorFile::read(KIND, path)?;
        let head: Head<S> = serde_json::from_str(&file.head)
            .map_err(|source| CheckpointError::Head { source, path: path.to_owned() })?;
        let failed = |source| CheckpointError::Device { source, path: path.to_owned() };
        let (mut values, mut extra) = (Vec::new(), BTreeMap::new());
        let (mut means, mut squares) = (BTreeMap::new(), BTreeMap::new());
        for (name, tensor) in file.tensors {
            let StoredTensor::F32(shape, numbers) = tensor else { continue };
            let make = |numbers: Vec<f32>| Tensor::from_vec(numbers, &shape[..], device);
            match name.split_once('.') {
                Some(("parameter", name)) => values.push((name.to_owned(), shape, numbers)),
                Some(("mean", name)) => {
                    means.insert(name.to_owned(), make(numbers).map_err(failed)?);
                }
                Some(("square", name)) => {
                    squares.insert(name.to_owned(), make(numbers).map_err(failed)?);
                }
                Some(("extra", name)) => {
                    extra.insert(name.to_owned(), make(numbers).map_err(failed)?);
                }
                _ => {}
            }
        }
        let moments = means
            .into_iter()
            .filter_map(|(name, mean)| squares.remove(&name).map(|square| (name, (mean, square))))
            .collect();
        let weights = Weights::from_memory(values);
        Ok(Self {
            stage: head.stage,
            settings: head.settings,
            data: head.data,
            n_steps: head.n_steps,
            history: head.history,
            parameters: Parameters::of_weights(&weights, device).map_err(failed)?,
            adam: AdamW::resumed(adam, head.n_steps, moments),
            extra,
        })
    }
}
