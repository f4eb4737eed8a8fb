//! The source → labeled tracks, their splits, and the table of their z.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{TrainError, TrainEvent};
use crate::audio::TailPolicy;
use crate::dataset::{Dataset, DatasetError, Problem, ReadOptions, Split, SplitPlan, read};
use crate::embeddings::{SegmentPlace, Table};
use crate::examples::{Examples, dataset_of_table, join};
use crate::files::Sha256Digest;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::runs::{DataSettings, Fold, SkippedFile};
use crate::studio::embed::{
    EmbedJob, ListedTrack, Listing, ModelEncoder, embed_tracks, open_audio,
};
use crate::tensor::Precision;

/// Where z come from.
#[derive(Debug, Clone)]
pub enum Embeddings {
    /// A table that is there already.
    Table(PathBuf),
    /// The model; its table is kept in a folder, to be used again.
    Model {
        /// The model.
        model: Box<ModelFolder>,
        /// Arithmetic.
        precision: Precision,
        /// What happens to a track's last, shorter segment.
        tail: TailPolicy,
        /// Where tables are kept.
        cache: PathBuf,
    },
}

/// A data set with its splits.
pub(in crate::studio) struct Source {
    path: PathBuf,
    dataset: Dataset,
    splits: Vec<Option<Split>>,
    warnings: Vec<String>,
}

/// A data set with its z.
pub(in crate::studio) struct WithTable {
    pub(in crate::studio) examples: Examples,
    pub(in crate::studio) skipped: Vec<SkippedFile>,
    pub(in crate::studio) table: PathBuf,
}

impl Source {
    pub(in crate::studio) fn read(settings: &DataSettings) -> Result<Self, TrainError> {
        let dataset = read_dataset(settings)?;
        let path = settings.source.clone();
        if let Some(Fold { of, test }) = settings.fold {
            let folds = dataset.folds(of, settings.seed)?;
            let splits = folds.splits(test).into_iter().map(Some).collect();
            let warnings = dataset.warnings.iter().cloned().chain(folds.warnings).collect();
            return Ok(Self { path, dataset, splits, warnings });
        }
        let plan = SplitPlan {
            fractions: settings.fractions,
            seed: settings.seed,
            redraw: settings.redraw_splits,
        };
        let assignment = plan.assign(&dataset)?;
        let warnings = dataset.warnings.iter().cloned().chain(assignment.warnings).collect();
        Ok(Self { path, dataset, splits: assignment.of_track, warnings })
    }

    /// The same to be tested on: no split is drawn, a track has the one that the source states or none.
    pub(in crate::studio) fn read_unsplit(settings: &DataSettings) -> Result<Self, TrainError> {
        let dataset = read_dataset(settings)?;
        let splits = dataset.tracks.iter().map(|track| track.split).collect();
        let (path, warnings) = (settings.source.clone(), dataset.warnings.clone());
        Ok(Self { path, dataset, splits, warnings })
    }

    /// Names of the classes.
    pub(in crate::studio) fn labels(&self) -> &[String] {
        &self.dataset.labels
    }

    /// What a run of it is called by default: the source's name, as far as that is a name.
    pub(in crate::studio) fn base_name(&self) -> String {
        let absolute = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let stem = if absolute.is_dir() { absolute.file_name() } else { absolute.file_stem() };
        let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
        let name: String = stem.unwrap_or_default().to_string_lossy().chars().map(plain).collect();
        match name.trim_matches('-') {
            "" => "run".to_owned(),
            name => name.to_owned(),
        }
    }

