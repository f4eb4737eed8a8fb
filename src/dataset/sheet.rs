//! A list on disk → rows of cells, whatever its delimiter, its line ends and whether it has a header.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files::{extension_of, is_audio};
use super::{DatasetError, Problem};

/// What a column of files may be called, in lower case.
pub(super) const PATH_HEADERS: [&str; 7] =
    ["path", "file", "file_name", "filename", "audio", "file_path", "filepath"];

/// The cells of a list.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// The list.
    pub(super) path: PathBuf,
    /// Names of the columns as written.
    pub(super) headers: Vec<String>,
    /// The first line's number, from 1, and the cells; there are as many as headers.
    pub(super) rows: Vec<(u64, Vec<String>)>,
    /// Lines that cannot be read.
    pub(super) problems: Vec<Problem>,
    /// How it was read.
    pub(super) note: String,
}

/// Whether the extension is one of a list.
pub(super) fn is_list(path: &Path) -> bool {
    ["csv", "tsv", "jsonl"].contains(&extension_of(path).as_str())
}

/// Reads a `.jsonl` file as such and every other as delimited text.
pub(super) fn read(path: &Path) -> Result<Sheet, DatasetError> {
    let bytes =
        std::fs::read(path).map_err(|source| DatasetError::Io { source, path: path.to_owned() })?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    Ok(if extension_of(path) == "jsonl" { json_lines(bytes, path) } else { delimited(bytes, path) })
}

impl Sheet {
    /// The column that the first of these names, in lower case, is the header of.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        let named =
            |name: &&str| self.headers.iter().position(|header| header.to_lowercase() == *name);
        names.iter().find_map(named)
    }

    fn refuse(&mut self, line: u64, reason: String) {
        self.problems.push(Problem { path: self.path.clone(), line: Some(line), reason });
    }
}

fn delimited(bytes: &[u8], path: &Path) -> Sheet {
    let delimiter = delimiter_of(bytes);
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter).trim(csv::Trim::All);
    let mut reader = reader.from_reader(bytes);
    let name = match delimiter {
        b'\t' => "tabs",
        b';' => "semicolons",
        _ => "commas",
    };
    let mut sheet = Sheet {
        path: path.to_owned(),
        headers: Vec::new(),
        rows: Vec::new(),
        problems: Vec::new(),
        note: String::new(),
    };
    let mut record = csv::ByteRecord::new();
    let mut lines = LineCounter { bytes, at: 0, line: 1 };
    loop {
        // The parser's own count lags behind where lines end in CR LF.
        let line = lines.line_at(reader.position().byte());
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                sheet.refuse(line, format!("cannot be read ({error})"));
                break;
            }
        }
        let cells: Option<Vec<String>> =
            record.iter().map(|cell| String::from_utf8(cell.to_vec()).ok()).collect();
        match cells {
            None => sheet.refuse(line, "is not UTF-8; save the list as UTF-8".to_owned()),
            Some(cells) if cells.iter().all(String::is_empty) => {}
            Some(cells) if sheet.headers.is_empty() => {
                let (headers, is_header) = headers_of(&cells);
                let header = if is_header { "a header" } else { "no header" };
                sheet.note = format!("columns separated by {name}, {header}");
                sheet.headers = headers;
                if !is_header {
                    sheet.rows.push((line, cells));
                }
            }
            Some(cells) if cells.len() != sheet.headers.len() => {
                let (found, expected) = (cells.len(), sheet.headers.len());
                sheet.refuse(line, format!("has {found} cells, expected {expected}"));
            }
            Some(cells) => sheet.rows.push((line, cells)),
        }
    }
    sheet
}

/// Lines of a text up to a place in it; places come in ascending order.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line, from 1, of the first thing at or after this byte that is no line end.
    fn line_at(&mut self, byte: u64) -> u64 {
        let rest = self.bytes.iter().enumerate().skip(self.at);
        for (at, found) in rest {
            if at as u64 >= byte && !matches!(found, b'\n' | b'\r') {
                break;
            }
            self.at = at + 1;
            self.line += u64::from(*found == b'\n');
        }
        self.line
    }
}

/// The names of the columns, and whether the first line holds them. Without a header, the column that looks like files is
/// `path`, and the other one of two is `label`.
fn headers_of(first: &[String]) -> (Vec<String>, bool) {
    let is_path_header = |cell: &String| PATH_HEADERS.contains(&cell.to_lowercase().as_str());
    let path_column = first.iter().position(|cell| names_file(cell));
    match path_column {
        Some(column) if !first.iter().any(is_path_header) => {
            let name = |i: usize| match i {
                _ if i == column => "path".to_owned(),
                _ if first.len() == 2 => "label".to_owned(),
                _ => format!("column {}", i + 1),
            };
            ((0..first.len()).map(name).collect(), false)
        }
        _ => (first.to_vec(), true),
    }
}

