//! The rows of lists → tracks, each matched with its audio file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::draft::{Draft, Drafts};
use super::files::{AudioFile, absolute, is_audio, not_unicode, track_id};
use super::sheet::{PATH_HEADERS, Sheet};
use super::{DatasetError, GroupBy, Problem, Split};

const LABEL_HEADERS: [&str; 9] =
    ["label", "labels", "class", "genre", "instrument", "category", "tags", "tag", "target"];
const SPLIT_HEADERS: [&str; 3] = ["split", "subset", "fold"];
const GROUP_HEADERS: [&str; 5] = ["group", "artist", "artist_id", "song_id", "track"];

/// Which column says what.
struct Columns {
    path: usize,
    label: usize,
    split: Option<usize>,
    group: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
}

/// Whether a list has a column of files and one of classes.
pub(super) fn is_complete(sheet: &Sheet) -> bool {
    sheet.column(&PATH_HEADERS).is_some() && sheet.column(&LABEL_HEADERS).is_some()
}

/// Where rows look for their files.
pub(super) struct AudioIndex<'a> {
    /// The folder that ids are below.
    root: &'a Path,
    audio: Vec<AudioFile>,
    by_stem: HashMap<String, Vec<usize>>,
}

impl<'a> AudioIndex<'a> {
    pub(super) fn new(root: &'a Path, audio: Vec<AudioFile>) -> Self {
        let mut by_stem: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, file) in audio.iter().enumerate() {
            by_stem.entry(stem_of(file.name()).to_owned()).or_default().push(i);
        }
        Self { root, audio, by_stem }
    }

    /// The file that a row of a list in `folder` names, or why there is none.
    fn find(&self, folder: &Path, cell: &str) -> Result<AudioFile, String> {
        let slashed = cell.replace('\\', "/");
        for name in [cell, slashed.as_str()] {
            for folder in [folder, self.root] {
                let path = folder.join(name);
                if is_audio(&path) && path.is_file() {
                    return self.file(&path);
                }
            }
        }
        let wanted: Vec<&str> = stem_of(&slashed).split('/').filter(|step| *step != ".").collect();
        let same_name = self.by_stem.get(*wanted.last().unwrap_or(&"")).into_iter().flatten();
        let fits = |i: &&usize| {
            let found: Vec<&str> = stem_of(&self.audio[**i].id).split('/').collect();
            let n = found.len().min(wanted.len());
            found[found.len() - n..] == wanted[wanted.len() - n..]
        };
        let fitting: Vec<&AudioFile> = same_name.filter(fits).map(|i| &self.audio[*i]).collect();
        match fitting.as_slice() {
            [] => Err(format!("names {cell:?}, which is missing")),
            [file] => Ok((*file).clone()),
            [a, b, ..] => Err(format!(
                "names {cell:?}, which may be {} or {}; write the whole path",
                a.id, b.id
            )),
        }
    }

    fn file(&self, path: &Path) -> Result<AudioFile, String> {
        let below = path.strip_prefix(self.root).unwrap_or(path);
        match (track_id(below), absolute(path)) {
            (Some(id), Some(path)) => Ok(AudioFile { id, path }),
            _ => Err(not_unicode(path.to_owned()).reason),
        }
    }
}

/// The path without its last extension.
fn stem_of(path: &str) -> &str {
    let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[name_start..].rfind('.') {
        Some(dot) if dot > 0 => &path[..name_start + dot],
        _ => path,
    }
}

/// Reads the rows of a list; `split` is that of the whole list, where its name or its folder says so.
pub(super) fn read(
    drafts: &mut Drafts,
    sheet: Sheet,
    index: &AudioIndex,
    split: Option<Split>,
    group_by: Option<&GroupBy>,
) -> Result<(), DatasetError> {
    let columns = Columns::of(&sheet, group_by)?;
    let Sheet { path: list, headers, rows, problems, note } = sheet;
    let name = list.file_name().unwrap_or(list.as_os_str()).display().to_string();
    drafts.notes.push(format!("{name}: {}", columns.describe(&headers, &note)));
    drafts.problems.extend(problems);
    if let Some(group) = columns.group {
        drafts.grouped_by.get_or_insert_with(|| headers[group].clone());
    }
    let folder = list.parent().unwrap_or(Path::new(""));
    let splits = SplitColumn::find(&columns, &headers, &rows, &name, drafts);
    let refuse = |drafts: &mut Drafts, line, reason| {
        drafts.problems.push(Problem { path: list.clone(), line: Some(line), reason });
    };
    for (line, cells) in &rows {
        let cell = |column: usize| Some(cells[column].as_str()).filter(|cell| !cell.is_empty());
        let parsed = (|| {
            let file = cell(columns.path).ok_or("names no file")?;
            let labels = labels_of(cell(columns.label).unwrap_or_default());
            if labels.is_empty() {
                return Err(format!("gives {file:?} no class"));
            }
            let split = splits.of(cells)?.or(split);
            let fold = splits.fold_of(cells);
            let (start_s, end_s) = range(columns.start.and_then(cell), columns.end.and_then(cell))?;
            let AudioFile { id, path } = index.find(folder, file)?;
            let group = columns.group.and_then(cell).map(str::to_owned);
            let row = Some((list.clone(), *line));
            Ok(Draft { id, path, labels, split, fold, group, start_s, end_s, row })
        })();
        match parsed {
            Ok(draft) => drafts.tracks.push(draft),
            Err(reason) => refuse(drafts, *line, reason),
        }
    }
    Ok(())
}

