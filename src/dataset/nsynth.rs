//! NSynth: `examples.json` with one object a note, beside a folder `audio`.

use std::path::Path;

use serde_json::{Map, Value};

use super::draft::{Draft, Drafts};
use super::files::Found;
use super::sheet::text_of;
use super::{DatasetError, Split};

pub(super) const LIST: &str = "examples.json";

/// The family is the class, the instrument the group; the folder's name, as in `nsynth-train`, tells the split.
pub(super) fn read(
    drafts: &mut Drafts,
    found: &mut Found,
    list: &Path,
) -> Result<(), DatasetError> {
    let text =
        std::fs::read(list).map_err(|source| DatasetError::Io { source, path: list.to_owned() })?;
    let notes: Map<String, Value> = serde_json::from_slice(&text)
        .map_err(|source| DatasetError::Json { source, path: list.to_owned() })?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let split = folder.file_name().and_then(|name| Split::of_stem(name.to_str()?));
    let mut kept = Vec::new();
    for file in std::mem::take(&mut found.audio) {
        if !file.path.starts_with(&folder) {
            kept.push(file);
            continue;
        }
        let stem = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let note = notes.get(stem);
        let field = |name| {
            note.and_then(|note| note.get(name)).map(text_of).filter(|text| !text.is_empty())
        };
        match field("instrument_family_str") {
            Some(family) => {
                let group = field("instrument_str");
                drafts.tracks.push(Draft { group, ..Draft::of_file(&file, family, split) });
            }
            None => drafts.refuse(&file.path, "examples.json gives it no instrument_family_str"),
        }
    }
    found.audio = kept;
    drafts.grouped_by = Some("instrument_str".to_owned());
    let used = drafts.tracks.iter().filter_map(|draft| draft.path.file_stem()?.to_str());
    let used: std::collections::HashSet<&str> = used.collect();
    let n_missing = notes.keys().filter(|name| !used.contains(name.as_str())).count();
    if n_missing > 0 {
        drafts.refuse(list, format!("names {n_missing} notes without a file"));
    }
    Ok(())
}
