//! A folder that an export fills: made beside its place, put there whole, and known again by its manifest.
//!
//! ```text
//! TARGET/manifest.json     which export this is, what it derives from, and every other file with its digest; written last
//! TARGET/…                 the files
//! ```
//!
//! A folder is replaced only if every file in it is one that the earlier export wrote, still as it wrote it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::files::{sha256_of_file, write_atomic};

/// The file that tells an export from other folders.
pub const MANIFEST: &str = "manifest.json";

/// Version of what every manifest has in common.
const SCHEMA: u32 = 1;

/// A folder under construction.
#[derive(Debug)]
pub struct ExportFolder {
    target: PathBuf,
    staging: TempDir,
    kind: &'static str,
}

/// A folder in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The folder.
    pub path: PathBuf,
    /// Files in it.
    pub n_files: usize,
    /// Bytes of those files.
    pub n_bytes: u64,
}

/// Why an export was not put in its place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file has the name.
    #[error("the export is a folder, but a file has its name; choose another output: {}", path.display())]
    IsFile {
        /// The file.
        path: PathBuf,
    },
    /// A folder that no such export made.
    #[error("the folder is not empty and no {kind} export, so nothing in it is replaced; choose another output: {}", path.display())]
    Foreign {
        /// The kind of export.
        kind: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// A file of somebody else's in an earlier export.
    #[error("the earlier export holds {found:?}, which is none of its files, so it is not replaced; move that away: {}", path.display())]
    Besides {
        /// The file, below the folder.
        found: String,
        /// The folder.
        path: PathBuf,
    },
    /// A file that was changed since the earlier export.
    #[error("{found:?} was changed since it was exported, so it is not replaced; move it away or choose another output: {}", path.display())]
    Changed {
        /// The file, below the folder.
        found: String,
        /// The folder.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot {verb} ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

/// A file as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    bytes: u64,
    sha256: String,
}

/// What every manifest says besides what its kind says.
#[derive(Debug, Deserialize)]
struct Known {
    schema: u32,
    export: String,
    files: BTreeMap<String, Listed>,
}

impl ExportFolder {
    /// Starts a folder that will become `target`, whose parent must exist.
    ///
    /// # Errors
    /// Something is there that must not be replaced, or no folder can be made beside it.
    pub fn begin(target: &Path, kind: &'static str) -> Result<Self, FolderError> {
        check_replaceable(target, kind)?;
        let beside = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let staging = tempfile::Builder::new()
            .prefix(".pecmae-export-")
            .permissions(permissions_of_a_new_folder(beside))
            .tempdir_in(beside)
            .map_err(io_error("make a folder in", beside))?;
        Ok(Self { target: target.to_owned(), staging, kind })
    }

    /// Where it grows; whoever computes on the files before they are put in place finds them here.
    pub fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// The place of a file while the folder grows; the folders above it are made. `name` has `/` on every system.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn place(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path =
            name.split('/').fold(self.staging.path().to_owned(), |path, step| path.join(step));
        let parent = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(parent).map_err(io_error("make the folder", parent))?;
        Ok(path)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), FolderError> {
        let path = self.place(name)?;
        write_atomic(&path, bytes.as_ref()).map_err(io_error("write", &path))
    }

    /// Adds a JSON file for people and programs.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), FolderError> {
        let json = serde_json::to_string_pretty(value).map_err(io::Error::from);
        let json = json.map_err(io_error("write", &self.target.join(name)))?;
        self.write(name, json + "\n")
    }

    /// Adds a copy of a file.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn copy(&self, name: &str, from: &Path) -> Result<(), FolderError> {
        let bytes = std::fs::read(from).map_err(io_error("read", from))?;
        self.write(name, bytes)
    }

    /// Writes the manifest and puts the folder in its place; an earlier export there goes.
    ///
    /// # Errors
    /// A file cannot be read or written, or the place has been taken meanwhile; what was there is there still.
    pub fn commit(self, manifest: Map<String, Value>) -> Result<Committed, FolderError> {
        let files = listing(self.staging.path())?;
        let mut whole = Map::new();
        whole.insert("schema".to_owned(), SCHEMA.into());
        whole.insert("export".to_owned(), self.kind.into());
        whole.extend(manifest);
        let json = serde_json::to_value(&files).map_err(io::Error::from);
        let json = json.map_err(io_error("write", &self.target.join(MANIFEST)))?;
        whole.insert("files".to_owned(), json);
        self.write_json(MANIFEST, &whole)?;
        let manifest = self.staging.path().join(MANIFEST);
        let n_bytes = std::fs::metadata(&manifest).map_err(io_error("read", &manifest))?.len();
        let committed = Committed {
            path: self.target.clone(),
            n_files: files.len() + 1,
            n_bytes: n_bytes + files.values().map(|file| file.bytes).sum::<u64>(),
        };
        self.swap()?;
        Ok(committed)
    }

    fn swap(self) -> Result<(), FolderError> {
        let Self { target, staging, kind } = self;
        check_replaceable(&target, kind)?;
        let failed = io_error("put the export in its place", &target);
        if !target.exists() {
            std::fs::rename(staging.path(), &target).map_err(failed)?;
            // Nothing is left there to be removed.
            let _ = staging.keep();
            return Ok(());
        }
        let aside = staging.path().with_extension("old");
        std::fs::rename(&target, &aside).map_err(&failed)?;
        if let Err(error) = std::fs::rename(staging.path(), &target) {
            std::fs::rename(&aside, &target).map_err(&failed)?;
            return Err(failed(error));
        }
        let _ = staging.keep();
        std::fs::remove_dir_all(&aside).map_err(io_error("remove the earlier export", &aside))
    }
}

