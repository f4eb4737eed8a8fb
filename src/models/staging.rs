//! A folder appears whole or not at all: temporary folder beside the target, fsync, rename.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder under construction. Dropped without [`StagedFolder::commit`], it vanishes.
#[derive(Debug)]
pub(super) struct StagedFolder {
    target: PathBuf,
    temporary: TempDir,
}

/// What temporary folders start with; no model's name does.
pub(super) const PREFIX: &str = ".pecmae-";

impl StagedFolder {
    /// Starts a folder that will become `target`; folders above it are made.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let parent = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        let temporary = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        Ok(Self { target: target.to_owned(), temporary })
    }

    /// The folder to write into.
    pub(super) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Puts the folder in place, durably. An existing target is moved aside first and removed last if `replace`, and is an
    /// error otherwise.
    pub(super) fn commit(self, replace: bool) -> io::Result<()> {
        for entry in fs::read_dir(self.path())? {
            File::open(entry?.path())?.sync_all()?;
        }
        shared_permissions(self.path())?;
        sync_folder(self.path())?;
        let parent = self.target.parent().unwrap_or(Path::new("."));
        let aside = if replace && self.target.exists() {
            let aside = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            fs::rename(&self.target, aside.path().join("old"))?;
            Some(aside)
        } else {
            None
        };
        if let Err(error) = fs::rename(self.path(), &self.target) {
            if let Some(aside) = aside {
                fs::rename(aside.path().join("old"), &self.target)?;
            }
            return Err(error);
        }
        // Already renamed: there is nothing left for the guard to remove.
        let _ = self.temporary.keep();
        sync_folder(parent)
    }
}

/// Temporary folders are private; a finished one is like any other that the user makes.
fn shared_permissions(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// A rename is durable only once its folder is synced; not every platform lets a folder be opened.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
