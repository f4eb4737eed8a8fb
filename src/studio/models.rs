//! Installed models as plain data, and the choice of one.

use serde::Serialize;

use crate::job::CancelToken;
use crate::models::{BUILT_IN, Library, LibraryError, Manifest, ModelFolder, VerifyError};

/// What there is to say about an installed model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// Its folder, as text; for the built-in one, words.
    pub path: String,
    /// Weights, as numbers.
    pub n_weights: usize,
    /// Weights, as bytes on disk.
    pub n_bytes: usize,
    /// Whether it is part of the program.
    pub is_built_in: bool,
    /// What `model.json` says.
    #[serde(flatten)]
    pub manifest: Manifest,
}

/// The model that a command works with.
#[derive(Debug)]
pub struct Chosen {
    /// The model.
    pub model: ModelFolder,
    /// Whether nobody named it: it is the only one installed, or the built-in one where none is.
    pub is_guess: bool,
}

/// Why no model was chosen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChooseError {
    /// The named one cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// There are several.
    #[error("several models are installed, name one of them: {}", there.join(", "))]
    Several {
        /// Their names.
        there: Vec<String>,
    },
}

/// Why a model failed its check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// It cannot be opened.
    #[error(transparent)]
    Choose(#[from] ChooseError),
    /// It is damaged.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// Opens the model that the user names, or the only one installed, or the built-in one where none is.
///
/// # Errors
/// The named one does not open; or nothing is named and more than one is installed.
pub fn choose(library: &Library, name_or_path: Option<&str>) -> Result<Chosen, ChooseError> {
    if let Some(name_or_path) = name_or_path {
        return Ok(Chosen { model: library.open(name_or_path)?, is_guess: false });
    }
    let there: Vec<_> = library.list()?.into_iter().map(|listed| listed.name).collect();
    match there.as_slice() {
        [] => Ok(Chosen { model: library.open(BUILT_IN)?, is_guess: true }),
        [name] => Ok(Chosen { model: library.open(name)?, is_guess: true }),
        _ => Err(ChooseError::Several { there }),
    }
}

/// Reads every weight of a model and compares it with what was imported.
///
/// # Errors
/// As [`choose`], the first damage found, or the check is cancelled.
pub fn verify(
    library: &Library,
    name_or_path: Option<&str>,
    cancel: &CancelToken,
) -> Result<ModelInfo, CheckError> {
    let Chosen { model, .. } = choose(library, name_or_path)?;
    model.verify(cancel)?;
    Ok(ModelInfo::of(&model))
}

impl ModelInfo {
    /// The facts about an opened model.
    pub fn of(model: &ModelFolder) -> Self {
        let weights = model.weights();
        let shapes = weights.names().filter_map(|name| weights.shape(name));
        Self {
            path: model.path().display().to_string(),
            n_weights: shapes.map(|shape| shape.iter().product::<usize>()).sum(),
            n_bytes: model.n_weight_bytes(),
            is_built_in: model.is_built_in(),
            manifest: model.manifest().clone(),
        }
    }

    /// What an importer should know: tensors that were left out unknown, two copies of the codec that differ.
    pub fn remarks(&self) -> Vec<String> {
        let report = &self.manifest.report;
        let files = report.sources.iter().zip(&self.manifest.sources);
        let left_out =
            files.filter(|(found, _)| !found.unexpected.is_empty()).map(|(found, file)| {
                let names = &found.unexpected;
                let shown = names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
                let more = names.len().saturating_sub(5);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{} holds tensors that no model needs, left out: {shown}{more}", file.file)
            });
        left_out.chain(report.codec_difference.iter().map(ToString::to_string)).collect()
    }
}
