//! A file that arrives in pieces: kept as `NAME.VERSION.part` until it is whole and verified.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::PullError;
use crate::files::Sha256Digest;

/// The first bytes of a file, on disk, with their running digest; locked against other processes.
///
/// The version is in the name, so bytes of one version are never continued with those of another.
#[derive(Debug)]
pub(super) struct Part {
    target: PathBuf,
    path: PathBuf,
    file: File,
    hasher: Sha256,
    len: u64,
}

impl Part {
    /// Opens the part of `target` in the version that `etag` names, with what an earlier attempt left
    /// of it; parts of other versions are removed. Without an `etag` there is nothing to continue.
    ///
    /// # Errors
    /// [`PullError::Busy`], or the file cannot be created or read.
    pub(super) fn open(target: &Path, etag: Option<&str>) -> Result<Self, PullError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let version = etag.map_or_else(
            || "unversioned".to_owned(),
            |etag| Sha256Digest::of(etag.as_bytes()).to_string()[..16].to_owned(),
        );
        let path = target.with_file_name(format!("{name}.{version}.part"));
        let io = |source| PullError::Io { path: path.clone(), source };

        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(io)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(PullError::Busy { path }),
            // Some network file systems know no locks; a mixed-up part then fails its digest.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        remove_other_versions(target, &name, &path).map_err(io)?;
        let mut part = Self {
            target: target.to_owned(),
            path: path.clone(),
            file,
            hasher: Sha256::new(),
            len: 0,
        };
        if etag.is_some() { part.digest_what_is_there() } else { part.restart() }.map_err(io)?;
        Ok(part)
    }

    /// Bytes at hand.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Where they are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds bytes.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Forgets all bytes.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.hasher.reset();
        self.len = 0;
        Ok(())
    }

    /// The digest of the bytes at hand.
    pub(super) fn digest(&self) -> Sha256Digest {
        Sha256Digest(self.hasher.clone().finalize().into())
    }

    /// Removes the bytes.
    pub(super) fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Puts the whole file in its place, durably.
    pub(super) fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        match self.target.parent() {
            // A rename is durable only once its folder is synced; not every platform lets a folder be opened.
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }

    fn digest_what_is_there(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match self.file.read(&mut buffer)? {
                0 => return Ok(()),
                n => {
                    self.hasher.update(&buffer[..n]);
                    self.len += n as u64;
                }
            }
        }
    }
}

/// A part without bytes is no use to anyone.
impl Drop for Part {
    fn drop(&mut self) {
        if self.len == 0 {
            let _ = fs::remove_file(&self.path); // it may have been discarded or moved already
        }
    }
}

fn remove_other_versions(target: &Path, name: &str, current: &Path) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let other = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_part = other.strip_prefix(name).is_some_and(|rest| {
            rest.starts_with('.') && rest.ends_with(".part") && rest.matches('.').count() == 2
        });
        if is_part && path != current {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder can be made")
    }

    #[test]
    fn a_part_is_continued_in_its_own_version_only() -> Result<(), Box<dyn std::error::Error>> {
        let folder = folder();
        let target = folder.path().join("weights.pt");
        Part::open(&target, Some("one"))?.append(b"abc")?;
        let mut part = Part::open(&target, Some("one"))?;
        assert_eq!(part.len(), 3);
        part.append(b"def")?;
        assert_eq!(part.digest(), Sha256Digest::of(b"abcdef"));
        drop(part);

        let part = Part::open(&target, Some("two"))?;
        assert_eq!(part.len(), 0);
        assert_eq!(fs::read_dir(folder.path())?.count(), 1, "the part of version one is gone");
        drop(part);
        assert_eq!(fs::read_dir(folder.path())?.count(), 0, "a part without bytes goes by itself");
        Ok(())
    }

    #[test]
    fn parts_of_other_files_stay() -> Result<(), Box<dyn std::error::Error>> {
        let folder = folder();
        let other = folder.path().join("weights.pt.old.0.part");
        fs::write(&other, b"x")?;
        Part::open(&folder.path().join("weights.pt"), Some("one"))?;
        assert!(other.exists());
        Ok(())
    }

    #[test]
    fn two_downloads_of_one_file_do_not_mix() -> Result<(), Box<dyn std::error::Error>> {
        let folder = folder();
        let target = folder.path().join("weights.pt");
        let first = Part::open(&target, Some("one"))?;
        let second = Part::open(&target, Some("one"));
        assert!(matches!(second, Err(PullError::Busy { .. })));
        drop(first);
        assert!(Part::open(&target, Some("one")).is_ok());
        Ok(())
    }
}
