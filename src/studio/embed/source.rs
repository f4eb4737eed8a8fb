//! What the user points at → tracks, each with its id and, where known, its label.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Skipped;
use super::list::{self, ListError};
use crate::dataset::files::{self, AudioFile, Found};
use crate::dataset::{Problem, Split};

/// A track to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTrack {
    /// Path below the source folder, with `/`.
    pub id: String,
    /// Where the file lies.
    pub path: PathBuf,
    /// Its class, where known.
    pub label: Option<String>,
}

/// Everything below a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The tracks in the order of their ids.
    pub tracks: Vec<ListedTrack>,
    /// What is no track, and why.
    pub ignored: Vec<(PathBuf, &'static str)>,
    /// What might be a track but cannot be looked at.
    pub unreadable: Vec<Skipped>,
}

/// Why a source has no tracks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing is there.
    #[error("no such file or folder: {}", path.display())]
    Missing {
        /// What was named.
        path: PathBuf,
    },
    /// A folder without audio.
    #[error("no audio file in the folder ({n_ignored} other files): {}", path.display())]
    NoAudio {
        /// Files of other kinds.
        n_ignored: usize,
        /// The folder.
        path: PathBuf,
    },
    /// The list of files is malformed.
    #[error(transparent)]
    List(#[from] ListError),
    /// One track, two labels.
    #[error("{id} is listed as {first:?} and as {second:?}; leave one of them: {}", path.display())]
    TwoLabels {
        /// The track.
        id: String,
        /// Its first label.
        first: String,
        /// Its second label.
        second: String,
        /// The list.
        path: PathBuf,
    },
}

/// Lists the tracks of a folder, of a CSV or TSV file that names files, or the one file itself.
///
/// In a folder, the first folder level names the class; a first level such as `train` or `test` names a split
/// and leaves the class to the second.
///
/// # Errors
/// The source does not exist, holds no audio, or is a malformed list.
pub fn list_tracks(source: &Path) -> Result<Listing, SourceError> {
    let mut listing = if source.is_dir() {
        walk(source)
    } else if !source.exists() {
        return Err(SourceError::Missing { path: source.to_owned() });
    } else if ["csv", "tsv"].contains(&files::extension_of(source).as_str()) {
        from_list(source)?
    } else {
        let mut listing = Listing::default();
        listing.add(source, source.file_name().map(Path::new).unwrap_or(source), None);
        listing
    };
    if listing.tracks.is_empty() && listing.unreadable.is_empty() {
        let n_ignored = listing.ignored.len();
        return Err(SourceError::NoAudio { n_ignored, path: source.to_owned() });
    }
    listing.tracks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(listing)
}

fn walk(folder: &Path) -> Listing {
    let Found { audio, others, ignored, problems } = files::walk(folder);
    let track = |AudioFile { id, path }| {
        let label = label_of(Path::new(&id));
        ListedTrack { id, path, label }
    };
    let skipped = |Problem { path, reason, .. }| Skipped { path, reason };
    let hidden = ignored.into_iter().map(|ignored| (ignored.path, "hidden"));
    Listing {
        tracks: audio.into_iter().map(track).collect(),
        ignored: hidden.chain(others.into_iter().map(|path| (path, "not an audio file"))).collect(),
        unreadable: problems.into_iter().map(skipped).collect(),
    }
}

fn from_list(source: &Path) -> Result<Listing, SourceError> {
    let folder = source.parent().unwrap_or(Path::new(""));
    let mut labels: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut listing = Listing::default();
    for (file, label) in list::read(source)? {
        let path = folder.join(&file);
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let id = files::track_id(below).unwrap_or(file);
        match labels.get(&id) {
            None => listing.add(&path, below, label.clone()),
            Some(first) if *first == label => listing.ignored.push((path, "listed twice")),
            Some(first) => {
                let [first, second] = [first.clone(), label].map(Option::unwrap_or_default);
                return Err(SourceError::TwoLabels { id, first, second, path: source.to_owned() });
            }
        }
        labels.insert(id, label);
    }
    Ok(listing)
}

impl Listing {
    fn add(&mut self, path: &Path, below: &Path, label: Option<String>) {
        match (files::track_id(below), files::absolute(path)) {
            (Some(id), Some(path)) => self.tracks.push(ListedTrack { id, path, label }),
            _ => {
                let Problem { path, reason, .. } = files::not_unicode(path.to_owned());
                self.unreadable.push(Skipped { path, reason });
            }
        }
    }
}

fn label_of(below: &Path) -> Option<String> {
    let mut folders = below.parent()?.iter().map(|step| step.to_str());
    let first = folders.next()??;
    let is_split = Split::of_name(first).is_some();
    let label = if is_split { folders.next()?? } else { first };
    Some(label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        folder
    }

    fn ids_and_labels(listing: &Listing) -> Vec<(&str, Option<&str>)> {
        listing.tracks.iter().map(|track| (track.id.as_str(), track.label.as_deref())).collect()
    }

    #[test]
    fn class_folders_give_labels_and_split_folders_do_not() {
        let folder = folder_with(&[
            "z.wav",
            "rock/b.WAV",
            "rock/deep/er/a.flac",
            "train/jazz/a.mp3",
            "Test/a.ogg",
        ]);
        let listing = list_tracks(folder.path()).unwrap();
        let wanted = [
            ("Test/a.ogg", None),
            ("rock/b.WAV", Some("rock")),
            ("rock/deep/er/a.flac", Some("rock")),
            ("train/jazz/a.mp3", Some("jazz")),
            ("z.wav", None),
        ];
        assert_eq!(ids_and_labels(&listing), wanted);
    }

    #[test]
    fn what_is_left_out_is_reported_with_its_reason() {
        let folder = folder_with(&["a.wav", "cover.jpg", "._a.wav", ".git/b.wav"]);
        let listing = list_tracks(folder.path()).unwrap();
        assert_eq!(ids_and_labels(&listing), [("a.wav", None)]);
        let ignored: Vec<_> = listing
            .ignored
            .iter()
            .map(|(path, reason)| {
                (path.strip_prefix(folder.path()).unwrap().to_str().unwrap(), *reason)
            })
            .collect();
        assert_eq!(
            ignored,
            [("._a.wav", "hidden"), (".git", "hidden"), ("cover.jpg", "not an audio file")]
        );
    }

    #[test]
    fn a_list_names_files_relative_to_itself() {
        let folder = folder_with(&["a.wav", "sub/b.wav"]);
        let list = folder.path().join("list.csv");
        std::fs::write(&list, "\u{feff}Genre;File\r\nrock;sub/b.wav\r\n;./a.wav\r\n;a.wav\r\n")
            .unwrap();
        let listing = list_tracks(&list).unwrap();
        assert_eq!(ids_and_labels(&listing), [("a.wav", None), ("sub/b.wav", Some("rock"))]);
        assert!(listing.tracks[1].path.exists());
        assert_eq!(listing.ignored.len(), 1);

        std::fs::write(&list, "path,label\na.wav,rock\na.wav,jazz\n").unwrap();
        let error = list_tracks(&list).unwrap_err().to_string();
        assert!(error.starts_with("a.wav is listed as \"rock\" and as \"jazz\""), "{error}");
    }

    #[test]
    fn a_source_without_audio_is_an_error() {
        let folder = folder_with(&["readme.txt"]);
        let error = list_tracks(folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("no audio file in the folder (1 other files)"), "{error}");
        assert!(list_tracks(&folder.path().join("nowhere")).is_err());
    }
}