    pub(in crate::studio) fn warnings(&self) -> impl Iterator<Item = String> + '_ {
        let leak = self.dataset.grouped_by.is_none().then(|| {
            "tracks are grouped by nothing, so one artist may be in training and test (--group-by)"
                .to_owned()
        });
        self.warnings.iter().cloned().chain(leak)
    }

    /// Finds or makes the table, and joins it with the tracks.
    pub(in crate::studio) fn embed_and_join(
        &self,
        embeddings: &Embeddings,
        on_event: &mut dyn FnMut(TrainEvent),
        cancel: &CancelToken,
    ) -> Result<WithTable, TrainError> {
        let (table, unreadable) = match embeddings {
            _ if is_table(&self.path) => (self.path.clone(), BTreeMap::new()),
            Embeddings::Table(path) => (path.clone(), BTreeMap::new()),
            Embeddings::Model { model, precision, tail, cache } => {
                let encoder = ModelEncoder::load(model, *precision)?;
                std::fs::create_dir_all(cache)
                    .map_err(|source| TrainError::Cache { source, path: cache.clone() })?;
                let table = cache.join(cached_name(&self.path, model, *precision, *tail));
                let job = EmbedJob::new(&self.path, &table, encoder.plan(*tail));
                let open = open_audio(job.plan.clone());
                let mut tell = |event| on_event(TrainEvent::Embed(event));
                let summary =
                    embed_tracks(&job, self.listing(), &encoder, &open, &mut tell, cancel)?;
                let unreadable = summary.skipped.into_iter().map(|file| (file.path, file.reason));
                (table, unreadable.collect())
            }
        };
        let joined = join(&self.dataset, &self.splits, &Table::<SegmentPlace>::open(&table)?)?;
        let of_row = |Problem { path, line, reason }: &Problem| SkippedFile {
            path: path.clone(),
            reason: line.map_or_else(|| reason.clone(), |line| format!("line {line}: {reason}")),
        };
        let mut skipped: Vec<_> = self.dataset.problems.iter().map(of_row).collect();
        skipped.extend(joined.unused.into_iter().map(|unused| SkippedFile {
            reason:
                unreadable.get(&unused.path).cloned().unwrap_or_else(|| unused.reason.to_owned()),
            path: unused.path,
        }));
        skipped.sort();
        skipped.dedup();
        Ok(WithTable { examples: joined.examples, skipped, table })
    }

    /// The files to embed; parts of one file are one track of the table.
    fn listing(&self) -> Listing {
        let names = &self.dataset.labels;
        let tracks: BTreeMap<_, _> = self.dataset.tracks.iter().map(|t| (&t.id, t)).collect();
        let listed = tracks.into_values().map(|track| ListedTrack {
            id: track.id.clone(),
            path: std::path::absolute(&track.path).unwrap_or_else(|_| track.path.clone()),
            label: match track.labels[..] {
                [label] => Some(names[label as usize].clone()),
                _ => None,
            },
        });
        Listing { tracks: listed.collect(), ..Listing::default() }
    }
}

fn read_dataset(settings: &DataSettings) -> Result<Dataset, TrainError> {
    let path = &settings.source;
    if is_table(path) {
        return Ok(dataset_of_table(&Table::open(path)?, settings.group_by.as_ref())?);
    }
    let options = ReadOptions {
        layout: settings.layout,
        audio: settings.audio.clone(),
        group_by: settings.group_by.clone(),
        gtzan_filtered: settings.gtzan_filtered,
    };
    let dataset = read(path, &options)?;
    match dataset.problems.first() {
        Some(Problem { path, reason, .. }) if dataset.tracks.is_empty() => {
            Err(DatasetError::NoTracks { reason: reason.clone(), path: path.clone() }.into())
        }
        _ => Ok(dataset),
    }
}

fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "parquet")
}

/// One name for each source and way of embedding it.
fn cached_name(
    source: &Path,
    model: &ModelFolder,
    precision: Precision,
    tail: TailPolicy,
) -> String {
    let source = std::fs::canonicalize(source).unwrap_or_else(|_| source.to_owned());
    let key = format!("{}\0{}\0{precision}\0{tail}", source.display(), model.fingerprint());
    let digest = Sha256Digest::of(key.as_bytes()).to_string();
    format!("{}.parquet", &digest[..16])
}
