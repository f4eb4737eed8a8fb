//! A model whose weights are not what they were.

use std::path::PathBuf;

use crate::job::CancelToken;
use crate::models::{ModelFolder, VerifyError};

/// A model that answers with numbers that are none, because its own are not what they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the model is damaged, so that its answers are not finite: {reason}; `pecmae models verify {name}` checks it, import it \
     again: {}",
    path.display()
)]
pub struct DamagedModel {
    /// What is wrong with its weights.
    pub reason: String,
    /// The user's name for it.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
}

impl DamagedModel {
    /// Reads all weights of a model that gave an answer which is not finite; an intact one is not to blame.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn check(model: &ModelFolder) -> Result<(), Self> {
        let reason = match model.verify(&CancelToken::new()) {
            Ok(()) | Err(VerifyError::Cancelled { .. }) => return Ok(()),
            Err(VerifyError::NotFinite { name, value, .. }) => {
                format!("tensor {name} holds {value}")
            }
            Err(VerifyError::Fingerprint { .. }) => {
                "its weights are not those that were imported".to_owned()
            }
        };
        Err(Self { reason, name: model.name().to_owned(), path: model.path().to_owned() })
    }
}
