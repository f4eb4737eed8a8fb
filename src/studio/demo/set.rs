//! The labeled sets that are part of the program.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use include_dir::{Dir, DirEntry, include_dir};

use crate::files::write_atomic;

static INSTRUMENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/models/demo/instruments");
static GENRES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/models/demo/genres");

/// A labeled set that is part of the program, with splits; `models/demo/README.md` says how it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DemoSet {
    /// Clips of 4 s, one class for each instrument.
    #[default]
    Instruments,
    /// Clips of 8 s, one class for each style of music.
    Genres,
}

/// A name that is none of a set.
#[derive(Debug, thiserror::Error)]
#[error("expected instruments or genres, found {0:?}")]
pub struct UnknownSet(String);

impl FromStr for DemoSet {
    type Err = UnknownSet;

    fn from_str(text: &str) -> Result<Self, UnknownSet> {
        let found = Self::ALL.into_iter().find(|set| set.name() == text);
        found.ok_or_else(|| UnknownSet(text.to_owned()))
    }
}

impl fmt::Display for DemoSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl DemoSet {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Instruments, Self::Genres];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instruments => "instruments",
            Self::Genres => "genres",
        }
    }

    fn content(self) -> &'static Dir<'static> {
        match self {
            Self::Instruments => &INSTRUMENTS,
            Self::Genres => &GENRES,
        }
    }

    /// Writes the set into a folder of its name below `parent`, as far as it is not there yet.
    ///
    /// # Errors
    /// The path at fault, and what the system said.
    pub fn unpack(self, parent: &Path) -> Result<PathBuf, (PathBuf, io::Error)> {
        let folder = parent.join(self.name());
        unpack(self.content(), &folder)?;
        Ok(folder)
    }
}

fn unpack(content: &Dir<'static>, folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    for entry in content.entries() {
        let path = folder.join(entry.path().file_name().unwrap_or_default());
        match entry {
            DirEntry::Dir(below) => unpack(below, &path)?,
            DirEntry::File(file) => {
                if !fs::read(&path).is_ok_and(|found| found == file.contents()) {
                    write_atomic(&path, file.contents()).map_err(|error| (path, error))?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_written_again_and_a_whole_one_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = DemoSet::Instruments.unpack(home.path()).unwrap();
        let metadata = folder.join("metadata.csv");
        let whole = fs::read(&metadata).unwrap();
        let untouched = fs::metadata(folder.join("synth.json")).unwrap().modified().unwrap();
        fs::write(&metadata, &whole[..10]).unwrap();
        DemoSet::Instruments.unpack(home.path()).unwrap();
        assert_eq!(fs::read(&metadata).unwrap(), whole);
        let after = fs::metadata(folder.join("synth.json")).unwrap().modified().unwrap();
        assert_eq!(after, untouched);
    }
}
