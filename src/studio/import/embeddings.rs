//! A folder of `.npy` files, one a track → a table of z.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::ImportDataError;
use super::matching::TrackIndex;
use crate::audio::TailPolicy;
use crate::dataset::{Dataset, ReadOptions, read};
use crate::embeddings::{Metadata, SegmentPlace, Settings, TableWriter, Track};
use crate::exports::UNKNOWN;
use crate::files::Array;
use crate::models::ModelFolder;
use crate::runs::DataSettings;
use crate::studio::embed::Skipped;
use crate::studio::train::TrainError;
use crate::tensor::Precision;

/// What to read, and what it is said to be.
#[derive(Debug)]
pub struct EmbeddingsJob {
    /// The folder of `.npy` files.
    pub folder: PathBuf,
    /// The table to write.
    pub output: PathBuf,
    /// What made them.
    pub made_by: MadeBy,
    /// The data set that they are of, for ids and labels; `None` for the paths and folders of the files themselves.
    pub data: Option<DataSettings>,
}

/// What made the z.
#[derive(Debug)]
pub enum MadeBy {
    /// A model that is there: z that it makes now may be mixed with these.
    Model(Box<ModelFolder>),
    /// Nobody knows: only z of this table fit each other.
    Unknown {
        /// The rate that it heard at, in Hz.
        sample_rate_hz: u32,
        /// The length of a segment, in seconds.
        segment_s: f64,
    },
}

/// What was imported.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedEmbeddings {
    /// Tracks in the table.
    pub n_tracks: usize,
    /// Rows of the table.
    pub n_rows: u64,
    /// Files that could not be used.
    pub skipped: Vec<Skipped>,
    /// Tracks of the data set without a file.
    pub n_missing: usize,
}

/// A file and the track that it is of.
struct Found {
    file: PathBuf,
    path: String,
    label: Option<String>,
}

/// Reads per-file z of `[segment, feature]`, `[segment, 1, feature]` or `[feature]` into a table.
///
/// # Errors
/// The data set is none, no file fits, or the table cannot be written.
pub fn import_embeddings(job: &EmbeddingsJob) -> Result<ImportedEmbeddings, ImportDataError> {
    let dataset = job.data.as_ref().map(dataset).transpose()?;
    let mut skipped = Vec::new();
    let found = job.find(dataset.as_ref(), &mut skipped)?;
    let nothing = |skipped: &[Skipped]| ImportDataError::Nothing {
        reason: skipped.first().map(|first| format!("{} ({})", first.reason, first.path.display())),
        path: job.folder.clone(),
    };
    let mut writer: Option<(TableWriter<SegmentPlace>, usize)> = None;
    let mut n_tracks = 0;
    for (id, Found { file, path, label }) in found {
        let (n, dim, array) = match z_of(&file) {
            Ok(read) => read,
            Err(reason) => {
                skipped.push(Skipped { path: file, reason });
                continue;
            }
        };
        if let Some((_, expected)) = &writer
            && *expected != dim
        {
            let reason = format!("its vectors have {dim} features, those before have {expected}");
            skipped.push(Skipped { path: file, reason });
            continue;
        }
        let settings = job.made_by.settings(dim)?;
        let segment_s = settings.segment_samples as f64 / f64::from(settings.sample_rate_hz);
        let (writer, _) = match &mut writer {
            Some(started) => started,
            none => {
                let model = job.made_by.name();
                let metadata = Metadata { model, settings, shard: None };
                none.insert((TableWriter::create(&job.output, &metadata)?, dim))
            }
        };
        let track = Arc::new(Track { id, path, content: array.sha256, label });
        for i in 0..n {
            let start_s = i as f64 * segment_s;
            let place = SegmentPlace {
                segment: i as u32,
                start_s,
                end_s: start_s + segment_s,
                true_length_s: segment_s,
            };
            writer.push(&track, place, &array.values[i * dim..][..dim])?;
        }
        n_tracks += 1;
    }
    let (writer, _) = writer.ok_or_else(|| nothing(&skipped))?;
    let n_rows = writer.finish()?;
    let n_of_data = dataset.map_or(n_tracks, |dataset| ids(&dataset).len());
    Ok(ImportedEmbeddings {
        n_tracks,
        n_rows,
        skipped,
        n_missing: n_of_data.saturating_sub(n_tracks),
    })
}

