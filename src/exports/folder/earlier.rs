//! What is in the place of a folder, and whether that may go.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::{MANIFEST, SCHEMA};
use crate::exports::place::{PlaceError, io_error};
use crate::files::sha256_of_file;

/// A file as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What every manifest says besides what its kind says.
#[derive(Debug, Deserialize)]
struct Known {
    schema: u32,
    export: String,
    files: BTreeMap<String, Listed>,
}

/// Whether nothing would be lost if a folder were replaced by an export of this kind.
pub(super) fn check_replaceable(folder: &Path, kind: &'static str) -> Result<(), PlaceError> {
    let path = || folder.to_owned();
    if !folder.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        return Err(PlaceError::IsFile { path: path() });
    }
    let there = names_below(folder)?;
    let Some(written) = written(folder, kind) else {
        return match there.is_empty() && !folder.join(MANIFEST).exists() {
            true => Ok(()),
            false => Err(PlaceError::Foreign { kind, path: path() }),
        };
    };
    if let Some(found) = there.iter().find(|name| !written.contains_key(*name)) {
        return Err(PlaceError::Besides { found: found.clone(), path: path() });
    }
    for found in there {
        if listed(folder, &found)? != written[&found] {
            return Err(PlaceError::Changed { found, path: path() });
        }
    }
    Ok(())
}

/// The files of an earlier export of this kind that are still as it wrote them.
pub(super) fn own_names(folder: &Path, kind: &str) -> Result<Vec<String>, PlaceError> {
    let written = written(folder, kind).unwrap_or_default();
    // Only what is found below the folder: a manifest can name anything.
    let mut names = names_below(folder)?;
    names.retain(|name| {
        let as_written = |file: &Listed| listed(folder, name).is_ok_and(|found| found == *file);
        written.get(name).is_some_and(as_written)
    });
    Ok(names)
}

/// What the manifest of an earlier export of this kind lists.
fn written(folder: &Path, kind: &str) -> Option<BTreeMap<String, Listed>> {
    let bytes = std::fs::read(folder.join(MANIFEST)).ok()?;
    match serde_json::from_slice(&bytes).ok()? {
        Known { schema: SCHEMA, export, files } if export == kind => Some(files),
        _ => None,
    }
}

/// Every file below a folder but its manifest, as manifests list it.
pub(super) fn listing(folder: &Path) -> Result<BTreeMap<String, Listed>, PlaceError> {
    let names = names_below(folder)?.into_iter();
    names.map(|name| listed(folder, &name).map(|file| (name, file))).collect()
}

/// The names of everything below a folder but of folders and the manifest, ascending.
pub(super) fn names_below(folder: &Path) -> Result<Vec<String>, PlaceError> {
    let mut names = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            io_error("list", &path)(error.into())
        })?;
        let name = name_of(entry.path().strip_prefix(folder).unwrap_or(entry.path()));
        if !entry.file_type().is_dir() && name != MANIFEST {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A file by its name; what is neither file nor folder counts as a file of no bytes.
fn listed(folder: &Path, name: &str) -> Result<Listed, PlaceError> {
    let path = path_of(folder, name);
    let failed = io_error("read", &path);
    let metadata = path.symlink_metadata().map_err(&failed)?;
    Ok(match metadata.is_file() {
        true => Listed {
            bytes: metadata.len(),
            sha256: sha256_of_file(&path).map_err(&failed)?.to_string(),
        },
        false => Listed { bytes: 0, sha256: String::new() },
    })
}

/// Where a file is; its name has `/` on every system.
pub(super) fn path_of(folder: &Path, name: &str) -> PathBuf {
    name.split('/').fold(folder.to_owned(), |path, step| path.join(step))
}

/// The path with `/` on every system.
fn name_of(path: &Path) -> String {
    let steps = path.components().filter_map(|step| match step {
        Component::Normal(step) => Some(step.to_string_lossy()),
        _ => None,
    });
    steps.collect::<Vec<_>>().join("/")
}
