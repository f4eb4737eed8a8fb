//! The report of files that could not be used, beside the table that lacks them.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::write_atomic;

/// A file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// `TABLE.parquet` → `TABLE.parquet.skipped.csv`
pub(super) fn report_path(table: &Path) -> PathBuf {
    let mut path = table.as_os_str().to_owned();
    path.push(".skipped.csv");
    path.into()
}

/// The columns of a report.
const COLUMNS: [&str; 2] = ["path", "reason"];

/// Reads a report; nothing, if there is none.
pub(super) fn read_report(path: &Path) -> io::Result<Vec<Skipped>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut csv = csv::Reader::from_reader(bytes.as_slice());
    if !csv.headers()?.iter().eq(COLUMNS) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "its columns are not path and reason",
        ));
    }
    let skipped = |[path, reason]: [String; 2]| Skipped { path: path.into(), reason };
    csv.deserialize().map(|row| Ok(skipped(row?))).collect()
}

/// Writes the report, sorted by path, with columns `path` and `reason`; removes it if there is nothing to say.
pub(super) fn write_report(path: &Path, skipped: &mut [Skipped]) -> io::Result<()> {
    if skipped.is_empty() {
        return match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    skipped.sort();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(COLUMNS)?;
    for Skipped { path, reason } in skipped.iter() {
        csv.write_record([path.to_string_lossy().as_ref(), reason])?;
    }
    write_atomic(path, &csv.into_inner().map_err(csv::IntoInnerError::into_error)?)
}
