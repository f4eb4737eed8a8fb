//! A file appears whole or not at all: temporary file beside the target, fsync, rename.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Sha256Digest;

/// What temporary files begin with.
const PREFIX: &str = ".pecmae-";
/// What temporary files end with.
const SUFFIX: &str = ".tmp";

/// A file under construction that replaces `target` only when [`AtomicFile::commit`] succeeds.
///
/// Dropped without a commit, it leaves `target` as it was and removes its temporary file.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    temporary: BufWriter<NamedTempFile>,
}

impl AtomicFile {
    /// Starts a file that will become `target`; the folder of `target` must exist.
    ///
    /// # Errors
    /// The temporary file cannot be created beside `target`.
    pub fn create(target: &Path) -> io::Result<Self> {
        // Asked first, because the error would name the temporary file, which nobody knows.
        std::fs::metadata(folder_of(target))?;
        let temporary = tempfile::Builder::new()
            .prefix(&prefix_for(target))
            .suffix(SUFFIX)
            .permissions(permissions_of_a_new_file())
            .tempfile_in(folder_of(target))?;
        Ok(Self { target: target.to_owned(), temporary: BufWriter::new(temporary) })
    }

    /// Removes temporary files for `target` that a killed process left.
    ///
    /// Only for whoever knows, as by a lock, that nobody is writing `target` right now.
    ///
    /// # Errors
    /// The folder cannot be listed, or a file in it not be removed.
    pub fn remove_abandoned(target: &Path) -> io::Result<()> {
        let prefix = prefix_for(target);
        for entry in std::fs::read_dir(folder_of(target))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if name.starts_with(prefix.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// The same for every target in a folder.
    ///
    /// # Errors
    /// As [`AtomicFile::remove_abandoned`].
    pub fn remove_all_abandoned(folder: &Path) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Puts the finished file in place of the target, durably.
    ///
    /// # Errors
    /// Flushing, syncing or renaming fails; the old target is then untouched.
    pub fn commit(self) -> io::Result<()> {
        let temporary = self.temporary.into_inner().map_err(io::IntoInnerError::into_error)?;
        temporary.as_file().sync_all()?;
        temporary.persist(&self.target).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.target))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.temporary.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Formats whose header states the length are written header last.
impl Seek for AtomicFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.temporary.seek(position)
    }
}

/// Replaces `target` by `bytes`, whole or not at all.
///
/// # Errors
/// As [`AtomicFile::create`] and [`AtomicFile::commit`].
pub fn write_atomic(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(target)?;
    file.write_all(bytes)?;
    file.commit()
}

/// Tells the temporary files of one target from those of others, whatever the length of its name.
fn prefix_for(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = Sha256Digest::of(name).to_string();
    format!("{PREFIX}{}-", &digest[..16])
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A rename is durable only once its folder is synced; not every platform lets a folder be opened.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// What the user's umask would give any other new file; temporary files are private otherwise.
fn permissions_of_a_new_file() -> std::fs::Permissions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::Permissions::from_mode(0o666)
    }
    #[cfg(not(unix))]
    {
        std::fs::metadata(".").map(|m| m.permissions()).expect("the working folder has permissions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_file_leaves_the_target_and_no_litter() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let target = folder.path().join("a.txt");
        write_atomic(&target, b"old")?;

        let mut file = AtomicFile::create(&target)?;
        file.write_all(b"half a fi")?;
        drop(file);

        assert_eq!(std::fs::read(&target)?, b"old");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn what_a_killed_process_left_for_one_target_can_be_removed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let [a, b] = ["a.txt", "b.txt"].map(|name| folder.path().join(name));
        for target in [&a, &b] {
            write_atomic(target, b"whole")?;
            let mut file = AtomicFile::create(target)?;
            file.write_all(b"half")?;
            std::mem::forget(file);
        }
        AtomicFile::remove_abandoned(&a)?;
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 3);
        assert_eq!((std::fs::read(&a)?, std::fs::read(&b)?), (b"whole".into(), b"whole".into()));
        std::fs::write(folder.path().join(".mine.tmp"), b"")?;
        AtomicFile::remove_all_abandoned(folder.path())?;
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 3);
        Ok(())
    }

    #[test]
    fn a_commit_replaces_the_target() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let target = folder.path().join("a.txt");
        write_atomic(&target, b"old")?;
        write_atomic(&target, b"new")?;
        assert_eq!(std::fs::read(&target)?, b"new");
        Ok(())
    }
}
