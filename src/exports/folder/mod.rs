//! A folder that an export fills: made beside its place, put there whole, and known again by its manifest.
//!
//! ```text
//! TARGET/manifest.json     which export this is, what it derives from, and every other file with its digest; written last
//! TARGET/…                 the files
//! ```
//!
//! A folder is replaced only if every file in it is one that the earlier export wrote, still as it wrote it. Where that is
//! forced, the files are put among those that are there instead: each whole, the manifest last.

mod earlier;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};
use tempfile::TempDir;

use self::earlier::{check_replaceable, listing, names_below, own_names, path_of};
use super::place::{PlaceError, io_error};
use crate::files::write_atomic;

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
    force: bool,
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

impl ExportFolder {
    /// Starts a folder that will become `target`, whose parent must exist; with `force` its files replace those of their names.
    ///
    /// # Errors
    /// Something is there that must not be replaced, or no folder can be made beside it.
    pub fn begin(target: &Path, kind: &'static str, force: bool) -> Result<Self, PlaceError> {
        check_replaceable(target, kind).or_else(|error| error.unless(force))?;
        let beside = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let staging = tempfile::Builder::new()
            .prefix(".pecmae-export-")
            .permissions(permissions_of_a_new_folder(beside))
            .tempdir_in(beside)
            .map_err(io_error("make a folder in", beside))?;
        Ok(Self { target: target.to_owned(), staging, kind, force })
    }

