//! A folder appears whole or not at all: temporary folder beside the target, fsync, rename.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What temporary folders start with; no model's name does.
pub(super) const PREFIX: &str = ".pecmae-";

/// What the temporary folder starts with that holds a folder about to be replaced, under its own name.
const REPLACED: &str = ".pecmae-old-";

/// A folder under construction. Dropped without [`StagedFolder::commit`], it vanishes.
#[derive(Debug)]
pub(super) struct StagedFolder {
    target: PathBuf,
    temporary: TempDir,
    // Dropped last, because what is temporary counts as abandoned once nobody is present.
    _presence: Presence,
}

/// As long as it lives, no other process takes the temporary folders beside a target for abandoned ones.
#[derive(Debug)]
pub(super) struct Presence {
    _shared_lock: Option<File>,
}

impl Presence {
    /// Enters a folder. Whoever finds nobody else there first removes what killed processes left.
    ///
    /// Where the system knows no locks on folders, nothing is removed.
    pub(super) fn enter(folder: &Path) -> io::Result<Self> {
        let lock = if cfg!(unix) { Some(File::open(folder)?) } else { None };
        if let Some(lock) = &lock
            && lock.try_lock().is_ok()
        {
            let removed = remove_abandoned(folder);
            lock.unlock()?;
            removed?;
        }
        Ok(Self { _shared_lock: lock.filter(|lock| lock.lock_shared().is_ok()) })
    }
}

/// Removes every temporary folder; one that was about to be replaced, and was not, comes back.
fn remove_abandoned(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if !name.starts_with(PREFIX.as_bytes()) || !entry.file_type()?.is_dir() {
            continue;
        }
        if name.starts_with(REPLACED.as_bytes()) {
            for replaced in fs::read_dir(entry.path())? {
                let replaced = replaced?;
                let target = folder.join(replaced.file_name());
                if !target.exists() {
                    fs::rename(replaced.path(), target)?;
                }
            }
        }
        fs::remove_dir_all(entry.path())?;
    }
    Ok(())
}

impl StagedFolder {
    /// Starts a folder that will become `target`; folders above it are made, and what killed processes left there goes.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let parent = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        let presence = Presence::enter(parent)?;
        let temporary = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        Ok(Self { target: target.to_owned(), temporary, _presence: presence })
    }

    /// The folder to write into.
    pub(super) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Puts the folder in place, durably. An existing target is moved aside first and removed last if `replace`, and is an
    /// error otherwise.
    pub(super) fn commit(self, replace: bool) -> io::Result<()> {
        for entry in fs::read_dir(self.path())? {
            let path = entry?.path();
            shared_permissions(&path, 0o644)?;
            File::open(path)?.sync_all()?;
        }
        shared_permissions(self.path(), 0o755)?;
        sync_folder(self.path())?;
        let parent = self.target.parent().unwrap_or(Path::new("."));
        let aside = if replace && self.target.exists() {
            let aside = tempfile::Builder::new().prefix(REPLACED).tempdir_in(parent)?;
            let replaced = aside.path().join(self.target.file_name().unwrap_or_default());
            fs::rename(&self.target, &replaced)?;
            Some((aside, replaced))
        } else {
            None
        };
        if let Err(error) = fs::rename(self.path(), &self.target) {
            if let Some((_, replaced)) = aside {
                fs::rename(replaced, &self.target)?;
            }
            return Err(error);
        }
        // Already renamed: there is nothing left for the guard to remove.
        let _ = self.temporary.keep();
        sync_folder(parent)
    }
}

/// Temporary folders, and files that some writers make, are private; a finished model is for whoever may see the library.
fn shared_permissions(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// A rename is durable only once its folder is synced; not every platform lets a folder be opened.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn what_killed_imports_left_goes_with_the_next_one_and_a_replaced_model_comes_back() {
        let library = tempfile::tempdir().unwrap();
        let folder = library.path();
        for left in [
            ".pecmae-a1/model.json",
            ".pecmae-old-b2/mine/model.json",
            ".pecmae-old-c3/there/old",
            "there/new",
        ] {
            let path = folder.join(left);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, left).unwrap();
        }
        fs::write(folder.join(".pecmae-note"), "a file is no import").unwrap();
        let staged = StagedFolder::create(&folder.join("next")).unwrap();
        let temporary = staged.path().file_name().unwrap().to_str().unwrap();
        let mut wanted = [temporary, ".pecmae-note", "mine", "there"];
        wanted.sort_unstable();
        assert_eq!(names(folder), wanted);
        assert_eq!(names(&folder.join("there")), ["new"]);
        drop(staged);
        assert_eq!(names(folder), [".pecmae-note", "mine", "there"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_finished_folder_can_be_read_by_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let library = tempfile::tempdir().unwrap();
        let target = library.path().join("model");
        let staged = StagedFolder::create(&target).unwrap();
        let weights = staged.path().join("weights");
        fs::write(&weights, "private").unwrap();
        fs::set_permissions(&weights, fs::Permissions::from_mode(0o600)).unwrap();
        staged.commit(false).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&target), mode(&target.join("weights"))), (0o755, 0o644));
    }

    #[test]
    fn an_import_under_way_is_not_taken_for_an_abandoned_one() {
        let library = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"]
            .map(|name| StagedFolder::create(&library.path().join(name)).unwrap());
        fs::write(first.path().join("model.json"), "first").unwrap();
        second.commit(false).unwrap();
        first.commit(false).unwrap();
        assert_eq!(names(library.path()), ["first", "second"]);
    }
}
