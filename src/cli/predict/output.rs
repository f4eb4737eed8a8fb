//! Where predictions go.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use super::super::exit::Failure;
use super::super::terminal::Terminal;
use super::words::Words;
use crate::files::{AtomicFile, write_atomic};
use crate::studio::predict::{FilePrediction, Format, Sheet};
use crate::studio::{check_file, check_folder};

/// Takes predictions, one after the other.
pub(super) struct Output<'a> {
    format: Option<Format>,
    sheet: Sheet,
    words: Words,
    to: To<'a>,
}

/// Where they are written.
enum To<'a> {
    Terminal(&'a Terminal),
    File(Box<AtomicFile>, PathBuf),
    /// A track of labels for each file, what its name ends in, and the tracks that are there.
    Tracks(PathBuf, &'static str, BTreeSet<PathBuf>),
}

impl<'a> Output<'a> {
    /// No format stands for words.
    pub(super) fn new(
        format: Option<Format>,
        path: Option<&Path>,
        sheet: Sheet,
        labels: &[String],
        terminal: &'a Terminal,
    ) -> Result<Self, Failure> {
        let to = match path {
            None => To::Terminal(terminal),
            Some(path) => {
                // Before an hour of computing, not after it. Label tracks may go to a folder.
                match format.and_then(Format::track_extension) {
                    Some(_) => check_folder(path)?,
                    None => check_file(path)?,
                }
                let file = AtomicFile::create(path).map_err(refused(path))?;
                To::File(Box::new(file), path.to_owned())
            }
        };
        Ok(Self { format, sheet, words: Words::new(labels, sheet), to })
    }

    /// Once the number of files is known: a table gets its header, and several label tracks become a folder.
    pub(super) fn begin(&mut self, n_files: usize) -> Result<(), Failure> {
        if self.format == Some(Format::Csv) {
            return self.write(&self.sheet.csv_header());
        }
        let Some(extension) = self.format.and_then(Format::track_extension) else { return Ok(()) };
        match &mut self.to {
            To::Terminal(_) if n_files > 1 => Err(Failure::ManyTracks { n_files }),
            To::File(_, path) if n_files > 1 && path.is_file() => {
                Err(refused(path)(io::ErrorKind::NotADirectory.into()))
            }
            To::File(_, path) if n_files > 1 || path.is_dir() => {
                self.to = To::Tracks(path.clone(), extension, BTreeSet::new());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn add(&mut self, prediction: &FilePrediction) -> Result<(), Failure> {
        let lines = match self.format {
            None => self.words.of(prediction),
            Some(Format::Csv) => self.sheet.csv(prediction),
            Some(Format::Jsonl) => format!("{}\n", self.sheet.json(prediction)),
            Some(Format::Audacity) => self.sheet.audacity(prediction),
            Some(Format::SonicVisualiser) => self.sheet.sonic_visualiser(prediction),
        };
        match &mut self.to {
            To::Tracks(folder, extension, taken) => {
                let path = folder.join(track_name(&prediction.id, extension, taken));
                let parent = path.parent().unwrap_or(folder);
                fs::create_dir_all(parent).map_err(refused(parent))?;
                write_atomic(&path, lines.as_bytes()).map_err(refused(&path))
            }
            _ => self.write(&lines),
        }
    }

    /// Puts a file in its place; returns where the predictions are, unless they were printed.
    pub(super) fn finish(self) -> Result<Option<PathBuf>, Failure> {
        match self.to {
            To::Terminal(_) => Ok(None),
            To::Tracks(folder, ..) => Ok(Some(folder)),
            To::File(file, path) => {
                file.commit().map_err(refused(&path))?;
                Ok(Some(path))
            }
        }
    }

    fn write(&mut self, lines: &str) -> Result<(), Failure> {
        match &mut self.to {
            To::Terminal(terminal) => {
                lines.lines().for_each(|line| terminal.answer(line));
                Ok(())
            }
            To::File(file, path) => file.write_all(lines.as_bytes()).map_err(refused(path)),
            To::Tracks(..) => Ok(()),
        }
    }
}

fn refused(path: &Path) -> impl Fn(io::Error) -> Failure {
    move |source| Failure::Write { source, path: path.to_owned() }
}

/// `sub/song.wav` → `sub/song.wav.txt`: below the folder whatever the id says, and never the name of another track.
fn track_name(id: &str, extension: &str, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let steps = Path::new(id).components().filter(|step| matches!(step, Component::Normal(_)));
    let base = steps.collect::<PathBuf>().into_os_string();
    let names = (1..).map(|n| {
        let mut name = base.clone();
        name.push(if n == 1 { format!(".{extension}") } else { format!("-{n}.{extension}") });
        PathBuf::from(name)
    });
    let mut free = names.skip_while(|name| taken.contains(name));
    let name = free.next().unwrap_or_default();
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_tracks_stay_below_their_folder_and_never_replace_each_other() {
        let mut taken = BTreeSet::new();
        let names = ["a/b.wav", "a/b.wav", "/x/y.mp3", "../../z.wav"]
            .map(|id| track_name(id, "txt", &mut taken).display().to_string());
        assert_eq!(names, ["a/b.wav.txt", "a/b.wav-2.txt", "x/y.mp3.txt", "z.wav.txt"]);
    }
}