/// Whether nothing would be lost if a folder were replaced by an export of this kind.
fn check_replaceable(target: &Path, kind: &'static str) -> Result<(), FolderError> {
    let path = || target.to_owned();
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return Err(FolderError::IsFile { path: path() });
    }
    let manifest = target.join(MANIFEST);
    let known = std::fs::read(&manifest).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let there = listing(target)?;
    let known = match known {
        Some(Known { schema: SCHEMA, export, files }) if export == kind => files,
        _ if there.is_empty() && !manifest.exists() => return Ok(()),
        _ => return Err(FolderError::Foreign { kind, path: path() }),
    };
    for (found, file) in there {
        match known.get(&found) {
            None => return Err(FolderError::Besides { found, path: path() }),
            Some(listed) if *listed != file => {
                return Err(FolderError::Changed { found, path: path() });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Every file below a folder but its manifest; what is neither file nor folder counts as a file of no bytes.
fn listing(folder: &Path) -> Result<BTreeMap<String, Listed>, FolderError> {
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            io_error("list", &path)(error.into())
        })?;
        if entry.file_type().is_dir() {
            continue;
        }
        let name = name_below(entry.path().strip_prefix(folder).unwrap_or(entry.path()));
        if name == MANIFEST {
            continue;
        }
        let failed = io_error("read", entry.path());
        let listed = match entry.file_type().is_file() {
            true => Listed {
                bytes: entry.path().metadata().map_err(&failed)?.len(),
                sha256: sha256_of_file(entry.path()).map_err(&failed)?.to_string(),
            },
            false => Listed { bytes: 0, sha256: String::new() },
        };
        files.insert(name, listed);
    }
    Ok(files)
}

/// The path with `/` on every system.
fn name_below(path: &Path) -> String {
    let steps = path.components().filter_map(|step| match step {
        Component::Normal(step) => Some(step.to_string_lossy()),
        _ => None,
    });
    steps.collect::<Vec<_>>().join("/")
}

fn io_error(verb: &'static str, path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { verb, source, path: path.clone() }
}

/// What the user's umask would give any other new folder; temporary ones are private otherwise.
fn permissions_of_a_new_folder(beside: &Path) -> std::fs::Permissions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = beside;
        std::fs::Permissions::from_mode(0o777)
    }
    #[cfg(not(unix))]
    {
        std::fs::metadata(beside).map(|m| m.permissions()).expect("the folder has permissions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(target: &Path, content: &str) -> Result<Committed, FolderError> {
        let folder = ExportFolder::begin(target, "test")?;
        folder.write("a/b.txt", content)?;
        folder.write("c.txt", "c")?;
        folder.commit(Map::new())
    }

    fn names(folder: &Path) -> Vec<String> {
        listing(folder).unwrap().into_keys().collect()
    }

    #[test]
    fn an_export_replaces_an_earlier_one_and_leaves_no_trace_of_it() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("x");
        std::fs::create_dir(&target).unwrap();
        let first = export(&target, "one").unwrap();
        let manifest = std::fs::read(target.join(MANIFEST)).unwrap();
        assert_eq!((first.n_files, first.n_bytes), (3, 4 + manifest.len() as u64));
        export(&target, "one").unwrap();
        assert_eq!(std::fs::read(target.join(MANIFEST)).unwrap(), manifest, "equal bytes");
        export(&target, "two").unwrap();
        assert_eq!(std::fs::read(target.join("a/b.txt")).unwrap(), b"two");
        assert_eq!(names(&target), ["a/b.txt", "c.txt"]);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "no litter");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let plain = home.path().join("plain");
            std::fs::create_dir(&plain).unwrap();
            let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
            assert_eq!(mode(&target), mode(&plain));
        }
    }

    #[test]
    fn what_is_not_its_own_is_never_replaced() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        assert!(matches!(export(&at("file"), ""), Err(FolderError::IsFile { .. })));
        std::fs::create_dir(at("mine")).unwrap();
        std::fs::write(at("mine/c.txt"), "c").unwrap();
        assert!(matches!(export(&at("mine"), ""), Err(FolderError::Foreign { .. })));
        // Neither is an export of another kind, nor a manifest by somebody else.
        export(&at("x"), "one").unwrap();
        assert!(matches!(
            ExportFolder::begin(&at("x"), "other"),
            Err(FolderError::Foreign { kind: "other", .. })
        ));
        std::fs::write(at("mine/manifest.json"), "{}").unwrap();
        std::fs::remove_file(at("mine/c.txt")).unwrap();
        assert!(matches!(export(&at("mine"), ""), Err(FolderError::Foreign { .. })));

        std::fs::write(at("x/a/notes.txt"), "mine").unwrap();
        let error = export(&at("x"), "two").unwrap_err().to_string();
        assert!(error.starts_with("the earlier export holds \"a/notes.txt\""), "{error}");
        std::fs::remove_file(at("x/a/notes.txt")).unwrap();
        std::fs::write(at("x/c.txt"), "C").unwrap();
        let error = export(&at("x"), "two").unwrap_err().to_string();
        assert!(error.starts_with("\"c.txt\" was changed since it was exported"), "{error}");
        assert_eq!(std::fs::read(at("x/a/b.txt")).unwrap(), b"one");
        // A file that somebody removed is nobody's loss.
        std::fs::remove_file(at("x/c.txt")).unwrap();
        export(&at("x"), "two").unwrap();
        assert_eq!(names(&at("x")), ["a/b.txt", "c.txt"]);
    }

    #[test]
    fn an_export_that_is_given_up_leaves_what_was_there() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("x");
        export(&target, "one").unwrap();
        let folder = ExportFolder::begin(&target, "test").unwrap();
        folder.write("a/b.txt", "two").unwrap();
        drop(folder);
        assert_eq!(std::fs::read(target.join("a/b.txt")).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
