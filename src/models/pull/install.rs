//! `models pull`: a published model → a model folder.

use std::fs;
use std::path::PathBuf;

use super::{Progress, PublishedModel, PullError, Role, Source, fetch};
use crate::job::CancelToken;
use crate::models::{ImportError, ImportRequest, Library, ModelFolder};
use crate::weights::{Hints, Precision};

/// What to pull, and how to keep it.
#[derive(Debug, Clone)]
pub struct PullRequest<'a> {
    /// The published model.
    pub model: &'a PublishedModel,
    /// The new model's name.
    pub name: &'a str,
    /// The element type of the new model.
    pub precision: Precision,
    /// What no tensor states; the manifest states the length of a segment where this does not.
    pub hints: Hints,
    /// Whether a model of that name may be replaced.
    pub replace: bool,
}

impl Library {
    /// Fetches a published model and imports it.
    ///
    /// The downloads lie in the folder `downloads` beside the library; they go once the model is there,
    /// and stay if the import fails. Files of the hub cache are read where they are.
    ///
    /// # Errors
    /// As [`fetch`], or [`PullError::Import`]. If the name is taken, nothing is downloaded.
    pub fn pull(
        &self,
        request: &PullRequest<'_>,
        source: &Source,
        cancel: &CancelToken,
        on_progress: impl FnMut(Progress<'_>),
    ) -> Result<ModelFolder, PullError> {
        let &PullRequest { model, name, precision, hints, replace } = request;
        let path = self.path_of(name).map_err(ImportError::from)?;
        if !replace && path.exists() {
            return Err(ImportError::Exists { name: name.to_owned(), path }.into());
        }
        let downloads = self.downloads_of(&model.name)?;
        let files = fetch(model, &downloads, source, cancel, on_progress)?;
        let file_for = |role| files.iter().find(|file| file.role == role).map(|f| f.path.as_path());

        let license = model.weights_license();
        let seconds = hints.segment_seconds.unwrap_or(model.segment_seconds);
        let request = ImportRequest {
            autoencoder: file_for(Role::Autoencoder)
                .ok_or_else(|| PullError::Incomplete { name: model.name.clone() })?,
            codec: file_for(Role::Codec),
            name,
            precision,
            hints: Hints { segment_seconds: Some(seconds), ..hints },
            license: Some(&license),
            replace,
        };
        let imported = self.import(&request, cancel)?;
        if downloads.exists() {
            let io = |source| PullError::Io { path: downloads.clone(), source };
            fs::remove_dir_all(&downloads).map_err(io)?;
        }
        Ok(imported)
    }

    fn downloads_of(&self, model: &str) -> Result<PathBuf, ImportError> {
        self.path_of(model)?; // a name that is one folder there is one folder here
        Ok(self.root().with_file_name("downloads").join(model))
    }
}
