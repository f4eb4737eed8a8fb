//! Class folders, with or without split folders around or below them.

use std::collections::BTreeSet;

use super::draft::{Draft, Drafts};
use super::files::{AudioFile, Found};
use super::{Layout, Split};

/// The layout that the folders of audio files speak for.
pub(super) fn detect(found: &Found) -> Layout {
    let n_outer = wrapper(&found.audio).len();
    let mut files = found.audio.iter().map(|file| steps(file, n_outer)).filter(|s| s.len() > 1);
    let splits_outside = files.clone().all(|s| Split::of_name(s[0]).is_some());
    let splits_inside = files.all(|s| s.len() > 2 && Split::of_name(s[1]).is_some());
    if !found.audio.is_empty() && (splits_outside || splits_inside) {
        Layout::SplitFolders
    } else {
        Layout::ClassFolders
    }
}

/// Reads labels and splits off the folders. Only where class folders are demanded, `is_demanded`, may `train` be a class.
pub(super) fn read(drafts: &mut Drafts, found: &Found, is_demanded: bool) {
    let outer = wrapper(&found.audio);
    if !outer.is_empty() {
        drafts.notes.push(format!("the classes are the folders in {}", outer.join("/")));
    }
    let files = || found.audio.iter().map(|file| (file, steps(file, outer.len())));
    let may_split = !(is_demanded && drafts.layout == Layout::ClassFolders);
    let is_split = |s: &[&str]| may_split && s.len() > 1 && Split::of_name(s[0]).is_some();
    let splits_inside = drafts.layout == Layout::SplitFolders
        && !files().any(|(_, s)| is_split(&s))
        && files().filter(|(_, s)| s.len() > 1).all(|(_, s)| s.len() > 2);
    for (file, steps) in files() {
        match steps.as_slice() {
            [_] => drafts.refuse(&file.path, "lies beside the class folders; move it into one"),
            [split, _] if is_split(&steps) => {
                let reason = format!(
                    "lies directly in the split folder {split:?}; move it into a class folder there"
                );
                drafts.refuse(&file.path, reason);
            }
            [split, label, ..] if is_split(&steps) => {
                let (label, split) = ((*label).to_owned(), Split::of_name(split));
                drafts.tracks.push(Draft::of_file(file, label, split));
            }
            [label, split, ..] if splits_inside => {
                let found = Split::of_name(split);
                if found.is_none() {
                    drafts.refuse(&file.path, format!("lies in {split:?}, which names no split"));
                    continue;
                }
                drafts.tracks.push(Draft::of_file(file, (*label).to_owned(), found));
            }
            [label, ..] => drafts.tracks.push(Draft::of_file(file, (*label).to_owned(), None)),
            [] => {}
        }
    }
    let (splits, classes): (BTreeSet<_>, BTreeSet<_>) = files()
        .filter(|(_, steps)| steps.len() > 1)
        .map(|(_, steps)| steps[0].to_owned())
        .partition(|name| may_split && Split::of_name(name).is_some());
    if !splits.is_empty() && !classes.is_empty() {
        let splits = splits.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        drafts.warnings.push(format!(
            "{splits} beside class folders is read as a split, not as a class; if it is a class, give --layout class-folders"
        ));
    }
}

/// The folders around the classes: a lone folder that holds nothing but folders, as `genres` in GTZAN.
fn wrapper(audio: &[AudioFile]) -> Vec<&str> {
    let mut outer = Vec::new();
    loop {
        let files = || audio.iter().map(|file| steps(file, outer.len()));
        let Some(first) = files().next().map(|steps| steps[0]) else { return outer };
        let is_lone =
            Split::of_name(first).is_none() && files().all(|s| s.len() > 2 && s[0] == first);
        let names_split = |s: &[&str]| Split::of_name(s[1]).is_some();
        // A lone class may hold splits; a folder around splits has classes below them.
        let is_outer = is_lone
            && (!files().any(|s| names_split(&s))
                || files().all(|s| s.len() > 3 && names_split(&s)));
        if !is_outer {
            return outer;
        }
        outer.push(first);
    }
}

/// The folders below the outer ones, and the file.
fn steps(file: &AudioFile, n_outer: usize) -> Vec<&str> {
    file.id.split('/').skip(n_outer).collect()
}