impl Columns {
    fn of(sheet: &Sheet, group_by: Option<&GroupBy>) -> Result<Self, DatasetError> {
        let found = || sheet.headers.join(", ");
        let wanted = |wanted, names| {
            let missing =
                || DatasetError::NoColumn { wanted, found: found(), path: sheet.path.clone() };
            sheet.column(names).ok_or_else(missing)
        };
        let path = wanted("the files (path, file, file_name, filename, audio)", &PATH_HEADERS)?;
        let label =
            wanted("the classes (label, class, genre, instrument, target)", &LABEL_HEADERS)?;
        let group = match group_by {
            None => sheet.column(&GROUP_HEADERS),
            Some(GroupBy::Column(name)) => {
                let column = sheet.column(&[name.to_lowercase().as_str()]);
                Some(column.ok_or_else(|| DatasetError::NoGroupColumn {
                    wanted: name.clone(),
                    found: found(),
                    path: sheet.path.clone(),
                })?)
            }
            Some(GroupBy::Folder | GroupBy::Regex(_)) => None,
        };
        let (split, start, end) =
            (sheet.column(&SPLIT_HEADERS), sheet.column(&["start"]), sheet.column(&["end"]));
        Ok(Self { path, label, split, group, start, end })
    }

    fn describe(&self, headers: &[String], note: &str) -> String {
        let named = [
            ("files", Some(self.path)),
            ("classes", Some(self.label)),
            ("splits", self.split),
            ("groups", self.group),
            ("starts", self.start),
            ("ends", self.end),
        ];
        let named = named
            .into_iter()
            .filter_map(|(what, column)| Some(format!("{what} from {:?}", headers[column?])));
        format!("{note}; {}", named.collect::<Vec<_>>().join(", "))
    }
}

/// The column of splits, or of numbered folds.
enum SplitColumn {
    None,
    Splits(usize),
    Folds(usize),
}

impl SplitColumn {
    fn find(
        columns: &Columns,
        headers: &[String],
        rows: &[(u64, Vec<String>)],
        list: &str,
        drafts: &mut Drafts,
    ) -> Self {
        let Some(column) = columns.split else { return Self::None };
        let values: BTreeSet<&str> = rows
            .iter()
            .map(|(_, cells)| cells[column].as_str())
            .filter(|cell| !cell.is_empty())
            .collect();
        if !values.is_empty() && values.iter().all(|value| value.parse::<u32>().is_ok()) {
            let (header, n) = (&headers[column], values.len());
            drafts.notes.push(format!(
                "{list}: {header:?} numbers {n} folds, which are no splits; `sweep --folds {n}` takes them"
            ));
            return Self::Folds(column);
        }
        Self::Splits(column)
    }

    fn of(&self, cells: &[String]) -> Result<Option<Split>, String> {
        let Self::Splits(column) = *self else { return Ok(None) };
        let cell = cells[column].as_str();
        if cell.is_empty() {
            return Ok(None);
        }
        Split::of_name(cell).map(Some).ok_or_else(|| {
            format!("has the unknown split {cell:?}, expected train, validation or test; it is used in none")
        })
    }

    fn fold_of(&self, cells: &[String]) -> Option<u32> {
        match *self {
            Self::Folds(column) => cells[column].parse().ok(),
            Self::None | Self::Splits(_) => None,
        }
    }
}

/// Several labels are separated by `;` or `|`.
fn labels_of(cell: &str) -> Vec<String> {
    let labels = cell.split([';', '|']).map(str::trim).filter(|label| !label.is_empty());
    labels.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

/// Where a part begins and ends, in seconds.
fn range(start: Option<&str>, end: Option<&str>) -> Result<(Option<f64>, Option<f64>), String> {
    let seconds = |cell: Option<&str>| match cell.map(|cell| (cell, cell.parse::<f64>())) {
        None => Ok(None),
        Some((_, Ok(s))) if s.is_finite() && s >= 0.0 => Ok(Some(s)),
        Some((cell, _)) => Err(format!("has the time {cell:?}, expected seconds such as 12.5")),
    };
    let (start, end) = (seconds(start)?, seconds(end)?);
    match end {
        Some(end) if end <= start.unwrap_or(0.0) => {
            Err(format!("ends at {end} s, before it starts at {} s", start.unwrap_or(0.0)))
        }
        _ => Ok((start, end)),
    }
}

/// Audio below the root that no row names becomes ignored.
pub(super) fn note_unlisted(drafts: &mut Drafts, audio: Vec<AudioFile>) {
    let listed: BTreeSet<&Path> = drafts.tracks.iter().map(|draft| draft.path.as_path()).collect();
    let unlisted: Vec<PathBuf> = audio
        .into_iter()
        .map(|file| file.path)
        .filter(|path| !listed.contains(path.as_path()))
        .collect();
    let reason = || "no usable row of a list names it".to_owned();
    drafts
        .ignored
        .extend(unlisted.into_iter().map(|path| super::Ignored { path, reason: reason() }));
}

/// The rows of metadata by the value of one column, for layouts whose labels lie beside the files.
pub(super) fn by_column<'s>(
    sheet: &'s Sheet,
    name: &str,
) -> Option<BTreeMap<&'s str, &'s [String]>> {
    let column = sheet.column(&[name])?;
    Some(sheet.rows.iter().map(|(_, cells)| (cells[column].as_str(), cells.as_slice())).collect())
}