impl EmbeddingsJob {
    /// The files by the ids of their tracks.
    fn find(
        &self,
        dataset: Option<&Dataset>,
        skipped: &mut Vec<Skipped>,
    ) -> Result<BTreeMap<String, Found>, ImportDataError> {
        let index = dataset
            .map(|dataset| TrackIndex::new(dataset.tracks.iter().map(|track| track.id.as_str())));
        let by_id: BTreeMap<_, _> = dataset
            .into_iter()
            .flat_map(|dataset| {
                dataset.tracks.iter().map(move |track| (track.id.as_str(), (dataset, track)))
            })
            .collect();
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        for entry in WalkDir::new(&self.folder).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|error| ImportDataError::List {
                path: error.path().unwrap_or(&self.folder).to_owned(),
                source: error.into(),
            })?;
            let file = entry.into_path();
            if file.extension().is_none_or(|extension| extension != "npy") {
                continue;
            }
            let name = below(&self.folder, &file);
            let named = match &index {
                None => Ok((
                    name.trim_end_matches(".npy").to_owned(),
                    file.display().to_string(),
                    folder_of(&name),
                )),
                Some(index) => index.find(&name).map(|id| {
                    let (dataset, track) = by_id[id];
                    let label = match track.labels[..] {
                        [label] => dataset.labels.get(label as usize).cloned(),
                        _ => None,
                    };
                    (id.to_owned(), track.path.display().to_string(), label)
                }),
            };
            match named {
                Err(reason) => skipped.push(Skipped { path: file, reason }),
                Ok((id, path, label)) => match found.get(&id) {
                    Some(first) => {
                        let reason = format!("{} is of the same track", first.file.display());
                        skipped.push(Skipped { path: file, reason });
                    }
                    None => drop(found.insert(id, Found { file, path, label })),
                },
            }
        }
        Ok(found)
    }
}

impl MadeBy {
    fn name(&self) -> String {
        match self {
            Self::Model(model) => model.name().to_owned(),
            Self::Unknown { .. } => UNKNOWN.to_owned(),
        }
    }

    /// How z of so many features were made.
    fn settings(&self, dim: usize) -> Result<Settings, ImportDataError> {
        match self {
            Self::Model(model) => {
                let settings = settings_of_model(model);
                if settings.dim != dim {
                    let (of, expected) = (format!("model {:?}", model.name()), settings.dim);
                    return Err(ImportDataError::Features { of, expected, found: dim });
                }
                Ok(settings)
            }
            Self::Unknown { sample_rate_hz, segment_s } => {
                let samples = (segment_s * f64::from(*sample_rate_hz)).round() as usize;
                Ok(published(UNKNOWN.to_owned(), *sample_rate_hz, samples, dim))
            }
        }
    }
}

/// How a model makes z where nothing else is said.
pub fn settings_of_model(model: &ModelFolder) -> Settings {
    let architecture = model.architecture();
    published(
        model.fingerprint().to_string(),
        architecture.sample_rate_hz,
        architecture.segment_samples,
        architecture.feature,
    )
}

/// As the published code computes.
fn published(
    model_fingerprint: String,
    sample_rate_hz: u32,
    segment_samples: usize,
    dim: usize,
) -> Settings {
    Settings {
        model_fingerprint,
        precision: Precision::default().to_string(),
        sample_rate_hz,
        segment_samples,
        tail: TailPolicy::Published.to_string(),
        dim,
        frames: None,
        more: BTreeMap::new(),
    }
}

/// Segments, features and values of a file, or why it holds no z.
fn z_of(file: &Path) -> Result<(usize, usize, Array), String> {
    let array = Array::read_npy(file).map_err(|error| error.to_string())?;
    match array.shape[..] {
        [n, d] | [n, 1, d] if n > 0 && d > 0 => Ok((n, d, array)),
        [d] if d > 0 => Ok((1, d, array)),
        _ => Err(format!("it has shape {:?}, expected [segment, feature]", array.shape)),
    }
}

fn dataset(settings: &DataSettings) -> Result<Dataset, TrainError> {
    let options = ReadOptions {
        layout: settings.layout,
        audio: settings.audio.clone(),
        group_by: settings.group_by.clone(),
        gtzan_filtered: settings.gtzan_filtered,
    };
    Ok(read(&settings.source, &options)?)
}

/// The different ids of a data set.
fn ids(dataset: &Dataset) -> BTreeSet<&str> {
    dataset.tracks.iter().map(|track| track.id.as_str()).collect()
}

/// The path below a folder, with `/` on every system.
fn below(folder: &Path, file: &Path) -> String {
    let steps = file.strip_prefix(folder).unwrap_or(file).components();
    let steps: Vec<_> = steps.map(|step| step.as_os_str().to_string_lossy().into_owned()).collect();
    steps.join("/")
}

/// The folder that a file lies in, which class folders name their class by.
fn folder_of(name: &str) -> Option<String> {
    let (folders, _) = name.rsplit_once('/')?;
    folders.rsplit('/').next().map(str::to_owned)
}
