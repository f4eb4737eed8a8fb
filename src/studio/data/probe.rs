//! Whether files are what their names say.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::DataError;
use crate::audio::{AudioError, AudioInfo, AudioReader};
use crate::dataset::Dataset;
use crate::files::{Sha256Digest, sha256_of_file};
use crate::job::CancelToken;

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Every sample is decoded and every byte hashed, so that a file cut short or a copy is found.
    Whole,
    /// Each file is opened and its first block decoded.
    Beginning,
}

/// What an intact file says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Before downmix and resampling.
    pub info: AudioInfo,
    /// The duration in seconds, if all of it was decoded.
    pub seconds: Option<f64>,
    /// The digest of its bytes, if all of them were read.
    pub content: Option<Sha256Digest>,
}

/// Files between two signs of progress.
const STEP: usize = 32;
/// Any rate opens a file; its own rate, which is known then, spares resampling.
const SOME_RATE_HZ: u32 = 24_000;

/// The files of a data set, each once.
pub(super) fn paths(dataset: &Dataset) -> BTreeSet<&Path> {
    dataset.tracks.iter().map(|track| track.path.as_path()).collect()
}

/// Looks at every file; the reasons of those that cannot be used leave their path to whoever reports them.
pub(super) fn probe(
    dataset: &Dataset,
    how: Probe,
    on_progress: &mut dyn FnMut(usize, usize),
    cancel: &CancelToken,
) -> Result<HashMap<PathBuf, Result<Facts, String>>, DataError> {
    let paths: Vec<&Path> = paths(dataset).into_iter().collect();
    let mut probed = HashMap::with_capacity(paths.len());
    for step in paths.chunks(STEP) {
        if cancel.is_cancelled() {
            return Err(DataError::Cancelled { n_done: probed.len(), n_files: paths.len() });
        }
        let facts: Vec<_> = step.par_iter().map(|path| facts_of(path, how)).collect();
        probed.extend(step.iter().map(|path| path.to_path_buf()).zip(facts));
        on_progress(probed.len(), paths.len());
    }
    Ok(probed)
}

fn facts_of(path: &Path, how: Probe) -> Result<Facts, String> {
    let suffix = format!(": {}", path.display());
    let reason = |error: AudioError| {
        let text = error.to_string();
        text.strip_suffix(&suffix).map_or_else(|| text.clone(), str::to_owned)
    };
    let mut reader = AudioReader::open(path, SOME_RATE_HZ).map_err(reason)?;
    let info = reader.info().clone();
    if how == Probe::Beginning {
        reader.next_block().map_err(reason)?;
        return Ok(Facts { info, seconds: None, content: None });
    }
    let mut reader = AudioReader::open(path, info.sample_rate_hz).map_err(reason)?;
    let mut n_samples = 0;
    while let Some(block) = reader.next_block().map_err(reason)? {
        n_samples += block.len();
    }
    let content = sha256_of_file(path).map_err(|error| format!("cannot be read ({error})"))?;
    let seconds = n_samples as f64 / f64::from(info.sample_rate_hz);
    Ok(Facts { info, seconds: Some(seconds), content: Some(content) })
}
