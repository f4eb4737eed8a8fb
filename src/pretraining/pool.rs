//! All the audio of a training in one mapped file, from which crops are drawn without decoding anything again.
//!
//! ```text
//! FOLDER/pool.i16     16-bit PCM, mono, one track after the other, little-endian
//! FOLDER/pool.json    which track lies where; written last, so that a pool without it is none
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use memmap2::Mmap;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::audio::AudioReader;
use crate::files::{Sha256Digest, write_atomic};
use crate::job::CancelToken;

const SAMPLES: &str = "pool.i16";
const INDEX: &str = "pool.json";
const FORMAT: u32 = 1;
/// Of so many tracks one is held out.
const HELD_OUT: u64 = 24;
/// Full scale of a stored sample.
const FULL_SCALE: f32 = 32_767.0;
/// Files decoded side by side, and held in memory until they are written.
const FILES_PER_BATCH: usize = 32;
/// Bytes of a stored sample.
const SAMPLE_BYTES: usize = 2;

/// An audio file that enters a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSource {
    /// What it is called whatever folder it lies in.
    pub id: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size, to notice that it changed.
    pub n_bytes: u64,
}

/// A file that is not in the pool, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpooled {
    /// Where it lies.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// Which tracks are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Those that are learned from.
    Training,
    /// Those that only measure: one of 24, chosen by name.
    HeldOut,
}

/// The audio of a training, mapped.
#[derive(Debug)]
pub struct Pool {
    index: Index,
    samples: Mmap,
    training: Vec<Span>,
    held_out: Vec<Span>,
}

/// What `pool.json` says.
#[derive(Debug, Serialize, Deserialize)]
struct Index {
    format: u32,
    sample_rate_hz: u32,
    /// Of the names and sizes of everything that was to enter.
    sources_sha256: String,
    tracks: Vec<Track>,
    skipped: Vec<Unpooled>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Track {
    id: String,
    n_samples: usize,
}

/// A track's place in the file, in samples.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    n_samples: usize,
}

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The system refused.
    #[error("cannot use the pool of audio ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// What the system said.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The two files do not belong together.
    #[error("the pool of audio is damaged ({reason}); remove it and start again: {}", path.display())]
    Damaged {
        /// What does not fit.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Nothing to learn from, or nothing to measure on.
    #[error("{found} usable audio files are too few to hold some out; at least 24 are wanted, better thousands: {}", path.display())]
    TooFew {
        /// Tracks in the pool.
        found: usize,
        /// The pool.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("stopped while audio was read; nothing was kept")]
    Cancelled,
}

impl Pool {
    /// The pool of these files in that folder: the one that is there, or a new one. Files that cannot be decoded stay out.
    ///
    /// # Errors
    /// The folder cannot be written, too few files are usable, or somebody asked to stop.
    pub fn of(
        folder: &Path,
        sources: &[PoolSource],
        sample_rate_hz: u32,
        told: &mut dyn FnMut(usize),
        cancel: &CancelToken,
    ) -> Result<Self, PoolError> {
        let wanted = digest(sources, sample_rate_hz);
        if let Ok(bytes) = fs::read(folder.join(INDEX))
            && let Ok(index) = serde_json::from_slice::<Index>(&bytes)
            && index.format == FORMAT
            && index.sources_sha256 == wanted
        {
            return Self::map(folder, index);
        }
        let index = build(folder, sources, sample_rate_hz, wanted, told, cancel)?;
        Self::map(folder, index)
    }

    /// The pool that lies in a folder.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn open(folder: &Path) -> Result<Self, PoolError> {
        let path = folder.join(INDEX);
        let bytes =
            fs::read(&path).map_err(|source| PoolError::Io { source, path: path.clone() })?;
        let index = serde_json::from_slice(&bytes)
            .map_err(|error| PoolError::Damaged { reason: error.to_string(), path })?;
        Self::map(folder, index)
    }

    fn map(folder: &Path, index: Index) -> Result<Self, PoolError> {
        let path = folder.join(SAMPLES);
        let io = |source| PoolError::Io { source, path: path.clone() };
        let file = File::open(&path).map_err(io)?;
        // SAFETY: a pool is written whole before its index appears, and replaced by rename, never in place.
        let samples = unsafe { Mmap::map(&file) }.map_err(io)?;
        let (mut training, mut held_out) = (Vec::new(), Vec::new());
        let mut start = 0;
        for Track { id, n_samples } in &index.tracks {
            let part = if is_held_out(id) { &mut held_out } else { &mut training };
            part.push(Span { start, n_samples: *n_samples });
            start += n_samples;
        }
        if samples.len() != start * SAMPLE_BYTES {
            let reason = format!("{} bytes, expected {}", samples.len(), start * SAMPLE_BYTES);
            return Err(PoolError::Damaged { reason, path });
        }
        if training.is_empty() || held_out.is_empty() {
            return Err(PoolError::TooFew { found: index.tracks.len(), path: folder.to_owned() });
        }
        Ok(Self { index, samples, training, held_out })
    }

    /// Samples a second.
    pub fn sample_rate_hz(&self) -> u32 {
        self.index.sample_rate_hz
    }

    /// Tracks of a part.
    pub fn n_tracks(&self, part: Part) -> usize {
        self.spans(part).len()
    }

    /// Seconds of sound in a part.
    pub fn seconds(&self, part: Part) -> f64 {
        let n: usize = self.spans(part).iter().map(|span| span.n_samples).sum();
        n as f64 / f64::from(self.index.sample_rate_hz)
    }

    /// Files that are not in the pool.
    pub fn skipped(&self) -> &[Unpooled] {
        &self.index.skipped
    }

    /// The identity of what is in the pool.
    pub fn fingerprint(&self) -> &str {
        &self.index.sources_sha256
    }

    /// Crops of random places, each place of the part as likely as any other; what a short track lacks is silence.
    /// Equal seeds, equal crops.
    ///
    /// # Shapes
    /// - returns: `[crop, sample]` in [−1, 1]
    ///
    /// # Errors
    /// The device has no room.
    pub fn crops(
        &self,
        part: Part,
        n_crops: usize,
        n_samples: usize,
        seed: u64,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let spans = self.spans(part);
        let ends: Vec<usize> = spans
            .iter()
            .scan(0, |end, span| {
                *end += span.n_samples;
                Some(*end)
            })
            .collect();
        let total = ends.last().copied().unwrap_or(0);
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut values = vec![0.0_f32; n_crops * n_samples];
        for crop in values.chunks_exact_mut(n_samples) {
            let at = rng.random_range(0..total.max(1));
            let track = ends.partition_point(|end| *end <= at);
            let Span { start, n_samples: length } = spans[track];
            // Drawn anew within the track, so that its end is heard as often as its middle.
            let first = rng.random_range(0..=length.saturating_sub(n_samples));
            let taken = length.min(n_samples);
            self.read(start + first, &mut crop[..taken]);
        }
        Tensor::from_vec(values, (n_crops, n_samples), device)
    }

    fn read(&self, first: usize, out: &mut [f32]) {
        let bytes = &self.samples[first * SAMPLE_BYTES..][..out.len() * SAMPLE_BYTES];
        let (samples, _) = bytes.as_chunks::<SAMPLE_BYTES>();
        for (out, sample) in out.iter_mut().zip(samples) {
            *out = f32::from(i16::from_le_bytes(*sample)) / FULL_SCALE;
        }
    }

    fn spans(&self, part: Part) -> &[Span] {
        match part {
            Part::Training => &self.training,
            Part::HeldOut => &self.held_out,
        }
    }
}

