//! Latents, mel spectra and chroma of many crops in mapped files: the codec is frozen, so that what it makes of a crop is computed once.
//!
//! ```text
//! FOLDER/latents.f32     [crop, frame, latent], little-endian, those that are learned from before those that measure
//! FOLDER/mels.f32        [crop, frame, mel], in the same order
//! FOLDER/chroma.f32      [crop, frame, pitch class]
//! FOLDER/resounded.f32   as latents.f32, of the same crops after the codec made sound of their latents
//! FOLDER/latents.json    whose they are, and how many crops are done; written after them, so that what it does not count is none
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use memmap2::Mmap;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::chroma_targets::{ChromaTargets, N_PITCH_CLASSES};
use super::frozen_codec::FrozenCodec;
use super::mel_targets::{MelTargets, N_MELS};
use super::{Part, Pool, digest};
use crate::files::{Sha256Digest, write_atomic};
use crate::job::CancelToken;
use crate::tensor::with_values;
use crate::weights::{StoreError, Weights};

const VALUES: &str = "latents.f32";
const INDEX: &str = "latents.json";
const MELS: &str = "mels.f32";
const CHROMA: &str = "chroma.f32";
const RESOUNDED: &str = "resounded.f32";
const FILES: [&str; 4] = [VALUES, MELS, CHROMA, RESOUNDED];
const FORMAT: u32 = 6;
/// Crops encoded together.
const CROPS_PER_BATCH: usize = 16;
/// Crops between one time that what is done is kept and the next.
const CROPS_PER_KEEPING: usize = 256;
/// Bytes of a stored value.
const VALUE_BYTES: usize = size_of::<f32>();

/// Which crops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropSettings {
    /// Crops that are learned from.
    pub n_training: usize,
    /// Crops that only measure.
    pub n_held_out: usize,
    /// Samples a crop.
    pub crop_samples: usize,
    /// Whether latents are also kept of what the codec makes sound like from them.
    pub resounded: bool,
    /// Seeds their places.
    pub seed: u64,
}

/// Latents, mel spectra and chroma of crops, mapped.
#[derive(Debug)]
pub struct LatentCrops {
    index: Index,
    values: Mmap,
    mels: Mmap,
    chroma: Mmap,
    resounded: Option<Mmap>,
}

/// Some crops.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// `[crop, frame, latent]`.
    pub latents: Tensor,
    /// `[crop, frame, mel]`: the energy heard by the end of each frame, about 0 on average and 1 in spread.
    pub mels: Tensor,
    /// `[crop, frame, pitch class]`: twelve times its share of what is heard in tune or nearly so, less 1.
    pub chroma: Tensor,
    /// As `latents`, of what the codec makes sound like from them; `None` if that was not kept.
    pub resounded: Option<Tensor>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Index {
    format: u32,
    /// Of the audio, the codec and the settings.
    sha256: String,
    settings: CropSettings,
    n_frames: usize,
    n_latents: usize,
    n_done: usize,
}

impl Index {
    fn is_whole(&self) -> bool {
        self.n_done == self.settings.n_training + self.settings.n_held_out
    }
}

