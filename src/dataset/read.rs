//! A source → the data set, by whatever layout it has.

use std::path::{Path, PathBuf};

use super::draft::Drafts;
use super::files::{self, AudioFile, extension_of, is_audio};
use super::lists::{Lists, detect};
use super::rows::{self, AudioIndex};
use super::sheet::{self, Sheet, is_list};
use super::{Dataset, DatasetError, GroupBy, Layout, folders, gtzan, medley, nsynth};

/// How a source is to be read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The layout; `None` to find out.
    pub layout: Option<Layout>,
    /// Where the files of a list lie, if not beside it.
    pub audio: Option<PathBuf>,
    /// What tracks are grouped by; `None` for what the source states itself.
    pub group_by: Option<GroupBy>,
    /// Takes GTZAN's fault-filtered split: faulty tracks are left out, numbers that end in 8 validate, in 9 test.
    pub gtzan_filtered: bool,
}

/// Reads a folder or a list; no audio file is opened.
///
/// # Errors
/// The source does not exist, has no audio or no classes, is not of the layout that `options` demand, or is a list without the
/// columns it takes.
pub fn read(source: &Path, options: &ReadOptions) -> Result<Dataset, DatasetError> {
    let drafts = if source.is_dir() {
        of_folder(source, options)?
    } else if !source.exists() {
        return Err(DatasetError::Missing { path: source.to_owned() });
    } else {
        of_file(source, options)?
    };
    finish(drafts, source, options)
}

fn finish(
    (mut drafts, n_found): (Drafts, usize),
    source: &Path,
    options: &ReadOptions,
) -> Result<Dataset, DatasetError> {
    gtzan::spell_out(&mut drafts);
    match &options.group_by {
        Some(by @ (GroupBy::Folder | GroupBy::Regex(_))) => {
            drafts.grouped_by = Some(by.to_string());
            drafts.tracks.iter_mut().for_each(|draft| draft.group = by.of_id(&draft.id));
        }
        Some(GroupBy::Column(wanted))
            if drafts.grouped_by.as_ref().is_none_or(|by| !by.eq_ignore_ascii_case(wanted)) =>
        {
            let found = drafts.grouped_by.clone().unwrap_or_else(|| "none".to_owned());
            return Err(DatasetError::NoGroupColumn {
                wanted: wanted.clone(),
                found,
                path: source.to_owned(),
            });
        }
        Some(GroupBy::Column(_)) | None => {}
    }
    if drafts.grouped_by.is_some() {
        let n_alone = drafts.tracks.iter().filter(|draft| draft.group.is_none()).count();
        if n_alone == drafts.tracks.len() {
            drafts.grouped_by = None;
        } else if n_alone > 0 {
            drafts
                .warnings
                .push(format!("{n_alone} tracks have no group, each of them stands for itself"));
        }
    }
    let mut dataset = drafts.finish(n_found, source)?;
    if options.gtzan_filtered {
        gtzan::filter(&mut dataset)?;
    }
    Ok(dataset)
}

fn of_file(source: &Path, options: &ReadOptions) -> Result<(Drafts, usize), DatasetError> {
    let folder = source.parent().filter(|p| *p != Path::new("")).unwrap_or(Path::new("."));
    if source.file_name().is_some_and(|name| name == nsynth::LIST) {
        return of_folder(folder, &ReadOptions { layout: Some(Layout::Nsynth), ..options.clone() });
    }
    if is_audio(source) || !(is_list(source) || extension_of(source) == "txt") {
        return Err(DatasetError::NoList { path: source.to_owned() });
    }
    let sheet = sheet::read(source)?;
    let root = options.audio.as_deref().unwrap_or(folder);
    let mut drafts = Drafts::new(Layout::List, root);
    let names_arrays = |sheet: &Sheet| {
        let column = sheet.column(&sheet::PATH_HEADERS);
        column.is_some_and(|column| {
            sheet.rows.iter().any(|(_, cells)| !is_audio(Path::new(&cells[column])))
        })
    };
    // A list of audio files says where they lie; whatever else is in its folder, perhaps a home, is nobody's business.
    let mut audio = Vec::new();
    if options.audio.is_some() || names_arrays(&sheet) {
        let mut found = files::walk(root);
        audio = std::mem::take(&mut found.audio);
        drafts.problems.extend(found.problems);
    }
    let n_rows = sheet.rows.len();
    let index = AudioIndex::new(root, audio.clone());
    rows::read(&mut drafts, sheet, &index, None, options.group_by.as_ref())?;
    if options.audio.is_some() {
        rows::note_unlisted(&mut drafts, audio);
    }
    Ok((drafts, n_rows))
}

fn of_folder(source: &Path, options: &ReadOptions) -> Result<(Drafts, usize), DatasetError> {
    let mut found = files::walk(source);
    let lists = Lists::of(source, &found, options)?;
    let elsewhere = options.audio.as_deref().map(files::walk);
    let n_audio = elsewhere.as_ref().map_or(found.audio.len(), |found| found.audio.len());
    if n_audio == 0 && found.problems.is_empty() {
        return Err(DatasetError::NoAudio {
            n_others: found.others.len(),
            path: source.to_owned(),
        });
    }
    let layout = options.layout.unwrap_or_else(|| detect(&found, &lists));
    let root = options.audio.as_deref().unwrap_or(source);
    let mut drafts = Drafts::new(layout, root);
    let refuse =
        |reason| Err(DatasetError::OtherLayout { layout, reason, path: source.to_owned() });
    let mut used = Vec::new();
    match layout {
        Layout::ClassFolders | Layout::SplitFolders => {
            folders::read(&mut drafts, &found, options.layout.is_some());
        }
        Layout::Gtzan => gtzan::read(&mut drafts, &found),
        Layout::MedleySolosDb => medley::read(&mut drafts, &mut found)?,
        Layout::Nsynth if lists.nsynth.is_empty() => return refuse("there is no examples.json"),
        Layout::Nsynth => {
            for list in &lists.nsynth {
                nsynth::read(&mut drafts, &mut found, list)?;
            }
            rows::note_unlisted(&mut drafts, std::mem::take(&mut found.audio));
            used = lists.nsynth;
        }
        Layout::HuggingFace | Layout::SplitLists | Layout::List => {
            let sheets = match layout {
                Layout::HuggingFace if lists.metadata.is_empty() => {
                    return refuse("there is no metadata.csv or metadata.jsonl");
                }
                Layout::SplitLists if lists.splits.is_empty() => {
                    return refuse("no list names a split, as train.csv does");
                }
                Layout::List if lists.single.is_none() => {
                    return refuse(
                        "there is not exactly one list with a column of files and one of classes",
                    );
                }
                Layout::HuggingFace => lists.metadata,
                Layout::SplitLists => lists.splits,
                _ => lists.single.into_iter().map(|sheet| (None, sheet)).collect(),
            };
            let audio: Vec<AudioFile> =
                elsewhere.map_or_else(|| std::mem::take(&mut found.audio), |found| found.audio);
            let index = AudioIndex::new(root, audio.clone());
            for (split, sheet) in sheets {
                used.push(sheet.path.clone());
                rows::read(&mut drafts, sheet, &index, split, options.group_by.as_ref())?;
            }
            rows::note_unlisted(&mut drafts, audio);
        }
    }
    drafts.take_rest(found, &used);
    Ok((drafts, n_audio))
}