/// Whether a track only measures: by its name alone, so that adding files moves none.
fn is_held_out(id: &str) -> bool {
    let digest = Sha256::digest(id);
    let (first, _) = digest.as_slice().as_chunks();
    u64::from_le_bytes(first[0]).is_multiple_of(HELD_OUT)
}

fn digest(sources: &[PoolSource], sample_rate_hz: u32) -> String {
    let mut hasher = Sha256::new_with_prefix(sample_rate_hz.to_le_bytes());
    for PoolSource { id, n_bytes, .. } in sources {
        hasher.update((id.len() as u64).to_le_bytes());
        hasher.update(id);
        hasher.update(n_bytes.to_le_bytes());
    }
    Sha256Digest(hasher.finalize().into()).to_string()
}

fn build(
    folder: &Path,
    sources: &[PoolSource],
    sample_rate_hz: u32,
    sources_sha256: String,
    told: &mut dyn FnMut(usize),
    cancel: &CancelToken,
) -> Result<Index, PoolError> {
    let path = folder.join(SAMPLES);
    let io = |source| PoolError::Io { source, path: path.clone() };
    let remove = |name: &str| match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    fs::create_dir_all(folder).map_err(io)?;
    // The index goes first: whoever stops in between leaves no pool rather than a wrong one.
    remove(INDEX).and_then(|()| remove(SAMPLES)).map_err(io)?;
    let mut file = BufWriter::new(File::create(&path).map_err(io)?);
    let (mut tracks, mut skipped) = (Vec::new(), Vec::new());
    let mut n_done = 0;
    for sources in sources.chunks(FILES_PER_BATCH) {
        if cancel.is_cancelled() {
            return Err(PoolError::Cancelled);
        }
        let decoded: Vec<_> =
            sources.par_iter().map(|source| decode(&source.path, sample_rate_hz)).collect();
        for (source, decoded) in sources.iter().zip(decoded) {
            match decoded {
                Ok(samples) => {
                    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
                    file.write_all(&bytes).map_err(io)?;
                    tracks.push(Track { id: source.id.clone(), n_samples: samples.len() });
                }
                Err(error) => {
                    let reason = error.to_string();
                    skipped.push(Unpooled { path: source.path.clone(), reason });
                }
            }
        }
        n_done += sources.len();
        told(n_done);
    }
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)
        .and_then(|f| f.sync_all())
        .map_err(io)?;
    let index = Index { format: FORMAT, sample_rate_hz, sources_sha256, tracks, skipped };
    let json = serde_json::to_vec(&index).map_err(io::Error::from).map_err(io)?;
    write_atomic(&folder.join(INDEX), &json).map_err(io)?;
    Ok(index)
}