/// Whether the cell ends in an extension of audio, or of an array computed from audio.
fn names_file(cell: &str) -> bool {
    let path = Path::new(cell);
    is_audio(path) || ["npy", "npz", "pt"].contains(&extension_of(path).as_str())
}

/// A tab if the first line has one, otherwise the one that makes a header of it, or the more frequent one.
fn delimiter_of(bytes: &[u8]) -> u8 {
    let lines = bytes.split(|&byte| byte == b'\n' || byte == b'\r');
    let line = lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
    if line.contains(&b'\t') {
        return b'\t';
    }
    let text = String::from_utf8_lossy(line).to_lowercase();
    let makes_header = |delimiter: &u8| {
        let mut cells =
            text.split(char::from(*delimiter)).map(|cell| cell.trim().trim_matches('"'));
        text.contains(char::from(*delimiter)) && cells.any(|cell| PATH_HEADERS.contains(&cell))
    };
    let count = |delimiter: &u8| line.iter().filter(|byte| *byte == delimiter).count();
    let candidates = [b';', b','];
    let best = candidates.into_iter().find(makes_header);
    best.or_else(|| candidates.into_iter().max_by_key(count)).unwrap_or(b',')
}

/// One object a line; the columns are the names that occur, cells of several values are joined with `|`.
fn json_lines(bytes: &[u8], path: &Path) -> Sheet {
    let mut sheet = Sheet {
        path: path.to_owned(),
        headers: Vec::new(),
        rows: Vec::new(),
        problems: Vec::new(),
        note: "one JSON object a line".to_owned(),
    };
    let mut objects = Vec::new();
    for (line, text) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<serde_json::Map<String, Value>>(text) {
            Ok(object) => objects.push((line, object)),
            Err(error) => sheet.refuse(line, format!("is no JSON object ({error})")),
        }
    }
    for name in objects.iter().flat_map(|(_, object)| object.keys()) {
        if !sheet.headers.contains(name) {
            sheet.headers.push(name.clone());
        }
    }
    let cell = |object: &serde_json::Map<String, Value>, name| {
        object.get(name).map_or_else(String::new, text_of)
    };
    for (line, object) in &objects {
        let cells = sheet.headers.iter().map(|name| cell(object, name)).collect();
        sheet.rows.push((*line, cells));
    }
    sheet
}

/// A JSON value as the cell of a table.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join("|"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        delimited(text.as_bytes(), Path::new("list.csv"))
    }

    #[test]
    fn a_list_without_a_header_is_known_by_its_paths_whatever_its_line_ends() {
        for ends in ["\n", "\r\n"] {
            let found =
                sheet(&["blu\tblues/blues.00000.npy", "cla\tclassical/a, b.npy", ""].join(ends));
            assert_eq!(found.headers, ["label", "path"]);
            assert_eq!(found.rows.len(), 2);
            assert_eq!(found.rows[1], (2, vec!["cla".to_owned(), "classical/a, b.npy".to_owned()]));
        }
        assert_eq!(sheet("a.wav,rock\nb.wav,jazz\n").headers, ["path", "label"]);
    }

    #[test]
    fn delimiters_are_told_by_the_header() {
        assert_eq!(sheet("Genre;File\nrock;a.wav\n").headers, ["Genre", "File"]);
        assert_eq!(sheet("file,label\na.wav,rock;pop;soul\n").rows[0].1[1], "rock;pop;soul");
        assert_eq!(sheet("\"path\",\"label\"\n\"a, b.wav\",rock\n").rows[0].1[0], "a, b.wav");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_the_others_are_kept() {
        let found = delimited(
            b"path,label\na.wav,rock\nb.wav\nc\xff.wav,rock\nd.wav,jazz\n",
            Path::new("l.csv"),
        );
        assert_eq!(found.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 5]);
        let told: Vec<_> = found.problems.iter().map(|p| (p.line, p.reason.as_str())).collect();
        assert_eq!(
            told,
            [
                (Some(3), "has 1 cells, expected 2"),
                (Some(4), "is not UTF-8; save the list as UTF-8")
            ]
        );
    }

    #[test]
    fn json_lines_become_the_same_rows() {
        let text = b"{\"file_name\": \"a.wav\", \"label\": [\"rock\", \"pop\"]}\n\nnot json\n{\"file_name\": \"b.wav\", \"label\": 3}\r\n";
        let found = json_lines(text, Path::new("metadata.jsonl"));
        assert_eq!(found.headers, ["file_name", "label"]);
        assert_eq!(found.rows[0], (1, vec!["a.wav".to_owned(), "rock|pop".to_owned()]));
        assert_eq!(found.rows[1], (4, vec!["b.wav".to_owned(), "3".to_owned()]));
        assert_eq!(found.problems[0].line, Some(3));
    }
}