    /// Where it grows; whoever computes on the files before they are put in place finds them here.
    pub fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// The place of a file while the folder grows; the folders above it are made. `name` has `/` on every system.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn place(&self, name: &str) -> Result<PathBuf, PlaceError> {
        let path = path_of(self.staging.path(), name);
        make_parent(&path)?;
        Ok(path)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), PlaceError> {
        let path = self.place(name)?;
        write_atomic(&path, bytes.as_ref()).map_err(io_error("write", &path))
    }

    /// Adds a JSON file for people and programs.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), PlaceError> {
        let json = serde_json::to_string_pretty(value).map_err(io::Error::from);
        let json = json.map_err(io_error("write", &self.target.join(name)))?;
        self.write(name, json + "\n")
    }

    /// Adds a copy of a file.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn copy(&self, name: &str, from: &Path) -> Result<(), PlaceError> {
        let bytes = std::fs::read(from).map_err(io_error("read", from))?;
        self.write(name, bytes)
    }

    /// Writes the manifest and puts the folder in its place; an earlier export there goes.
    ///
    /// # Errors
    /// A file cannot be read or written, or the place has been taken meanwhile; what was there is there still, unless files
    /// were forced among others.
    pub fn commit(self, manifest: Map<String, Value>) -> Result<Committed, PlaceError> {
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
        self.put()?;
        Ok(committed)
    }

    fn put(self) -> Result<(), PlaceError> {
        match check_replaceable(&self.target, self.kind) {
            Ok(()) => self.swap(),
            Err(error) => error.unless(self.force).and_then(|()| self.mingle()),
        }
    }

    /// Puts every file among others, which stay but for those of an earlier export that are no longer made.
    fn mingle(self) -> Result<(), PlaceError> {
        let Self { target, staging, kind, .. } = self;
        let names = names_below(staging.path())?;
        let stale = own_names(&target, kind)?.into_iter().filter(|name| !names.contains(name));
        for path in stale.map(|name| path_of(&target, &name)) {
            std::fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
        for name in names.iter().map(String::as_str).chain([MANIFEST]) {
            let path = path_of(&target, name);
            make_parent(&path)?;
            std::fs::rename(path_of(staging.path(), name), &path)
                .map_err(io_error("put in its place", &path))?;
        }
        Ok(())
    }

    fn swap(self) -> Result<(), PlaceError> {
        let Self { target, staging, .. } = self;
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

fn make_parent(path: &Path) -> Result<(), PlaceError> {
    let parent = path.parent().unwrap_or(path);
    std::fs::create_dir_all(parent).map_err(io_error("make the folder", parent))
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

    fn export(target: &Path, content: &str) -> Result<Committed, PlaceError> {
        fill(ExportFolder::begin(target, "test", false)?, content)
    }

    fn fill(folder: ExportFolder, content: &str) -> Result<Committed, PlaceError> {
        folder.write("a/b.txt", content)?;
        folder.write("c.txt", "c")?;
        folder.commit(Map::new())
    }

    fn names(folder: &Path) -> Vec<String> {
        names_below(folder).unwrap()
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
        assert!(matches!(export(&at("file"), ""), Err(PlaceError::IsFile { .. })));
        std::fs::create_dir(at("mine")).unwrap();
        std::fs::write(at("mine/c.txt"), "c").unwrap();
        assert!(matches!(export(&at("mine"), ""), Err(PlaceError::Foreign { .. })));
        // Neither is an export of another kind, nor a manifest by somebody else.
        export(&at("x"), "one").unwrap();
        assert!(matches!(
            ExportFolder::begin(&at("x"), "other", false),
            Err(PlaceError::Foreign { kind: "other", .. })
        ));
        std::fs::write(at("mine/manifest.json"), "{}").unwrap();
        std::fs::remove_file(at("mine/c.txt")).unwrap();
        assert!(matches!(export(&at("mine"), ""), Err(PlaceError::Foreign { .. })));

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
    fn a_forced_export_replaces_what_has_its_names_and_leaves_the_rest() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("x");
        let force = || ExportFolder::begin(&target, "test", true).unwrap();
        let read = |name: &str| std::fs::read_to_string(target.join(name)).unwrap();
        std::fs::create_dir(&target).unwrap();
        for name in ["c.txt", "mine.txt", MANIFEST] {
            std::fs::write(target.join(name), "mine").unwrap();
        }
        fill(force(), "one").unwrap();
        assert_eq!([read("a/b.txt"), read("c.txt"), read("mine.txt")], ["one", "c", "mine"]);
        // Files that are no longer made go, unless somebody changed them.
        let other = force();
        other.write("d.txt", "d").unwrap();
        std::fs::write(target.join("c.txt"), "changed").unwrap();
        other.commit(Map::new()).unwrap();
        assert_eq!(names(&target), ["c.txt", "d.txt", "mine.txt"]);
        assert_eq!([read("c.txt"), read("mine.txt")], ["changed", "mine"]);
        // Where nothing is in the way, forcing changes nothing.
        std::fs::remove_file(target.join("c.txt")).unwrap();
        std::fs::remove_file(target.join("mine.txt")).unwrap();
        fill(force(), "two").unwrap();
        assert_eq!(names(&target), ["a/b.txt", "c.txt"]);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "no litter");

        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = ExportFolder::begin(&file, "test", true).unwrap_err();
        assert!(matches!(error, PlaceError::IsFile { .. }), "{error}");
    }

    #[test]
    fn a_manifest_that_names_files_elsewhere_has_nobody_remove_them() {
        let home = tempfile::tempdir().unwrap();
        let (target, other) = (home.path().join("x"), home.path().join("other.txt"));
        export(&target, "one").unwrap();
        std::fs::write(&other, "c").unwrap();
        let manifest = std::fs::read_to_string(target.join(MANIFEST)).unwrap();
        let moved = manifest.replace("\"c.txt\"", "\"../other.txt\"");
        assert_ne!(moved, manifest);
        std::fs::write(target.join(MANIFEST), moved).unwrap();
        let error = export(&target, "two").unwrap_err();
        assert!(matches!(error, PlaceError::Besides { .. }), "{error}");
        fill(ExportFolder::begin(&target, "test", true).unwrap(), "two").unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"c");
    }

    #[test]
    fn an_export_that_is_given_up_leaves_what_was_there() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("x");
        export(&target, "one").unwrap();
        let folder = ExportFolder::begin(&target, "test", false).unwrap();
        folder.write("a/b.txt", "two").unwrap();
        drop(folder);
        assert_eq!(std::fs::read(target.join("a/b.txt")).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
