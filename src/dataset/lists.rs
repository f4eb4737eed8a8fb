//! The lists in a folder, and what they and the names of its files say about its layout.

use std::path::{Path, PathBuf};

use super::files::Found;
use super::sheet::{self, Sheet, is_list};
use super::{DatasetError, Layout, ReadOptions, Split, folders, gtzan, medley, nsynth, rows};

/// The lists in a folder that may name its files.
pub(super) struct Lists {
    /// `metadata.csv` and the like, with the split that their folder names.
    pub(super) metadata: Vec<(Option<Split>, Sheet)>,
    /// Lists with a split in their names.
    pub(super) splits: Vec<(Option<Split>, Sheet)>,
    /// The only list there is.
    pub(super) single: Option<Sheet>,
    pub(super) nsynth: Vec<PathBuf>,
}

impl Lists {
    pub(super) fn of(
        source: &Path,
        found: &Found,
        options: &ReadOptions,
    ) -> Result<Self, DatasetError> {
        let mut lists = Self { metadata: vec![], splits: vec![], single: None, nsynth: vec![] };
        let mut singles = Vec::new();
        for path in &found.others {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if path.file_name().is_some_and(|name| name == nsynth::LIST) {
                lists.nsynth.push(path.clone());
            } else if is_list(path) {
                let sheet = sheet::read(path)?;
                let is_here = path.parent() == Some(source);
                if stem == "metadata" && sheet.column(&["file_name"]).is_some() {
                    let below = path.strip_prefix(source).ok().and_then(|below| below.parent());
                    let mut folders =
                        below.into_iter().flatten().filter_map(|folder| folder.to_str());
                    lists.metadata.push((folders.find_map(Split::of_name), sheet));
                } else if is_here && rows::is_complete(&sheet) {
                    match Split::of_stem(stem) {
                        Some(split) => lists.splits.push((Some(split), sheet)),
                        None => singles.push(sheet),
                    }
                }
            }
        }
        let is_alone =
            singles.len() == 1 && (lists.splits.is_empty() || options.layout == Some(Layout::List));
        lists.single = singles.pop().filter(|_| is_alone);
        Ok(lists)
    }
}

/// The layout that a folder most probably has: what its own names say first, folders last.
pub(super) fn detect(found: &Found, lists: &Lists) -> Layout {
    if !lists.nsynth.is_empty() {
        Layout::Nsynth
    } else if !lists.metadata.is_empty() {
        Layout::HuggingFace
    } else if medley::is_named_so(&found.audio) {
        Layout::MedleySolosDb
    } else if !lists.splits.is_empty() {
        Layout::SplitLists
    } else if gtzan::is_named_so(&found.audio) {
        Layout::Gtzan
    } else if lists.single.is_some() {
        Layout::List
    } else {
        folders::detect(found)
    }
}
