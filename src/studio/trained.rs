//! The classifier that a user means, and what it learned from.

use std::path::Path;
use std::sync::Arc;

use ndarray::ArrayView2;

use crate::classifier::{BundleError, Classifier, InputError};
use crate::dataset::Split;
use crate::examples::{Examples, Part};
use crate::explanation::{Familiarity, Survey};
use crate::runs::{RunError, RunFolder};

/// A classifier, of a run or by itself.
#[derive(Debug)]
pub struct Trained {
    /// The classifier, with the run's edits.
    pub classifier: Classifier,
    /// Its run; `None` for a bundle by itself.
    pub folder: Option<RunFolder>,
    /// What its user calls the model that made its z.
    pub model: Option<String>,
}

/// What a run learned from, as its classifier sees it.
#[derive(Debug)]
pub struct Training {
    /// Tracks, places and labels of all splits.
    pub examples: Arc<Examples>,
    /// The training split.
    pub part: Part,
    /// How the classifier sees it.
    pub survey: Survey,
    /// How similar its segments and tracks are to prototypes.
    pub familiarity: Familiarity,
}

/// Why a classifier cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainedError {
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The bundle cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The run's z do not fit its classifier.
    #[error(transparent)]
    Input(#[from] InputError),
}

impl Trained {
    /// Opens a run folder, or a bundle if it is a file.
    ///
    /// # Errors
    /// There is neither, it has no classifier yet, or it is damaged.
    pub fn open(path: &Path) -> Result<Self, TrainedError> {
        if path.is_file() {
            return Ok(Self { classifier: Classifier::load(path)?, folder: None, model: None });
        }
        let folder = RunFolder::open(path)?;
        let classifier = folder.classifier()?;
        let model = Some(folder.settings()?.embedding.model);
        Ok(Self { classifier, folder: Some(folder), model })
    }

    /// What the run learned from, with the `k` training segments nearest to each prototype; `None` for a bundle by itself, and
    /// for a run without its copy of the z.
    ///
    /// # Errors
    /// The run is damaged.
    pub fn training(&self, k: usize) -> Result<Option<Training>, TrainedError> {
        let folder = match &self.folder {
            Some(folder) if folder.table_path().exists() => folder,
            _ => return Ok(None),
        };
        self.training_of(Arc::new(folder.examples()?), k).map(Some)
    }

    /// The same from examples that are in memory.
    ///
    /// # Errors
    /// The z do not fit the classifier.
    pub fn training_of(&self, examples: Arc<Examples>, k: usize) -> Result<Training, TrainedError> {
        let part = examples.part(Split::Train);
        let z: ArrayView2<'_, f32> = part.z.view();
        let survey = Survey::of(&self.classifier, z, k)?;
        let familiarity = Familiarity::new(&survey, &part.tracks);
        Ok(Training { examples, part, survey, familiarity })
    }
}
