//! The folder that a pretraining works in.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::PretrainError;
use crate::files::write_atomic;
use crate::pretraining::Measured;
use crate::weights::{Precision, Weights};

/// One folder for all stages.
///
/// ```text
/// pool/  latents/                        audio and what the codec makes of it, decoded once
/// STAGE.checkpoint.safetensors           to go on from
/// STAGE.history.csv                      what was measured on the way
/// STAGE.safetensors                      the tensors of a finished stage
/// skipped.csv                            files that are not in the pool, with reasons
/// .lock                                  held by the process that works here
/// ```
#[derive(Debug)]
pub(super) struct Work {
    path: PathBuf,
    /// Locked as long as this lives; `None` where nothing is written.
    _lock: Option<File>,
}

impl Work {
    /// The folder, made if it is not there, to be worked in.
    pub(super) fn create(path: &Path) -> Result<Self, PretrainError> {
        fs::create_dir_all(path)
            .map_err(|source| PretrainError::Io { source, path: path.to_owned() })?;
        Self { path: path.to_owned(), _lock: None }.locked()
    }

    /// A folder that an earlier stage made, to be read.
    pub(super) fn open(path: &Path) -> Result<Self, PretrainError> {
        if path.is_dir() {
            Ok(Self { path: path.to_owned(), _lock: None })
        } else {
            Err(PretrainError::NoWork { path: path.to_owned() })
        }
    }

    /// Keeps other processes from working here: two would write one checkpoint by turns.
    pub(super) fn locked(self) -> Result<Self, PretrainError> {
        let path = self.path.join(".lock");
        let io = |source| PretrainError::Io { source, path: path.clone() };
        let file = File::create(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _lock: Some(file), ..self }),
            Err(TryLockError::WouldBlock) => Err(PretrainError::Busy { path: self.path }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    pub(super) fn pool(&self) -> PathBuf {
        self.path.join("pool")
    }

    pub(super) fn latents(&self) -> PathBuf {
        self.path.join("latents")
    }

    pub(super) fn checkpoint(&self, stage: &str) -> PathBuf {
        self.path.join(format!("{stage}.checkpoint.safetensors"))
    }

    pub(super) fn weights(&self, stage: &str) -> PathBuf {
        self.path.join(format!("{stage}.safetensors"))
    }

    /// The tensors of a stage that must be finished by now.
    pub(super) fn finished(&self, stage: &'static str) -> Result<Weights, PretrainError> {
        let path = self.weights(stage);
        if !path.is_file() {
            return Err(PretrainError::Unfinished { stage, path: self.path.clone() });
        }
        Ok(Weights::map(&path)?)
    }

    /// Keeps the tensors of a finished stage.
    pub(super) fn finish(&self, stage: &str, weights: &Weights) -> Result<PathBuf, PretrainError> {
        let path = self.weights(stage);
        let part = self.path.join(format!(".{stage}.safetensors.part"));
        weights.save(&part, Precision::F32)?;
        File::open(&part)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&part, &path))
            .map_err(|source| PretrainError::Io { source, path: path.clone() })?;
        Ok(path)
    }

    /// Forgets how far a stage is.
    pub(super) fn restart(&self, stage: &str) -> Result<(), PretrainError> {
        for path in [self.weights(stage), self.checkpoint(stage)] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(PretrainError::Io { source, path });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes what was measured, one row a measurement.
    pub(super) fn write_history(
        &self,
        stage: &str,
        history: &[Measured],
    ) -> Result<(), PretrainError> {
        let figures: Vec<&str> = history
            .first()
            .map(|first| first.figures.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let mut header = vec!["step", "training_loss", "held_out_loss"];
        header.extend(&figures);
        header.push("seconds");
        let rows = history.iter().map(|measured| {
            let Measured { step, training_loss, held_out_loss, seconds, .. } = measured;
            let mut row =
                vec![step.to_string(), training_loss.to_string(), held_out_loss.to_string()];
            row.extend(figures.iter().map(|name| {
                measured.figures.get(*name).map(ToString::to_string).unwrap_or_default()
            }));
            row.push(format!("{seconds:.1}"));
            row
        });
        self.write_sheet(&format!("{stage}.history.csv"), &header, rows)
    }

    /// Writes which files are not in the pool.
    pub(super) fn write_skipped<'a>(
        &self,
        skipped: impl Iterator<Item = (&'a Path, &'a str)>,
    ) -> Result<(), PretrainError> {
        let rows =
            skipped.map(|(path, reason)| vec![path.display().to_string(), reason.to_owned()]);
        self.write_sheet("skipped.csv", &["path", "reason"], rows)
    }

    fn write_sheet(
        &self,
        name: &str,
        header: &[&str],
        rows: impl Iterator<Item = Vec<String>>,
    ) -> Result<(), PretrainError> {
        let path = self.path.join(name);
        let io = |source| PretrainError::Io { source, path: path.clone() };
        let mut writer = csv::Writer::from_writer(Vec::new());
        let wrote = writer
            .write_record(header)
            .and_then(|()| rows.into_iter().try_for_each(|row| writer.write_record(row)));
        wrote.map_err(io::Error::other).map_err(io)?;
        let bytes = writer.into_inner().map_err(|error| io(io::Error::other(error.to_string())))?;
        write_atomic(&path, &bytes).map_err(io)
    }
}
