//! A folder → its audio files and everything else, each with a reason.

use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use super::{Ignored, Problem};

/// Extensions of audio files, in lower case.
const AUDIO: [&str; 14] = [
    "wav", "wave", "flac", "mp3", "ogg", "oga", "opus", "m4a", "m4b", "mp4", "aac", "aif", "aiff",
    "aifc",
];

/// Extensions of audio that has no decoder here, in lower case.
const UNDECODED: [&str; 12] =
    ["au", "snd", "wma", "ac3", "amr", "ape", "wv", "mpc", "caf", "dsf", "mka", "webm"];

/// An audio file below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AudioFile {
    /// Path below the folder, with `/`.
    pub(crate) id: String,
    /// Where the file lies.
    pub(crate) path: PathBuf,
}

impl AudioFile {
    /// The last part of its id.
    pub(crate) fn name(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or(&self.id)
    }
}

/// Everything below a folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Audio by its name, in the order of ids.
    pub(crate) audio: Vec<AudioFile>,
    /// Files of other kinds: lists, pictures.
    pub(crate) others: Vec<PathBuf>,
    /// What is passed over.
    pub(crate) ignored: Vec<Ignored>,
    /// What cannot be looked at.
    pub(crate) problems: Vec<Problem>,
}

/// Looks through a folder; links are followed, but not in circles.
pub(crate) fn walk(folder: &Path) -> Found {
    let mut found = Found::default();
    let mut entries =
        WalkDir::new(folder).min_depth(1).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = format!("cannot be looked at ({error})");
                found.problems.push(Problem { path, line: None, reason });
                continue;
            }
        };
        let is_folder = entry.file_type().is_dir();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            if is_folder {
                entries.skip_current_dir();
            }
            found.ignored.push(Ignored { path: entry.into_path(), reason: "hidden".to_owned() });
        } else if !is_folder {
            found.add(folder, entry.into_path());
        }
    }
    found.audio.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

impl Found {
    fn add(&mut self, folder: &Path, path: PathBuf) {
        if UNDECODED.contains(&extension_of(&path).as_str()) {
            let reason = "cannot be decoded here; convert it to FLAC or WAV".to_owned();
            self.problems.push(Problem { path, line: None, reason });
            return;
        }
        if !is_audio(&path) {
            self.others.push(path);
            return;
        }
        let below = path.strip_prefix(folder).unwrap_or(&path);
        match (track_id(below), absolute(&path)) {
            (Some(id), Some(path)) => self.audio.push(AudioFile { id, path }),
            _ => self.problems.push(not_unicode(path)),
        }
    }
}

pub(crate) fn not_unicode(path: PathBuf) -> Problem {
    let reason = "its name is not valid Unicode; rename it".to_owned();
    Problem { path, line: None, reason }
}

/// Whether the extension is one of audio, in any case.
pub(crate) fn is_audio(path: &Path) -> bool {
    AUDIO.contains(&extension_of(path).as_str())
}

/// The extension in lower case, empty if there is none.
pub(crate) fn extension_of(path: &Path) -> String {
    path.extension().and_then(|text| text.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// The path with `/` on every system, without `.` steps: the id of a track. `None` unless it is Unicode.
pub(crate) fn track_id(below: &Path) -> Option<String> {
    if below.is_absolute() {
        return below.to_str().map(str::to_owned);
    }
    let steps = below.components().filter(|step| *step != Component::CurDir);
    Some(steps.map(|step| step.as_os_str().to_str()).collect::<Option<Vec<_>>>()?.join("/"))
}

/// The absolute path, if it is Unicode.
pub(crate) fn absolute(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.to_str().is_some().then_some(path)
}
