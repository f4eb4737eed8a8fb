//! Rules and a seed → a folder of labeled audio that anybody can make again.
//!
//! ```text
//! OUT/synth.json                       what was asked for, and by which synthesiser; written first
//! OUT/train|validation|test/CLASS/…    the clips; of a corpus OUT/CLASS/…
//! OUT/metadata.csv                     a row a clip; written last, so that a folder without it is not finished
//! ```
//!
//! A clip that is there is not made again, so the same command goes on where it was stopped.

mod clip;
mod error;
mod metadata;
mod record;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::output::check_folder;
use crate::audio::{AudioFormat, write_audio};
use crate::files::AtomicFile;
use crate::job::CancelToken;
use crate::synthesis::{Collection, Renderer};
use clip::Clip;
pub use error::SynthError;
pub use record::SynthRecord;

/// How many clips of each class there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Of each class in training, validation and test.
    PerClass([u64; 3]),
    /// In all.
    Tracks(u64),
}

/// What is to be made.
#[derive(Debug, Clone)]
pub struct SynthJob {
    /// What kind of data set.
    pub collection: Collection,
    /// How much of it.
    pub size: Size,
    /// What everything random follows from.
    pub seed: u64,
    /// How the clips are stored.
    pub format: AudioFormat,
    /// The quality of Ogg Vorbis, in hundredths from -10 to 100.
    pub quality: i8,
    /// The folder, made if it is not there.
    pub folder: PathBuf,
}

impl SynthJob {
    /// How many clips there are to be.
    pub fn n_clips(&self) -> u64 {
        match self.size {
            Size::PerClass(counts) => {
                counts.iter().sum::<u64>() * self.collection.class_names().len() as u64
            }
            Size::Tracks(n_tracks) => n_tracks,
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SynthProgress {
    /// Clips made now.
    pub n_made: u64,
    /// Clips that were there.
    pub n_kept: u64,
    /// Clips in all.
    pub n_clips: u64,
    /// The audio made now, in s.
    pub audio_seconds: f64,
    /// The time since the start.
    pub elapsed: Duration,
}

impl SynthProgress {
    /// What part of the clips is there.
    pub fn fraction(&self) -> f64 {
        (self.n_made + self.n_kept) as f64 / self.n_clips.max(1) as f64
    }

    /// Seconds of audio a second.
    pub fn speed(&self) -> f64 {
        self.audio_seconds / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// Makes what is missing of a collection.
///
/// The files depend on the job and the synthesiser, not on the number of threads.
///
/// # Errors
/// The folder holds something else or was made by other settings, a file cannot be written, or somebody asked to stop.
pub fn synth(
    job: &SynthJob,
    renderer: &Renderer,
    tell: &(dyn Fn(SynthProgress) + Sync),
    cancel: &CancelToken,
) -> Result<SynthProgress, SynthError> {
    check_folder(&job.folder)?;
    record::open(job, renderer)?;
    let clips = clip::all(job);
    let started = Instant::now();
    let (n_made, n_kept) = (AtomicU64::new(0), AtomicU64::new(0));
    let progress = || {
        let n_made = n_made.load(Ordering::Relaxed);
        SynthProgress {
            n_made,
            n_kept: n_kept.load(Ordering::Relaxed),
            n_clips: clips.len() as u64,
            audio_seconds: n_made as f64 * job.collection.clip_seconds(),
            elapsed: started.elapsed(),
        }
    };
    make_folders(job, &clips)?;
    // One at a time tells, so that what is told never goes back.
    let telling = Mutex::new(());
    clips.par_iter().try_for_each(|clip| {
        if cancel.is_cancelled() {
            return Err(SynthError::Cancelled { n_done: n_made.load(Ordering::Relaxed) });
        }
        let path = job.folder.join(&clip.file);
        if path.exists() {
            n_kept.fetch_add(1, Ordering::Relaxed);
        } else {
            let sound = renderer.render(&clip.score(job), &clip.seed);
            write_audio(&path, &sound, job.format, f32::from(job.quality) / 100.0)?;
            n_made.fetch_add(1, Ordering::Relaxed);
        }
        if let Ok(_turn) = telling.try_lock() {
            tell(progress());
        }
        Ok(())
    })?;
    metadata::write(job, &clips)?;
    let progress = progress();
    tell(progress);
    Ok(progress)
}

/// Makes the folders of the clips, and removes from them what a killed process left.
fn make_folders(job: &SynthJob, clips: &[Clip]) -> Result<(), SynthError> {
    let mut folders: Vec<&Path> = clips.iter().filter_map(|clip| clip.file.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let path = job.folder.join(folder);
        std::fs::create_dir_all(&path)
            .and_then(|()| AtomicFile::remove_all_abandoned(&path))
            .map_err(|source| SynthError::Io { verb: "prepare", source, path })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn job(folder: &Path) -> SynthJob {
        SynthJob {
            collection: Collection::Corpus,
            size: Size::Tracks(3),
            seed: 4,
            format: AudioFormat::Wav,
            quality: 60,
            folder: folder.to_owned(),
        }
    }

    /// Every file below a folder.
    fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        walkdir::WalkDir::new(folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let below = entry.path().strip_prefix(folder).unwrap().to_owned();
                (below, std::fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    #[test]
    fn a_stopped_job_keeps_what_it_made_and_goes_on_to_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let [whole, stopped] = ["whole", "stopped"].map(|name| folder.path().join(name));
        let never = CancelToken::new();
        synth(&job(&whole), &Renderer::BuiltIn, &|_| (), &never).unwrap();

        let cancel = CancelToken::new();
        let stop = |_: SynthProgress| cancel.cancel();
        let error = synth(&job(&stopped), &Renderer::BuiltIn, &stop, &cancel).unwrap_err();
        assert!(matches!(error, SynthError::Cancelled { n_done: 1.. }), "{error}");
        let kept = contents(&stopped);
        assert!(!kept.contains_key(Path::new("metadata.csv")));

        let progress = synth(&job(&stopped), &Renderer::BuiltIn, &|_| (), &never).unwrap();
        assert!(progress.n_kept >= 1, "{progress:?}");
        assert_eq!(progress.n_made + progress.n_kept, 3);
        assert!(contents(&stopped) == contents(&whole));
    }

    #[test]
    fn other_settings_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, never) = (folder.path().join("a"), CancelToken::new());
        let mut changed = job(&path);
        changed.size = Size::Tracks(1);
        synth(&changed, &Renderer::BuiltIn, &|_| (), &never).unwrap();
        changed.seed = 5;
        let error = synth(&changed, &Renderer::BuiltIn, &|_| (), &never).unwrap_err().to_string();
        assert!(error.starts_with("this folder was made with seed 4, not 5;"), "{error}");
        changed = SynthJob { format: AudioFormat::Ogg, ..job(&path) };
        changed.size = Size::Tracks(1);
        let error = synth(&changed, &Renderer::BuiltIn, &|_| (), &never).unwrap_err().to_string();
        assert!(error.contains("format \"wav\", not \"ogg\""), "{error}");
    }
}
