//! The folder itself: where things lie in it, and how they are read and written.

use std::path::{Path, PathBuf};

use super::tracks::{read_lines, read_tracks, write_lines, write_tracks};
use super::{EditLog, HistoryRow, RunError, RunSettings, SkippedFile, Status};
use crate::classifier::{BundleError, Classifier, TensorFileError};
use crate::dataset::{Dataset, Layout};
use crate::embeddings::{SegmentPlace, Table};
use crate::examples::{Examples, JoinError, join};
use crate::files::{AtomicFile, write_atomic};

/// A folder with a `run.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

/// A run as a list shows it.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// Its folder.
    pub folder: RunFolder,
    /// What its `status.json` says; an error if that is damaged.
    pub status: Result<Status, String>,
    /// Whether there is a classifier in it.
    pub has_model: bool,
}

impl RunSummary {
    /// Reads how far a run is.
    pub fn of(folder: RunFolder) -> Self {
        let status = folder.status().map_err(|error| error.to_string());
        let has_model = folder.model_path().exists();
        Self { folder, status, has_model }
    }
}

impl RunFolder {
    /// Opens a run.
    ///
    /// # Errors
    /// It is not there, or has no `run.toml`.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let run = Self { path: path.to_owned() };
        match (run.settings_path().is_file(), path.exists()) {
            (true, _) => Ok(run),
            (false, true) => Err(RunError::NotARun { path: path.to_owned() }),
            (false, false) => Err(RunError::NoFolder { path: path.to_owned() }),
        }
    }

    /// Whether [`RunFolder::create`] will find its place, as far as that can be known before there is anything to keep.
    ///
    /// # Errors
    /// `root` is no folder, or the name is none or taken.
    pub fn check_free(root: &Path, name: Option<&str>) -> Result<(), RunError> {
        if root.exists() && !root.is_dir() {
            let refused = std::io::ErrorKind::NotADirectory.into();
            return Err(RunError::io("make runs in", root)(refused));
        }
        let Some(name) = name else { return Ok(()) };
        check_name(name)?;
        let path = root.join(name);
        match path.exists() && !is_empty_folder(&path) {
            true => Err(RunError::taken(path)),
            false => Ok(()),
        }
    }

    /// Makes a new run below `root`: under `name`, which must be free, or under `base`, `base-2`, `base-3`, …
    ///
    /// # Errors
    /// The name is none or taken, or the folder cannot be made.
    pub fn create(root: &Path, name: Option<&str>, base: &str) -> Result<Self, RunError> {
        if let Some(name) = name {
            check_name(name)?;
        }
        std::fs::create_dir_all(root).map_err(RunError::io("make the folder", root))?;
        let candidates = (1..).map(|n| match (name, n) {
            (Some(name), _) => name.to_owned(),
            (None, 1) => base.to_owned(),
            (None, n) => format!("{base}-{n}"),
        });
        for candidate in candidates {
            let path = root.join(candidate);
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    if is_empty_folder(&path) {
                        return Ok(Self { path });
                    }
                    if name.is_some() {
                        return Err(RunError::taken(path));
                    }
                }
                Err(source) => return Err(RunError::io("make the folder", &path)(source)),
            }
        }
        unreachable!("the candidates do not end")
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name.
    pub fn name(&self) -> String {
        let absolute = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        absolute.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// `run.toml`
    pub fn settings_path(&self) -> PathBuf {
        self.path.join("run.toml")
    }

    /// `model.safetensors`
    pub fn model_path(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// `checkpoint.safetensors`
    pub fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }

    /// `data/embeddings.parquet`
    pub fn table_path(&self) -> PathBuf {
        self.path.join("data").join("embeddings.parquet")
    }

    /// `data/skipped.csv`
    pub fn skipped_path(&self) -> PathBuf {
        self.path.join("data").join("skipped.csv")
    }

    /// `evaluation/`, with a folder for each set of tracks that the run was measured on.
    pub fn evaluations_path(&self) -> PathBuf {
        self.path.join("evaluation")
    }

    /// `sounds/`
    pub fn sounds_path(&self) -> PathBuf {
        self.path.join("sounds")
    }

    /// `edits.jsonl`
    pub fn edits_path(&self) -> PathBuf {
        self.path.join("edits.jsonl")
    }

    /// `exports/`
    pub fn exports_path(&self) -> PathBuf {
        self.path.join("exports")
    }

    fn tracks_path(&self) -> PathBuf {
        self.path.join("data").join("tracks.csv")
    }

    fn status_path(&self) -> PathBuf {
        self.path.join("status.json")
    }

    fn history_path(&self) -> PathBuf {
        self.path.join("history.csv")
    }

    /// What it was asked to learn.
    ///
    /// # Errors
    /// As [`RunSettings::read`].
    pub fn settings(&self) -> Result<RunSettings, RunError> {
        RunSettings::read(&self.settings_path())
    }

    /// How far it is.
    ///
    /// # Errors
    /// The file is not there or damaged.
    pub fn status(&self) -> Result<Status, RunError> {
        let path = self.status_path();
        let bytes = std::fs::read(&path).map_err(RunError::io("read", &path))?;
        serde_json::from_slice(&bytes).map_err(|error| RunError::damaged(&path, error))
    }

    /// Replaces the status.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_status(&self, status: &Status) -> Result<(), RunError> {
        write_json(&self.status_path(), status)
    }

    /// The evaluations of the training, oldest first; none before the first.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn history(&self) -> Result<Vec<HistoryRow>, RunError> {
        match self.history_path().exists() {
            true => read_lines(&self.history_path()),
            false => Ok(Vec::new()),
        }
    }

    /// Replaces the history.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_history(&self, rows: &[HistoryRow]) -> Result<(), RunError> {
        write_lines(&self.history_path(), &["step"], rows)
    }

    /// What could not be used.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn skipped(&self) -> Result<Vec<SkippedFile>, RunError> {
        match self.skipped_path().exists() {
            true => read_lines(&self.skipped_path()),
            false => Ok(Vec::new()),
        }
    }

    /// Keeps what the run learns from: its tracks, what it could not use, and its own copy of the table.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_data(
        &self,
        examples: &Examples,
        skipped: &[SkippedFile],
        table: &Path,
    ) -> Result<(), RunError> {
        let data = self.path.join("data");
        std::fs::create_dir_all(&data).map_err(RunError::io("make the folder", &data))?;
        write_tracks(&self.tracks_path(), &examples.tracks, &examples.labels)?;
        write_lines(&self.skipped_path(), &["path", "reason"], skipped)?;
        let copy = self.table_path();
        let copied = AtomicFile::create(&copy).and_then(|mut to| {
            std::io::copy(&mut std::fs::File::open(table)?, &mut to)?;
            to.commit()
        });
        copied.map_err(RunError::io("copy the table to", &copy))
    }

    /// What the run learned from, as [`RunFolder::write_data`] kept it.
    ///
    /// # Errors
    /// A file is missing or damaged, or the two do not belong together.
    pub fn examples(&self) -> Result<Examples, RunError> {
        if !self.tracks_path().exists() && !self.table_path().exists() {
            let hint = "it was imported without a table; import it again with --table";
            let (what, path) = ("data that it learned from", self.path.join("data"));
            return Err(RunError::Missing { what, hint, path });
        }
        let status = self.status()?;
        let labels = status.labels;
        let tracks = read_tracks(&self.tracks_path(), &labels)?;
        let splits: Vec<_> = tracks.iter().map(|track| track.split).collect();
        let settings = self.settings()?;
        let dataset = Dataset {
            layout: Layout::List,
            root: self.path.clone(),
            multi_label: settings.training.is_multi_label(),
            grouped_by: status.grouped_by,
            labels,
            tracks,
            ignored: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        };
        let table = Table::<SegmentPlace>::open(&self.table_path())?;
        match join(&dataset, &splits, &table) {
            Ok(joined) => Ok(joined.examples),
            Err(JoinError::Table(error)) => Err(RunError::Table(error)),
            Err(error) => Err(RunError::damaged(&self.table_path(), error)),
        }
    }

    /// The classifier with the edits in force: what everything downstream uses.
    ///
    /// # Errors
    /// There is none yet, or a file is damaged.
    pub fn classifier(&self) -> Result<Classifier, RunError> {
        self.edit_log()?.replay(self.trained_classifier()?)
    }

    /// What was changed since training.
    ///
    /// # Errors
    /// As [`EditLog::read`].
    pub fn edit_log(&self) -> Result<EditLog, RunError> {
        EditLog::read(&self.edits_path())
    }

    /// The classifier as training left it.
    ///
    /// # Errors
    /// There is none yet, or its file is damaged.
    pub fn trained_classifier(&self) -> Result<Classifier, RunError> {
        let path = self.model_path();
        if !path.exists() {
            let (what, hint) = ("trained model", "go on with it by `pecmae train --resume`");
            return Err(RunError::Missing { what, hint, path });
        }
        Classifier::load(&path).map_err(|error| RunError::damaged(&path, error))
    }

    /// Keeps the classifier.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_classifier(&self, classifier: &Classifier) -> Result<(), RunError> {
        let path = self.model_path();
        classifier.save(&path).map_err(|error| match error {
            BundleError::File(TensorFileError::Write { source, .. }) => {
                RunError::io("write", &path)(source)
            }
            other => RunError::damaged(&path, other),
        })
    }
}

/// An empty folder is what a run that died at once has left.
fn is_empty_folder(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut found| found.next().is_none())
}

/// The runs below a folder, by name; a folder that is none is passed over.
///
/// # Errors
/// The folder cannot be listed; one that does not exist has no runs.
pub fn list_runs(root: &Path) -> Result<Vec<RunSummary>, RunError> {
    let entries = match std::fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(RunError::io("list the folder", root)(source)),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let path = entry.map_err(RunError::io("list the folder", root))?.path();
        if let Ok(folder) = RunFolder::open(&path) {
            runs.push(RunSummary::of(folder));
        }
    }
    runs.sort_by(|a, b| a.folder.path.cmp(&b.folder.path));
    Ok(runs)
}

/// Writes JSON for people and programs, whole or not at all.
pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), RunError> {
    let json =
        serde_json::to_string_pretty(value).map_err(|error| RunError::damaged(path, error))?;
    write_atomic(path, (json + "\n").as_bytes()).map_err(RunError::io("write", path))
}

/// Whether a run may be called so.
///
/// # Errors
/// It may not.
pub fn check_name(name: &str) -> Result<(), RunError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_name = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
    match is_name {
        true => Ok(()),
        false => Err(RunError::Name { name: name.to_owned() }),
    }
}
