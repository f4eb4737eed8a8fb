//! `synth.json`: everything that decides what the clips are.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Size, SynthError, SynthJob};
use crate::audio::AudioFormat;
use crate::files::{AtomicFile, write_atomic};
use crate::synthesis::{Renderer, SAMPLE_RATE_HZ};

/// The record's file name.
const RECORD: &str = "synth.json";

/// Raised whenever the same seed gives other clips than before.
const RULES: u32 = 1;

/// What a collection was made by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynthRecord {
    /// The version of the program that began it.
    pub program: String,
    /// The version of the rules.
    pub rules: u32,
    /// `instruments`, `genres` or `corpus`.
    pub collection: String,
    /// What everything random follows from.
    pub seed: u64,
    /// Clips of each class in training, validation and test; none for a corpus.
    pub per_class: Option<[u64; 3]>,
    /// Tracks of a corpus.
    pub tracks: Option<u64>,
    /// `wav`, `flac` or `ogg`.
    pub format: String,
    /// The quality of Ogg Vorbis, in hundredths; none for the others.
    pub quality: Option<i8>,
    /// The rate of the clips, in Hz.
    pub sample_rate_hz: u32,
    /// The name of the SoundFont, or `built-in`.
    pub soundfont: String,
    /// The digest of the SoundFont.
    pub soundfont_sha256: Option<String>,
}

impl SynthRecord {
    fn of(job: &SynthJob, renderer: &Renderer) -> Self {
        let (per_class, tracks) = match job.size {
            Size::PerClass(counts) => (Some(counts), None),
            Size::Tracks(n_tracks) => (None, Some(n_tracks)),
        };
        Self {
            program: format!("pecmae {}", env!("CARGO_PKG_VERSION")),
            rules: RULES,
            collection: job.collection.to_string(),
            seed: job.seed,
            per_class,
            tracks,
            format: job.format.to_string(),
            quality: (job.format == AudioFormat::Ogg).then_some(job.quality),
            sample_rate_hz: SAMPLE_RATE_HZ,
            soundfont: renderer.name().to_owned(),
            soundfont_sha256: renderer.sha256().map(|digest| digest.to_string()),
        }
    }
}

/// Makes the folder and its record, or finds them as they would be made.
pub(super) fn open(job: &SynthJob, renderer: &Renderer) -> Result<(), SynthError> {
    let wanted = SynthRecord::of(job, renderer);
    let (folder, path) = (&job.folder, job.folder.join(RECORD));
    let failed = |verb, path: &Path| {
        let path = path.to_owned();
        move |source| SynthError::Io { verb, source, path }
    };
    std::fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    AtomicFile::remove_all_abandoned(folder).map_err(failed("clean the folder", folder))?;
    let found = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut entries = std::fs::read_dir(folder).map_err(failed("list", folder))?;
            if entries.next().is_some() {
                return Err(SynthError::InTheWay { path: folder.clone() });
            }
            let mut text = serde_json::to_vec_pretty(&wanted).expect("plain data has a JSON form");
            text.push(b'\n');
            return write_atomic(&path, &text).map_err(failed("write", &path));
        }
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let found: SynthRecord = serde_json::from_slice(&found)
        .map_err(|error| SynthError::Record { reason: error.to_string(), path })?;
    compare(&found, &wanted, folder)
}

/// Names the first setting that differs.
fn compare(found: &SynthRecord, wanted: &SynthRecord, folder: &Path) -> Result<(), SynthError> {
    let fields = |record: &SynthRecord| match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (found, wanted) = (fields(found), fields(wanted));
    for (name, wanted) in &wanted {
        let found = &found[name];
        // Another version of the program whose rules are the same makes the same clips.
        if name != "program" && found != wanted {
            return Err(SynthError::OtherSettings {
                name: name.clone(),
                found: found.to_string(),
                wanted: wanted.to_string(),
                path: folder.to_owned(),
            });
        }
    }
    Ok(())
}
