//! `sounds/` of a run: what is there, what still counts, and what goes.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::wanted::{Wanted, key, z_digest};
use super::{Check, Made, SonifyRunError, Sound, SoundsRecord};
use crate::classifier::Classifier;
use crate::files::{AtomicFile, write_atomic};
use crate::runs::RunFolder;
use crate::studio::level::Level;
use crate::studio::rendering::{RenderError, digest};

/// The record's file name.
const RECORD: &str = "sounds.json";

/// The folder, for this process alone.
#[derive(Debug)]
pub(super) struct SoundsFolder {
    path: PathBuf,
    /// By row and take.
    sounds: BTreeMap<(usize, usize), Sound>,
    /// Locked as long as this lives.
    _lock: File,
}

impl SoundsFolder {
    /// Makes the folder, or goes on with what is in it.
    ///
    /// A sound stays if its file is as it was written, its prototype is still the same, and, among the prototypes that are
    /// wanted, if it was made as it would be now. All others are removed.
    pub(super) fn open(
        run: &RunFolder,
        classifier: &Classifier,
        wanted: &[Wanted],
    ) -> Result<Self, SonifyRunError> {
        let lock = lock(run)?;
        let path = run.sounds_path();
        std::fs::create_dir_all(&path).map_err(RenderError::io("make the folder", &path))?;
        let record = path.join(RECORD);
        // Nobody else writes here now, so what looks unfinished is what a killed process left.
        AtomicFile::remove_all_abandoned(&path).map_err(RenderError::io("clean", &path))?;
        let mut folder = Self { path, sounds: BTreeMap::new(), _lock: lock };
        let earlier = read(&record)?;
        let names: BTreeMap<_, _> = wanted.iter().map(|w| ((w.row, w.take), w)).collect();
        let of_row: BTreeMap<_, _> = wanted.iter().map(|wanted| (wanted.row, wanted)).collect();
        for mut sound in earlier {
            let counts = classifier.info().get(sound.row).is_some_and(|info| {
                let current = of_row.get(&sound.row);
                // Longer runs with other takes of the same settings stay useful.
                let as_now = current.is_none_or(|now| {
                    let first_seed = now.made.seed.wrapping_sub(now.take as u64);
                    let seed = first_seed.wrapping_add(sound.take as u64);
                    key(&now.z, &Made { seed, ..now.made.clone() }) == sound.key
                });
                let z = classifier.sonifiable().row(sound.row).to_vec();
                sound.prototype.clone_from(&info.name);
                as_now && z_digest(&z) == sound.z_sha256
            });
            let (file, at) = (folder.path.join(&sound.file), (sound.row, sound.take));
            let is_named = names.get(&at).is_none_or(|wanted| wanted.file == sound.file);
            if counts && is_named && digest(&file)?.is_some_and(|found| found == sound.sha256) {
                folder.sounds.insert(at, sound);
            } else if is_plain(&sound.file) && file.exists() {
                std::fs::remove_file(&file).map_err(RenderError::io("remove", &file))?;
            }
        }
        folder.write()?;
        Ok(folder)
    }

    pub(super) fn path_of(&self, wanted: &Wanted) -> PathBuf {
        self.path.join(&wanted.file)
    }

    pub(super) fn holds(&self, wanted: &Wanted) -> bool {
        self.sounds.get(&(wanted.row, wanted.take)).is_some_and(|sound| sound.key == wanted.key)
    }

    /// The wanted sounds that are there.
    pub(super) fn sounds(&self, wanted: &[Wanted]) -> Vec<Sound> {
        let mut places: Vec<_> = wanted.iter().map(|wanted| (wanted.row, wanted.take)).collect();
        places.sort_unstable();
        places.iter().filter_map(|place| self.sounds.get(place)).cloned().collect()
    }

    /// Takes in a sound whose file has just been written.
    pub(super) fn add(
        &mut self,
        wanted: &Wanted,
        candidate: usize,
        level: Level,
    ) -> Result<(), RenderError> {
        let path = self.path_of(wanted);
        let sha256 = digest(&path)?.unwrap_or_default();
        let Wanted { prototype, class, row, take, file, key, z_sha256, made, .. } = wanted.clone();
        let Level { lufs, gain_db, peak } = level;
        let sound = Sound {
            prototype,
            class,
            row,
            take,
            file,
            sha256,
            key,
            z_sha256,
            made,
            lufs,
            gain_db,
            peak,
            candidate,
            check: None,
        };
        self.sounds.insert((row, take), sound);
        Ok(())
    }

    pub(super) fn set_check(&mut self, wanted: &Wanted, check: Check) {
        if let Some(sound) = self.sounds.get_mut(&(wanted.row, wanted.take)) {
            sound.check = Some(check);
        }
    }

    pub(super) fn write(&self) -> Result<(), RenderError> {
        let path = self.path.join(RECORD);
        let sounds = self.sounds.values().cloned().collect();
        let record = SoundsRecord { schema: SoundsRecord::SCHEMA, sounds };
        let json = serde_json::to_string_pretty(&record).map_err(io::Error::from);
        json.and_then(|json| write_atomic(&path, (json + "\n").as_bytes()))
            .map_err(RenderError::io("write", &path))
    }
}

/// The part of a record that says what the rest looks like.
#[derive(Deserialize)]
struct Form {
    schema: u32,
}

/// The recorded sounds of a run's prototypes as they now are, and where they lie; none if nothing was rendered yet.
///
/// # Errors
/// The record cannot be read, or is damaged.
pub fn sounds_of(
    run: &RunFolder,
    classifier: &Classifier,
) -> Result<Vec<(PathBuf, Sound)>, SonifyRunError> {
    let folder = run.sounds_path();
    let z = classifier.sonifiable();
    let counts = |sound: &Sound| {
        let is_there = sound.row < z.nrows() && is_plain(&sound.file);
        is_there && z_digest(&z.row(sound.row).to_vec()) == sound.z_sha256
    };
    let sounds = read(&folder.join(RECORD))?.into_iter().filter(counts);
    Ok(sounds.map(|sound| (folder.join(&sound.file), sound)).collect())
}

/// The sounds of a record; none if there is no record.
fn read(path: &Path) -> Result<Vec<Sound>, SonifyRunError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RenderError::io("read", path)(error).into()),
    };
    let damaged = |reason: String| SonifyRunError::Record { reason, path: path.to_owned() };
    let malformed = |error: serde_json::Error| damaged(error.to_string());
    let Form { schema: found } = serde_json::from_slice(&bytes).map_err(malformed)?;
    match found {
        SoundsRecord::SCHEMA => {
            Ok(serde_json::from_slice::<SoundsRecord>(&bytes).map_err(malformed)?.sounds)
        }
        found => Err(damaged(format!("schema {found}, expected {}", SoundsRecord::SCHEMA))),
    }
}

/// Keeps other processes from rendering the same run.
fn lock(run: &RunFolder) -> Result<File, SonifyRunError> {
    let path = run.settings_path();
    let file = File::open(&path).map_err(RenderError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SonifyRunError::Busy { path: run.path().to_owned() }),
        Err(TryLockError::Error(error)) => Err(RenderError::io("lock", &path)(error).into()),
    }
}

/// A name of a sound in this folder, whatever a damaged record says.
fn is_plain(file: &str) -> bool {
    file.ends_with(".wav") && Path::new(file).file_name().is_some_and(|name| name == file)
}
