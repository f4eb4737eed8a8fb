//! `tracks.csv` and `skipped.csv`: what a run learned from, and what it could not use.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunError;
use crate::dataset::Split;
use crate::examples::ExampleTrack;
use crate::files::write_atomic;

/// Between the labels of one track.
const LABEL_SEPARATOR: char = ';';

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkippedFile {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// A line of `tracks.csv`.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    id: String,
    path: String,
    label: String,
    split: Option<Split>,
    group: Option<String>,
    start_s: Option<f64>,
    end_s: Option<f64>,
    sha256: String,
}

pub(super) fn write_tracks(
    path: &Path,
    tracks: &[ExampleTrack],
    labels: &[String],
) -> Result<(), RunError> {
    let lines = tracks.iter().map(|track| {
        let names: Vec<_> =
            track.labels.iter().map(|label| labels[*label as usize].as_str()).collect();
        Line {
            id: track.id.clone(),
            path: track.path.clone(),
            label: names.join(&LABEL_SEPARATOR.to_string()),
            split: track.split,
            group: track.group.clone(),
            start_s: track.start_s,
            end_s: track.end_s,
            sha256: track.content.to_string(),
        }
    });
    write_lines(path, &["id", "path", "label"], &lines.collect::<Vec<_>>())
}

/// What [`write_tracks`] wrote, as much as the data set knew of each track; paths and digests are the table's.
pub(super) fn read_tracks(
    path: &Path,
    labels: &[String],
) -> Result<Vec<crate::dataset::TrackEntry>, RunError> {
    let damaged = |error: &dyn ToString| RunError::damaged(path, error.to_string());
    let lines: Vec<Line> = read_lines(path)?;
    let entry = |line: Line| {
        let number = |name: &str| {
            let found = labels.iter().position(|label| label == name);
            found.map(|i| i as u32).ok_or_else(|| damaged(&format!("unknown label {name:?}")))
        };
        let names = line.label.split(LABEL_SEPARATOR).filter(|name| !name.is_empty());
        Ok(crate::dataset::TrackEntry {
            id: line.id,
            path: line.path.into(),
            labels: names.map(number).collect::<Result<_, _>>()?,
            split: line.split,
            // Which fold a run tests is said by its splits.
            fold: None,
            group: line.group,
            start_s: line.start_s,
            end_s: line.end_s,
        })
    };
    lines.into_iter().map(entry).collect()
}

/// Writes a CSV file, whole or not at all; `header` stands where there is no line to take one from.
pub(super) fn write_lines<T: Serialize>(
    path: &Path,
    header: &[&str],
    lines: &[T],
) -> Result<(), RunError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if lines.is_empty() {
        writer.write_record(header).map_err(|error| RunError::damaged(path, error))?;
    }
    for line in lines {
        writer.serialize(line).map_err(|error| RunError::damaged(path, error))?;
    }
    let bytes = writer.into_inner().map_err(|error| RunError::damaged(path, error))?;
    write_atomic(path, &bytes).map_err(RunError::io("write", path))
}

pub(super) fn read_lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, RunError> {
    let bytes = std::fs::read(path).map_err(RunError::io("read", path))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| RunError::damaged(path, error))
}
