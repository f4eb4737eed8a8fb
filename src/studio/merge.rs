//! The tables of shards, and their reports of skipped files → one table with one report.

use std::path::{Path, PathBuf};

use super::output::{OutputError, check_file};
use super::skipped::{Skipped, read_report, report_path, write_report};
use crate::embeddings::{self, MergeSummary, TableError};
use crate::job::CancelToken;

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The table.
    pub table: MergeSummary,
    /// Files that could not be used, over all shards, sorted by path; each is told once.
    pub skipped: Vec<Skipped>,
    /// Where they are listed, if there are any: `TABLE.parquet.skipped.csv`.
    pub report: PathBuf,
}

/// Why nothing was merged, or the report not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The output has no folder to lie in.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The tables cannot be merged.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The report beside a shard is something else.
    #[error("cannot read the report of skipped files ({source}), move it away: {}", path.display())]
    ReadReport {
        /// What is wrong.
        source: std::io::Error,
        /// The report.
        path: PathBuf,
    },
    /// The table is there, its report is not.
    #[error("cannot write the report of skipped files ({source}): {}", path.display())]
    WriteReport {
        /// What the system said.
        source: std::io::Error,
        /// The report.
        path: PathBuf,
    },
}

/// Merges tables as [`embeddings::merge`] does, and the reports beside them into the one beside `output`.
///
/// # Errors
/// As there; or the output's folder does not exist, or a report cannot be read or written.
pub fn merge(
    inputs: &[PathBuf],
    output: &Path,
    cancel: &CancelToken,
) -> Result<Merged, MergeError> {
    check_file(output)?;
    let mut skipped = Vec::new();
    for path in inputs.iter().map(|table| report_path(table)) {
        let report = read_report(&path);
        skipped.extend(report.map_err(|source| MergeError::ReadReport { source, path })?);
    }
    // What no shard can read, such as a folder, is in the report of each.
    skipped.sort();
    skipped.dedup();
    let table = embeddings::merge(inputs, output, cancel)?;
    let report = report_path(output);
    if let Err(source) = write_report(&report, &mut skipped) {
        return Err(MergeError::WriteReport { source, path: report });
    }
    Ok(Merged { table, skipped, report })
}
