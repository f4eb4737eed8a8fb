//! A classifier that somebody else trained → a run that every verb works on.

use std::path::{Path, PathBuf};

use super::prototypes::Reading;
use super::{ImportDataError, RowOrder, Scale, Vectors};
use crate::classifier::{Classifier, Normalization, Objective, PrototypeInfo, SimilarityKind};
use crate::dataset::Split;
use crate::embeddings::Settings;
use crate::examples::Examples;
use crate::job::CancelToken;
use crate::runs::{
    DataSettings, EmbeddingSettings, InitKind, PrototypeSettings, RunFolder, RunSettings,
    SkippedFile, State, Status,
};
use crate::studio::scoring::{Level, Scored};
use crate::studio::train::{Embeddings, Source, TrainError, TrainEvent};
use crate::training::{self, ClassLoss};

/// What a classifier is made of, and what its files do not say.
#[derive(Debug, Clone)]
pub struct PrototypesJob {
    /// The array of prototypes.
    pub prototypes: PathBuf,
    /// The array of weights.
    pub weights: PathBuf,
    /// The array of biases; `None` for zeros, as the published code does not save them.
    pub bias: Option<PathBuf>,
    /// Names of the classes in the order of the rows of the weights; none for those of the data, sorted.
    pub labels: Vec<String>,
    /// Whose each row is.
    pub order: RowOrder,
    /// On which scale the prototypes are.
    pub scale: Scale,
    /// The scalars of the normalization; `None` to measure them on the training split.
    pub normalization: Option<Normalization>,
    /// From distances to similarities.
    pub similarity: SimilarityKind,
    /// What logits are divided by before the softmax; `None` where a file may have several labels.
    pub temperature: Option<f32>,
    /// What it was trained on.
    pub data: KnownData,
    /// The folder of runs.
    pub runs: PathBuf,
    /// Name of the run; `None` for one made of the name of the prototypes.
    pub name: Option<String>,
}

/// What is known of the z that a classifier was trained on.
#[derive(Debug, Clone)]
pub enum KnownData {
    /// The labeled tracks, and the table of their z.
    Examples {
        /// How the source is read.
        settings: Box<DataSettings>,
        /// The table.
        table: PathBuf,
    },
    /// The model that made them.
    Model {
        /// The user's name for it.
        name: String,
        /// How it makes z.
        settings: Settings,
    },
}

/// What was imported.
#[derive(Debug)]
pub struct ImportedRun {
    /// The run.
    pub run: RunFolder,
    /// Its classes.
    pub labels: Vec<String>,
    /// Its prototypes.
    pub n_prototypes: usize,
    /// Prototypes whose class gives them its largest weight.
    pub n_agreeing: usize,
    /// Class-balanced accuracy of validation tracks, where there are any.
    pub validation: Option<f64>,
}

/// What is known of the z.
struct Known {
    /// What the user calls the model that made them.
    model: String,
    /// How they are made.
    embeddings: Settings,
    kept: Option<Kept>,
}

/// What the run keeps of its data.
struct Kept {
    examples: Examples,
    skipped: Vec<SkippedFile>,
    table: PathBuf,
}

/// Makes a run of a classifier's files.
///
/// # Errors
/// A file is no array that fits, something that the files do not say is not known, or the run's name is taken.
pub fn import_prototypes(
    job: &PrototypesJob,
    on_warning: &mut dyn FnMut(String),
) -> Result<ImportedRun, ImportDataError> {
    RunFolder::check_free(&job.runs, job.name.as_deref())?;
    let vectors = Vectors::read(&job.prototypes, &job.weights, job.bias.as_deref())?;
    let known = job.data.open(on_warning)?;
    let reading = job.reading(&known)?;
    let (expected, found) = (reading.embeddings.dim, vectors.prototypes.ncols());
    if expected != found {
        let of = format!("model {:?}", known.model);
        return Err(ImportDataError::Features { of, expected, found });
    }
    let classifier = Classifier::new(vectors.into_parts(reading)?)?;
    let validation = match &known.kept {
        Some(kept) => validation(&classifier, &kept.examples)?,
        None => None,
    };
    let folder = RunFolder::create(&job.runs, job.name.as_deref(), &base_name(&job.prototypes))?;
    let path = folder.path().to_owned();
    let write = || {
        if let Some(Kept { examples, skipped, table }) = &known.kept {
            folder.write_data(examples, skipped, table)?;
        }
        folder.write_classifier(&classifier)?;
        folder.write_status(&status(&classifier, &known, validation))?;
        // Last, as it is what makes the folder a run.
        job.settings(&classifier, &known).write(&folder.settings_path())
    };
    write().inspect_err(|_| drop(std::fs::remove_dir_all(&path)))?;
    let weight = &classifier.parts().weight;
    let agrees = |(m, info): (usize, &PrototypeInfo)| {
        weight.column(m).iter().all(|other| *other <= weight[[info.label, m]])
    };
    Ok(ImportedRun {
        n_agreeing: classifier.info().iter().enumerate().filter(|entry| agrees(*entry)).count(),
        labels: classifier.labels().to_vec(),
        n_prototypes: classifier.n_prototypes(),
        run: folder,
        validation,
    })
}

