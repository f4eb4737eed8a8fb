//! The folder of a run: what is in it already, and what may be replaced.

use std::io;
use std::path::{Path, PathBuf};

use super::{SonifiedItem, SonifyError, SonifyRecord, SonifySettings};
use crate::files::write_atomic;
use crate::studio::rendering::{RenderError, digest};

/// The record's file name.
const RECORD: &str = "sonify.json";

/// A folder whose record is of this run.
#[derive(Debug)]
pub(super) struct OutputFolder {
    path: PathBuf,
    pub(super) record: SonifyRecord,
    n_digits: usize,
}

impl OutputFolder {
    /// Makes the folder, or goes on with what the same run left in it.
    pub(super) fn open(
        path: &Path,
        settings: SonifySettings,
        n_items: usize,
        overwrite: bool,
    ) -> Result<Self, SonifyError> {
        let n_digits = (n_items - 1).to_string().len().max(3);
        let record = SonifyRecord { schema: SonifyRecord::SCHEMA, settings, items: Vec::new() };
        let mut folder = Self { path: path.to_owned(), record, n_digits };
        let earlier = folder.earlier()?;
        match earlier {
            Earlier::Same(items) => folder.take_over(items, overwrite)?,
            Earlier::Nothing => folder.check_free(n_items, overwrite)?,
            Earlier::Other { difference, .. } if !overwrite => {
                return Err(SonifyError::OtherRun { difference, path: path.to_owned() });
            }
            Earlier::Other { items, .. } => {
                folder.remove(&items)?;
                folder.check_free(n_items, overwrite)?;
            }
        }
        if !path.is_dir() {
            std::fs::create_dir(path).map_err(RenderError::io("make the folder", path))?;
        }
        folder.write_record()?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file_name(&self, index: usize) -> String {
        format!("{index:0width$}.wav", width = self.n_digits)
    }

    pub(super) fn n_done(&self) -> usize {
        self.record.items.len()
    }

    pub(super) fn holds(&self, index: usize) -> bool {
        self.record.items.binary_search_by_key(&index, |item| item.index).is_ok()
    }

    pub(super) fn add(&mut self, item: SonifiedItem) {
        let at = self.record.items.partition_point(|earlier| earlier.index < item.index);
        self.record.items.insert(at, item);
    }

    pub(super) fn write_record(&self) -> Result<(), RenderError> {
        let path = self.path.join(RECORD);
        let json = serde_json::to_string_pretty(&self.record).map_err(io::Error::from);
        json.and_then(|json| write_atomic(&path, (json + "\n").as_bytes()))
            .map_err(RenderError::io("write", &path))
    }

    /// What a record in the folder says.
    fn earlier(&self) -> Result<Earlier, RenderError> {
        let path = self.path.join(RECORD);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Earlier::Nothing),
            Err(error) => return Err(RenderError::io("read", &path)(error)),
        };
        let Ok(SonifyRecord { schema: SonifyRecord::SCHEMA, settings, items }) =
            serde_json::from_slice(&bytes)
        else {
            let difference = "sonify.json is of another form".to_owned();
            return Ok(Earlier::Other { difference, items: Vec::new() });
        };
        if self.record.settings == settings {
            return Ok(Earlier::Same(items));
        }
        Ok(Earlier::Other { difference: self.record.settings.differences(&settings), items })
    }

    /// Keeps the sounds of an earlier part of this run that are still as they were written.
    fn take_over(&mut self, items: Vec<SonifiedItem>, overwrite: bool) -> Result<(), SonifyError> {
        for item in items {
            let path = self.path.join(&item.file);
            if item.file != self.file_name(item.index) || !path.exists() {
                continue;
            }
            match digest(&path)?.is_some_and(|found| found == item.sha256) {
                true => self.add(item),
                false if overwrite => {}
                false => return Err(SonifyError::InTheWay { path }),
            }
        }
        Ok(())
    }

    fn check_free(&self, n_items: usize, overwrite: bool) -> Result<(), SonifyError> {
        let mut paths = (0..n_items).map(|index| self.path.join(self.file_name(index)));
        match paths.find(|path| !overwrite && path.exists()) {
            Some(path) => Err(SonifyError::InTheWay { path }),
            None => Ok(()),
        }
    }

    /// Removes the sounds that another run's record lists, so that none outlives its record.
    fn remove(&self, items: &[SonifiedItem]) -> Result<(), RenderError> {
        for SonifiedItem { file, .. } in items {
            let stem = file.strip_suffix(".wav").unwrap_or_default();
            let is_ours = !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit());
            let path = self.path.join(file);
            if is_ours && path.exists() {
                std::fs::remove_file(&path).map_err(RenderError::io("remove", &path))?;
            }
        }
        Ok(())
    }
}

/// What is in the folder.
enum Earlier {
    Nothing,
    /// A part of this run.
    Same(Vec<SonifiedItem>),
    /// Another run.
    Other {
        difference: String,
        items: Vec<SonifiedItem>,
    },
}
