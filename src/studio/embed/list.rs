//! A CSV or TSV file that names audio files → paths and labels.
//!
//! The first line names the columns, in any order and case; the delimiter is a comma, semicolon or tab. Other columns are
//! left alone.

use std::path::{Path, PathBuf};

/// Headers of the column that names files, in lower case; the first of them that is there counts.
const PATH_HEADERS: [&str; 5] = ["path", "file", "file_name", "filename", "audio"];
/// Headers of the column that names classes, likewise.
const LABEL_HEADERS: [&str; 5] = ["label", "genre", "instrument", "class", "target"];

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The system refuses.
    #[error("cannot read the list ({source}): {}", path.display())]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// The list.
        path: PathBuf,
    },
    /// A line that does not parse.
    #[error("malformed list ({source}): {}", path.display())]
    Malformed {
        /// What the parser said.
        source: csv::Error,
        /// The list.
        path: PathBuf,
    },
    /// No column of files.
    #[error(
        "the first line of the list names the columns {}, expected one called {} with the audio files, and for labels, if \
         there are any, one called {}: {}",
        found.join(", "), alternatives(&PATH_HEADERS), alternatives(&LABEL_HEADERS), path.display()
    )]
    NoPathColumn {
        /// The columns, quoted.
        found: Vec<String>,
        /// The list.
        path: PathBuf,
    },
    /// Nothing below the first line, or not even that.
    #[error("the list names no file: {}", path.display())]
    Empty {
        /// The list.
        path: PathBuf,
    },
    /// A row without a file.
    #[error("line {line} of the list names no file: {}", path.display())]
    NoPath {
        /// The line, from 1.
        line: u64,
        /// The list.
        path: PathBuf,
    },
}

/// `a, b or c`
fn alternatives(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The files of a list as written, with their labels.
pub(super) fn read(list: &Path) -> Result<Vec<(String, Option<String>)>, ListError> {
    let bytes =
        std::fs::read(list).map_err(|source| ListError::Io { source, path: list.to_owned() })?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let malformed = |source| ListError::Malformed { source, path: list.to_owned() };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(delimiter_of(bytes)).trim(csv::Trim::All).from_reader(bytes);
    let headers = reader.headers().map_err(malformed)?.clone();
    if headers.is_empty() {
        return Err(ListError::Empty { path: list.to_owned() });
    }
    let position = |name: &&str| headers.iter().position(|header| header.to_lowercase() == **name);
    let column = |names: &[&str]| names.iter().find_map(position);
    let Some(path_column) = column(&PATH_HEADERS) else {
        let found = headers.iter().map(|header| format!("{header:?}")).collect();
        return Err(ListError::NoPathColumn { found, path: list.to_owned() });
    };
    let label_column = column(&LABEL_HEADERS);
    let mut files = Vec::new();
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let cell = |column: usize| record.get(column).filter(|cell| !cell.is_empty());
        let Some(file) = cell(path_column) else {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(ListError::NoPath { line, path: list.to_owned() });
        };
        files.push((file.to_owned(), label_column.and_then(cell).map(str::to_owned)));
    }
    if files.is_empty() {
        return Err(ListError::Empty { path: list.to_owned() });
    }
    Ok(files)
}

/// The one that the first line has most of.
fn delimiter_of(bytes: &[u8]) -> u8 {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| line.iter().filter(|byte| *byte == delimiter).count();
    let most = [b'\t', b';', b','].into_iter().max_by_key(count);
    most.unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<(String, Option<String>)>, ListError> {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.tsv");
        std::fs::write(&list, text).unwrap();
        read(&list)
    }

    #[test]
    fn quotes_tabs_and_empty_labels_are_understood() {
        let files = read_text("path\tlabel\n\"a, b.wav\"\trock\nc.wav\t\n").unwrap();
        let wanted = [("a, b.wav".to_owned(), Some("rock".to_owned())), ("c.wav".to_owned(), None)];
        assert_eq!(files, wanted);
        assert_eq!(read_text("path\na.wav\n").unwrap(), [("a.wav".to_owned(), None)]);
        let files = read_text("audio;Class; File ;genre\nx;y;a.wav;rock\n").unwrap();
        assert_eq!(files, [("a.wav".to_owned(), Some("rock".to_owned()))]);
    }

    #[test]
    fn a_malformed_list_says_what_is_wrong() {
        let error = |text| read_text(text).unwrap_err().to_string();
        assert!(error("rock,a.wav\n").starts_with(
            "the first line of the list names the columns \"rock\", \"a.wav\", expected one called path, file, file_name, \
             filename or audio with the audio files, and for labels, if there are any, one called label, genre, instrument, \
             class or target: "
        ));
        for empty in ["", "\n", "path,label\n"] {
            assert!(error(empty).starts_with("the list names no file: "), "{empty:?}");
        }
        assert!(error("path,label\na.wav,rock\n,jazz\n").starts_with("line 3 of the list"));
        assert!(error("path,label\na.wav\n").starts_with("malformed list"));
    }
}