/// A track at the rate of the pool; what is above full scale is limited to it.
fn decode(path: &Path, sample_rate_hz: u32) -> Result<Vec<i16>, crate::audio::AudioError> {
    let mut reader = AudioReader::open(path, sample_rate_hz)?;
    let mut samples = Vec::new();
    while let Some(block) = reader.next_block()? {
        samples.extend(block.iter().map(|x| (x.clamp(-1.0, 1.0) * FULL_SCALE).round() as i16));
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{WavFormat, Waveform, write_wav};

    /// Tracks of one constant each, a hundredth more for every track.
    fn folder_of(n: usize) -> (tempfile::TempDir, Vec<PoolSource>) {
        let folder = tempfile::tempdir().unwrap();
        let sources = (0..n).map(|i| {
            let path = folder.path().join(format!("{i}.wav"));
            let samples = vec![(i + 1) as f32 / 100.0; 500 + i];
            write_wav(&path, &Waveform { samples, sample_rate_hz: 8000 }, WavFormat::Pcm16)
                .unwrap();
            let n_bytes = fs::metadata(&path).unwrap().len();
            PoolSource { id: format!("{i}.wav"), path, n_bytes }
        });
        let sources = sources.collect();
        (folder, sources)
    }

    fn pool(folder: &Path, sources: &[PoolSource]) -> Result<Pool, PoolError> {
        Pool::of(&folder.join("pool"), sources, 8000, &mut |_| {}, &CancelToken::new())
    }

    #[test]
    fn crops_follow_from_their_seed_and_lie_within_one_track_of_the_part() {
        let (folder, sources) = folder_of(60);
        let pool = pool(folder.path(), &sources).unwrap();
        assert_eq!(pool.n_tracks(Part::Training) + pool.n_tracks(Part::HeldOut), 60);
        let crops = |part, seed| {
            let crops = pool.crops(part, 200, 100, seed, &Device::Cpu).unwrap();
            crops.to_vec2::<f32>().unwrap()
        };
        assert_eq!(crops(Part::Training, 5), crops(Part::Training, 5));
        assert_ne!(crops(Part::Training, 5), crops(Part::Training, 6));
        for (part, held_out) in [(Part::Training, false), (Part::HeldOut, true)] {
            for crop in crops(part, 1) {
                assert!(crop.iter().all(|x| *x == crop[0]), "a crop of two tracks");
                let track = (crop[0] * 100.0).round() as usize - 1;
                assert_eq!(is_held_out(&format!("{track}.wav")), held_out);
            }
        }
    }

    #[test]
    fn a_short_track_is_followed_by_silence_and_a_bad_one_left_out_by_name() {
        let (folder, mut sources) = folder_of(60);
        fs::write(&sources[0].path, "no audio").unwrap();
        let first = pool(folder.path(), &sources).unwrap();
        assert_eq!(first.skipped()[0].path, sources[0].path);
        let crop = first.crops(Part::Training, 1, 1000, 0, &Device::Cpu).unwrap();
        let crop = crop.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!(crop[0] != 0.0 && crop[999] == 0.0);
        // Another size is another file, and the pool is made anew.
        sources[0].n_bytes += 1;
        assert_ne!(pool(folder.path(), &sources).unwrap().fingerprint(), first.fingerprint());
    }

    #[test]
    fn too_few_tracks_are_refused() {
        let (folder, sources) = folder_of(1);
        let error = pool(folder.path(), &sources).unwrap_err();
        assert!(error.to_string().starts_with("1 usable audio files are too few"), "{error}");
    }
}
