//! Files, folders and lists → audio files in order.

use std::path::{Path, PathBuf};

use crate::studio::embed::{ListedTrack, Skipped, SourceError, list_tracks};

/// An audio file to be labeled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFile {
    /// As the user would name it.
    pub path: PathBuf,
    /// Its name below the source that it was found in.
    pub id: String,
    /// Where it lies.
    pub location: PathBuf,
}

/// Everything that some sources name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AudioFiles {
    /// In the order of the sources; those of a folder or a list in the order of their ids.
    pub files: Vec<AudioFile>,
    /// What was named and is no audio file.
    pub unusable: Vec<Skipped>,
}

impl AudioFiles {
    /// Lists files; a source that is not there or holds no audio is unusable, not an error, as others may be fine.
    ///
    /// # Errors
    /// A list is malformed.
    pub fn list(sources: &[PathBuf]) -> Result<Self, SourceError> {
        let mut found = Self::default();
        for source in sources {
            match list_tracks(source) {
                Ok(listing) => {
                    let base = base_of(source);
                    let named = |ListedTrack { id, path, .. }| AudioFile {
                        path: base.as_deref().map_or_else(|| source.clone(), |base| base.join(&id)),
                        id,
                        location: path,
                    };
                    found.files.extend(listing.tracks.into_iter().map(named));
                    found.unusable.extend(listing.unreadable);
                }
                Err(error @ (SourceError::Missing { .. } | SourceError::NoAudio { .. })) => {
                    let text = error.to_string();
                    let reason = text.strip_suffix(&format!(": {}", source.display()));
                    let reason = reason.unwrap_or(&text).to_owned();
                    found.unusable.push(Skipped { path: source.clone(), reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// What the ids of a source are below; `None` for a single file, which is its own.
fn base_of(source: &Path) -> Option<PathBuf> {
    let is_list = source
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|found| ["csv", "tsv"].iter().any(|known| known.eq_ignore_ascii_case(found)));
    match source.is_dir() {
        true => Some(source.to_owned()),
        false if is_list => Some(source.parent().unwrap_or(Path::new("")).to_owned()),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_the_order_of_their_sources_and_the_names_that_the_user_gave() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("d/sub")).unwrap();
        for name in ["d/b.wav", "d/sub/a.wav", "z.mp3", "d/notes.txt"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::write(at("list.csv"), "path\nd/b.wav\n").unwrap();
        std::fs::create_dir(at("empty")).unwrap();
        let sources = ["z.mp3", "nowhere.wav", "d", "list.csv", "empty"].map(at);
        let found = AudioFiles::list(&sources).unwrap();
        let names: Vec<_> = found
            .files
            .iter()
            .map(|file| {
                (file.path.strip_prefix(folder.path()).unwrap().to_str().unwrap(), file.id.as_str())
            })
            .collect();
        let wanted = [
            ("z.mp3", "z.mp3"),
            ("d/b.wav", "b.wav"),
            ("d/sub/a.wav", "sub/a.wav"),
            ("d/b.wav", "d/b.wav"),
        ];
        assert_eq!(names, wanted);
        let reasons: Vec<_> =
            found.unusable.iter().map(|skipped| skipped.reason.as_str()).collect();
        assert_eq!(
            reasons,
            ["no such file or folder", "no audio file in the folder (0 other files)"]
        );
        std::fs::write(at("list.csv"), "genre\nrock\n").unwrap();
        assert!(AudioFiles::list(&[at("list.csv")]).is_err());
    }
}