impl KnownData {
    fn open(&self, on_warning: &mut dyn FnMut(String)) -> Result<Known, ImportDataError> {
        let (settings, table) = match self {
            Self::Examples { settings, table } => (settings, table),
            Self::Model { name, settings } => {
                let (model, embeddings) = (name.clone(), settings.clone());
                return Ok(Known { model, embeddings, kept: None });
            }
        };
        let source = Source::read(settings)?;
        source.warnings().for_each(&mut *on_warning);
        let mut tell = |event| {
            if let TrainEvent::Warning(warning) = event {
                on_warning(warning);
            }
        };
        let embeddings = Embeddings::Table(table.clone());
        let joined = source.embed_and_join(&embeddings, &mut tell, &CancelToken::new())?;
        let kept = Kept { examples: joined.examples, skipped: joined.skipped, table: joined.table };
        let (model, embeddings) = (kept.examples.model.clone(), kept.examples.embeddings.clone());
        Ok(Known { model, embeddings, kept: Some(kept) })
    }
}

impl PrototypesJob {
    fn reading(&self, known: &Known) -> Result<Reading, ImportDataError> {
        let kept = known.kept.as_ref();
        let labels = match (self.labels.as_slice(), kept) {
            ([], None) => return Err(ImportDataError::NoLabels),
            ([], Some(kept)) => kept.examples.labels.clone(),
            (given, None) => given.to_vec(),
            (given, Some(kept)) => {
                check_labels(given, &kept.examples.labels)?;
                given.to_vec()
            }
        };
        let normalization = match (self.normalization, kept) {
            (Some(normalization), _) => normalization,
            (None, None) => return Err(ImportDataError::NoScale),
            (None, Some(kept)) => Normalization::of(kept.examples.part(Split::Train).z.view())
                .map_err(TrainError::from)?,
        };
        let objective = match self.temperature {
            Some(temperature) => Objective::Softmax { temperature },
            None => Objective::Sigmoid { thresholds: vec![0.5; labels.len()] },
        };
        let embeddings = known.embeddings.clone();
        let (order, scale, similarity) = (self.order, self.scale, self.similarity);
        Ok(Reading { labels, order, scale, normalization, similarity, objective, embeddings })
    }

    /// The settings by which the run could be trained anew from these prototypes.
    fn settings(&self, classifier: &Classifier, known: &Known) -> RunSettings {
        let embeddings = classifier.embeddings();
        let data = match &self.data {
            KnownData::Examples { settings, .. } => settings.as_ref().clone(),
            KnownData::Model { .. } => DataSettings::new(&self.prototypes),
        };
        let class_loss = match classifier.objective() {
            Objective::Softmax { temperature } => {
                ClassLoss::CrossEntropy { temperature: f64::from(*temperature) }
            }
            Objective::Sigmoid { .. } => ClassLoss::BinaryCrossEntropy,
        };
        RunSettings {
            schema: RunSettings::SCHEMA,
            data,
            embedding: EmbeddingSettings {
                model: known.model.clone(),
                model_fingerprint: embeddings.model_fingerprint.clone(),
                precision: embeddings.precision.clone(),
                tail: embeddings.tail.clone(),
            },
            prototypes: PrototypeSettings {
                per_class: classifier.n_prototypes() / classifier.labels().len(),
                init: InitKind::File,
                file: Some(self.prototypes.clone()),
                ..PrototypeSettings::default()
            },
            training: training::Settings {
                class_loss,
                similarity: self.similarity,
                adaptor: None,
                ..training::Settings::default()
            },
        }
    }
}

fn status(classifier: &Classifier, known: &Known, validation: Option<f64>) -> Status {
    let kept = known.kept.as_ref();
    let counts = |of: &dyn Fn(&Examples, Split) -> usize| {
        kept.map_or([0; 3], |kept| Split::ALL.map(|split| of(&kept.examples, split)))
    };
    Status {
        schema: Status::SCHEMA,
        state: State::Finished,
        step: 0,
        n_steps: 0,
        best_step: None,
        validation_accuracy: validation,
        labels: classifier.labels().to_vec(),
        grouped_by: kept.and_then(|kept| kept.examples.grouped_by.clone()),
        n_prototypes: classifier.n_prototypes(),
        n_tracks: counts(&|examples, split| examples.n_tracks_of(split)),
        n_segments: counts(&|examples, split| examples.rows_of(split).len()),
        n_skipped: kept.map_or(0, |kept| kept.skipped.len()),
        model: known.model.clone(),
        model_fingerprint: classifier.embeddings().model_fingerprint.clone(),
        embeddings_fingerprint: classifier.embeddings().fingerprint().to_string(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Refuses names that are not those of the data, in whatever order.
fn check_labels(given: &[String], data: &[String]) -> Result<(), ImportDataError> {
    let only = |side: &str, ours: &[String], theirs: &[String]| {
        let only: Vec<_> = ours.iter().filter(|label| !theirs.contains(label)).cloned().collect();
        (!only.is_empty()).then(|| format!("only {side} has {}", only.join(", ")))
    };
    let sides = [only("the list", given, data), only("the data", data, given)];
    let difference = sides.into_iter().flatten().collect::<Vec<_>>().join("; ");
    match difference.is_empty() {
        true => Ok(()),
        false => Err(ImportDataError::OtherLabels { difference }),
    }
}

/// Class-balanced accuracy of validation tracks.
fn validation(
    classifier: &Classifier,
    examples: &Examples,
) -> Result<Option<f64>, ImportDataError> {
    let part = examples.part(Split::Validation);
    if part.rows.is_empty() {
        return Ok(None);
    }
    let scored = Scored::of(classifier, examples, &part, Level::Track)?;
    Ok(Some(scored.report(classifier)?.summary.balanced_accuracy))
}

/// Names a run after a file.
fn base_name(path: &Path) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String =
        path.file_stem().unwrap_or_default().to_string_lossy().chars().map(plain).collect();
    match name.trim_matches('-') {
        "" => "imported".to_owned(),
        name => name.to_owned(),
    }
}