/// Why there are no latents.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LatentCropsError {
    /// The system refused.
    #[error("cannot keep latents ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// What the system said.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The files do not belong together.
    #[error("the latents are damaged ({found} bytes, expected {expected}); remove them and start again: {}", path.display())]
    Damaged {
        /// Bytes found.
        found: usize,
        /// Bytes that the index states.
        expected: usize,
        /// The file.
        path: PathBuf,
    },
    /// The codec lacks a tensor.
    #[error(transparent)]
    Codec(#[from] StoreError),
    /// The codec cannot be computed.
    #[error("cannot compute latents ({0})")]
    Device(#[from] candle_core::Error),
    /// Somebody asked to stop.
    #[error("stopped while latents were computed; the same command goes on with them")]
    Cancelled,
}

impl LatentCrops {
    /// The latents of these crops in that folder: those that are there, or new ones that the device computes. `told` hears how many
    /// crops are done.
    ///
    /// # Errors
    /// The folder cannot be written, the codec lacks a tensor, or somebody asked to stop.
    pub fn of(
        folder: &Path,
        (codec, device): (&Weights, &Device),
        pool: &Pool,
        settings: &CropSettings,
        told: &mut dyn FnMut(usize),
        cancel: &CancelToken,
    ) -> Result<Self, LatentCropsError> {
        let sha256 = identity(codec, pool, settings);
        let there = fs::read(folder.join(INDEX)).ok();
        let there = there.and_then(|bytes| serde_json::from_slice::<Index>(&bytes).ok());
        let there = there.filter(|index| index.format == FORMAT && index.sha256 == sha256);
        let there = match there {
            Some(index) if index.is_whole() => return Self::map(folder, index),
            there => there,
        };
        let codec = FrozenCodec::load(codec, device)?;
        let index = there.unwrap_or_else(|| Index {
            format: FORMAT,
            sha256,
            settings: settings.clone(),
            n_frames: settings.crop_samples.div_ceil(codec.hop()),
            n_latents: 0,
            n_done: 0,
        });
        let mut draft = Draft::open(folder, index)?;
        let built = draft.build(&codec, pool, told, cancel);
        // What is done is kept, whatever ended it.
        let kept = draft.keep();
        built.and(kept)?;
        Self::map(folder, draft.index)
    }

    /// Which crops' latents lie in a folder.
    ///
    /// # Errors
    /// There are none.
    pub fn settings_of(folder: &Path) -> Result<CropSettings, LatentCropsError> {
        let path = folder.join(INDEX);
        let read = fs::read(&path)
            .and_then(|bytes| serde_json::from_slice::<Index>(&bytes).map_err(io::Error::from));
        Ok(read.map_err(|source| LatentCropsError::Io { source, path })?.settings)
    }

    fn map(folder: &Path, index: Index) -> Result<Self, LatentCropsError> {
        let n_frames = (index.settings.n_training + index.settings.n_held_out) * index.n_frames;
        let map = |name: &str, n_values: usize| {
            let path = folder.join(name);
            let io = |source| LatentCropsError::Io { path: path.clone(), source };
            let file = File::open(&path).map_err(io)?;
            // SAFETY: the files are whole before their index says so, and never changed in place after that.
            let values = unsafe { Mmap::map(&file) }.map_err(io)?;
            let (found, expected) = (values.len(), n_frames * n_values * VALUE_BYTES);
            if found != expected {
                return Err(LatentCropsError::Damaged { found, expected, path });
            }
            Ok(values)
        };
        let (values, mels) = (map(VALUES, index.n_latents)?, map(MELS, N_MELS)?);
        let chroma = map(CHROMA, N_PITCH_CLASSES)?;
        let kept = index.settings.resounded;
        let resounded = kept.then(|| map(RESOUNDED, index.n_latents)).transpose()?;
        Ok(Self { values, mels, chroma, resounded, index })
    }

    /// Frames of a crop.
    pub fn n_frames(&self) -> usize {
        self.index.n_frames
    }

    /// Channels of the latents.
    pub fn n_latents(&self) -> usize {
        self.index.n_latents
    }

    /// The identity of audio, codec and crops.
    pub fn fingerprint(&self) -> &str {
        &self.index.sha256
    }

    /// How many crops a part has.
    pub fn n_crops(&self, part: Part) -> usize {
        match part {
            Part::Training => self.index.settings.n_training,
            Part::HeldOut => self.index.settings.n_held_out,
        }
    }

    /// Random crops of a part. Equal seeds, equal crops.
    ///
    /// # Errors
    /// The device has no room.
    pub fn drawn(
        &self,
        part: Part,
        n: usize,
        seed: u64,
        device: &Device,
    ) -> candle_core::Result<Drawn> {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let n_crops = self.n_crops(part).max(1);
        let places: Vec<usize> = (0..n).map(|_| rng.random_range(0..n_crops)).collect();
        self.at(part, &places, device)
    }

    /// The crops of a part at the given places.
    ///
    /// # Errors
    /// The device has no room.
    pub fn at(&self, part: Part, places: &[usize], device: &Device) -> candle_core::Result<Drawn> {
        let Index { n_frames, n_latents, settings, .. } = &self.index;
        let first = if part == Part::Training { 0 } else { settings.n_training };
        let read = |file: &Mmap, n_values: usize| {
            let n_bytes = n_frames * n_values * VALUE_BYTES;
            let mut values = Vec::with_capacity(places.len() * n_frames * n_values);
            for place in places {
                let bytes = &file[(first + place) * n_bytes..][..n_bytes];
                values.extend(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            }
            Tensor::from_vec(values, (places.len(), *n_frames, n_values), device)
        };
        let resounded = self.resounded.as_ref().map(|file| read(file, *n_latents)).transpose()?;
        let (latents, mels) = (read(&self.values, *n_latents)?, read(&self.mels, N_MELS)?);
        let chroma = read(&self.chroma, N_PITCH_CLASSES)?;
        Ok(Drawn { latents, mels, chroma, resounded })
    }
}

fn identity(codec: &Weights, pool: &Pool, settings: &CropSettings) -> String {
    let mut hasher = Sha256::new_with_prefix(pool.fingerprint());
    hasher.update(digest(codec));
    let CropSettings { n_training, n_held_out, crop_samples, resounded, seed } = settings;
    for n in [*n_training as u64, *n_held_out as u64, *crop_samples as u64, *seed] {
        hasher.update(n.to_le_bytes());
    }
    hasher.update([u8::from(*resounded)]);
    Sha256Digest(hasher.finalize().into()).to_string()
}

/// Latents on their way.
struct Draft<'a> {
    folder: &'a Path,
    index: Index,
    /// As in [`FILES`], those that are wanted.
    files: Vec<BufWriter<File>>,
}

impl<'a> Draft<'a> {
    /// What was kept of an earlier time, as far as the index counts it.
    fn open(folder: &'a Path, index: Index) -> Result<Self, LatentCropsError> {
        let io = |source| LatentCropsError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(io)?;
        if index.n_done == 0 {
            match fs::remove_file(folder.join(INDEX)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        let n_values = [index.n_latents, N_MELS, N_PITCH_CLASSES, index.n_latents];
        let n_files = if index.settings.resounded { FILES.len() } else { FILES.len() - 1 };
        let files = FILES.iter().zip(n_values).take(n_files).map(|(name, n_values)| {
            let path = folder.join(name);
            let io = |source| LatentCropsError::Io { path: path.clone(), source };
            let mut file =
                File::options().create(true).write(true).truncate(false).open(&path).map_err(io)?;
            let expected = index.n_done * index.n_frames * n_values * VALUE_BYTES;
            let found = file.metadata().map_err(io)?.len() as usize;
            if found < expected {
                return Err(LatentCropsError::Damaged { found, expected, path });
            }
            file.set_len(expected as u64).map_err(io)?;
            file.seek(SeekFrom::End(0)).map_err(io)?;
            Ok(BufWriter::new(file))
        });
        let files = files.collect::<Result<_, _>>()?;
        Ok(Self { folder, index, files })
    }

    /// Computes what is missing.
    fn build(
        &mut self,
        codec: &FrozenCodec,
        pool: &Pool,
        told: &mut dyn FnMut(usize),
        cancel: &CancelToken,
    ) -> Result<(), LatentCropsError> {
        let settings = self.index.settings.clone();
        let (rate_hz, hop) = (pool.sample_rate_hz(), codec.hop());
        let (mels, chroma) = (MelTargets::new(rate_hz, hop), ChromaTargets::new(rate_hz, hop));
        let parts = [(Part::Training, settings.n_training), (Part::HeldOut, settings.n_held_out)];
        let mut n_before = 0;
        for (part, n_crops) in parts {
            for first in (0..n_crops).step_by(CROPS_PER_BATCH) {
                let n = CROPS_PER_BATCH.min(n_crops - first);
                n_before += n;
                if n_before <= self.index.n_done {
                    continue;
                }
                if cancel.is_cancelled() {
                    return Err(LatentCropsError::Cancelled);
                }
                let seed = settings.seed.wrapping_mul(1_000_003).wrapping_add(first as u64);
                let pcm = pool.crops(part, n, settings.crop_samples, seed, &Device::Cpu)?;
                let latents = codec.encode(&pcm)?;
                let targets = [mels.of(&pcm)?, chroma.of(&pcm)?];
                let mut rows = vec![bytes_of(&latents)?];
                for target in &targets {
                    rows.push(bytes_of(target)?);
                }
                if settings.resounded {
                    let sound = codec.decode(&latents)?.narrow(1, 0, settings.crop_samples)?;
                    rows.push(bytes_of(&codec.encode(&sound)?)?);
                }
                for (file, bytes) in self.files.iter_mut().zip(rows) {
                    let io = |source| LatentCropsError::Io { path: self.folder.into(), source };
                    file.write_all(&bytes).map_err(io)?;
                }
                (self.index.n_latents, self.index.n_done) = (latents.dim(2)?, n_before);
                if n_before % CROPS_PER_KEEPING == 0 {
                    self.keep()?;
                }
                told(n_before);
            }
        }
        Ok(())
    }

    /// The files first, then the index that counts them.
    fn keep(&mut self) -> Result<(), LatentCropsError> {
        let io = |source| LatentCropsError::Io { path: self.folder.to_owned(), source };
        for file in &mut self.files {
            file.flush().and_then(|()| file.get_ref().sync_all()).map_err(io)?;
        }
        let json = serde_json::to_vec(&self.index).map_err(io::Error::from).map_err(io)?;
        write_atomic(&self.folder.join(INDEX), &json).map_err(io)
    }
}

/// The values of a tensor in row-major order.
fn bytes_of(tensor: &Tensor) -> candle_core::Result<Vec<u8>> {
    with_values(&tensor.flatten_all()?, |values| {
        Ok(values.iter().flat_map(|x| x.to_le_bytes()).collect())
    })
}
