//! Sounds in memory with their pictures: read by a few threads, a bounded number kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::desk::{Wake, name_of};
use super::paint::spectrogram_image;
use crate::audio::{AudioReader, MelConfig, MelSpectrogram, Waveform};

/// The rate that sounds are looked at and played at, in Hz.
const RATE_HZ: u32 = 24_000;
/// Threads that read.
const N_READERS: usize = 2;
/// Sounds kept; of 4 s each they take about 0.5 MB with their picture.
const N_KEPT: usize = 600;
/// The longest part of a file that is kept, in seconds.
const LONGEST_S: f64 = 600.0;
/// Points of a waveform's outline.
const N_OUTLINE: usize = 1024;
/// Frames of a picture at most.
const MOST_FRAMES: usize = 4096;

/// Which sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SoundKey {
    /// The file.
    pub(super) path: PathBuf,
    /// Start and end in it, in seconds; `None` for all of it.
    pub(super) part: Option<(f64, f64)>,
}

/// A sound with its pictures.
pub(super) struct Shelved {
    /// The sound.
    pub(super) sound: Arc<Waveform>,
    /// Its mel spectrogram, time to the right, high bands above.
    pub(super) picture: TextureHandle,
    /// The smallest and the largest sample of equal parts.
    pub(super) outline: Vec<(f32, f32)>,
}

/// What is known of a sound.
#[derive(Clone)]
pub(super) enum Found {
    /// It is being read.
    Coming,
    /// It is here.
    Here(Arc<Shelved>),
    /// It cannot be read, for this reason.
    Missing(Arc<str>),
}

/// Sounds in memory.
pub(super) struct Shelf {
    orders: Sender<(SoundKey, String)>,
    arrivals: Receiver<(String, Result<Shelved, String>)>,
    sounds: BTreeMap<String, (u64, Found)>,
    ordered: BTreeSet<String>,
    clock: u64,
}

impl SoundKey {
    /// All of a file.
    pub(super) fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), part: None }
    }

    /// A part of a file, in seconds.
    pub(super) fn part(path: impl Into<PathBuf>, start_s: f64, end_s: f64) -> Self {
        Self { path: path.into(), part: Some((start_s, end_s)) }
    }

    fn name(&self) -> String {
        match self.part {
            None => self.path.display().to_string(),
            Some((start, end)) => format!("{} {start} {end}", self.path.display()),
        }
    }
}

impl Shelf {
    /// With readers that load pictures into `context`.
    pub(super) fn new(context: &Context, wake: &Wake) -> Self {
        let (orders, ordered) = channel::<(SoundKey, String)>();
        let (sender, arrivals) = channel();
        let ordered = Arc::new(Mutex::new(ordered));
        for _ in 0..N_READERS {
            let (ordered, sender) = (Arc::clone(&ordered), sender.clone());
            let (context, wake) = (context.clone(), Arc::clone(wake));
            let read = move || {
                loop {
                    let next = ordered.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((key, name)) = next else { return };
                    let found = read(&key, &name, &context);
                    if sender.send((name, found)).is_err() {
                        return;
                    }
                    wake();
                }
            };
            // Without readers sounds stay on their way, and the window says so.
            let _ = thread::Builder::new().name("shelf".to_owned()).spawn(read);
        }
        let (sounds, ordered) = (BTreeMap::new(), BTreeSet::new());
        Self { orders, arrivals, sounds, ordered, clock: 0 }
    }

    /// Takes in what was read since; once a frame.
    pub(super) fn receive(&mut self) {
        self.clock += 1;
        for (name, found) in self.arrivals.try_iter() {
            self.ordered.remove(&name);
            let found = match found {
                Ok(shelved) => Found::Here(Arc::new(shelved)),
                Err(reason) => Found::Missing(reason.into()),
            };
            self.sounds.insert(name, (self.clock, found));
        }
        while self.sounds.len() > N_KEPT {
            let oldest = self.sounds.iter().min_by_key(|(_, (used, _))| *used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
            self.sounds.remove(&name);
        }
    }

    /// The sound, which is ordered if it is not here.
    pub(super) fn get(&mut self, key: &SoundKey) -> Found {
        let name = key.name();
        if let Some((used, found)) = self.sounds.get_mut(&name) {
            *used = self.clock;
            return found.clone();
        }
        if self.ordered.insert(name.clone()) {
            let _ = self.orders.send((key.clone(), name));
        }
        Found::Coming
    }

    /// Forgets everything: files may have changed.
    pub(super) fn clear(&mut self) {
        self.sounds.clear();
    }
}

fn read(key: &SoundKey, name: &str, context: &Context) -> Result<Shelved, String> {
    let sound = excerpt(key).map_err(|error| error.to_string())?;
    if sound.samples.is_empty() {
        return Err(format!("there is no sound in {}", name_of(&key.path)));
    }
    let display = MelConfig::display(RATE_HZ);
    let hop = (sound.samples.len() / MOST_FRAMES).max(display.hop);
    let config = MelConfig { hop, n_mels: 96, ..display };
    let mel = MelSpectrogram::new(&sound, &config).map_err(|error| error.to_string())?;
    let image: ColorImage = spectrogram_image(&mel);
    let picture = context.load_texture(name, image, TextureOptions::LINEAR);
    let outline = outline(&sound.samples);
    Ok(Shelved { sound: Arc::new(sound), picture, outline })
}

/// What the key names of its file.
fn excerpt(key: &SoundKey) -> Result<Waveform, crate::audio::AudioError> {
    let (start_s, end_s) = key.part.unwrap_or((0.0, LONGEST_S));
    let sample = |seconds: f64| (seconds * f64::from(RATE_HZ)).round() as usize;
    let (start, end) = (sample(start_s), sample(end_s.min(start_s + LONGEST_S)));
    let mut reader = AudioReader::open(&key.path, RATE_HZ)?;
    let (mut samples, mut at) = (Vec::new(), 0);
    while at < end
        && let Some(block) = reader.next_block()?
    {
        let from = start.saturating_sub(at).min(block.len());
        let to = (end - at).min(block.len());
        samples.extend_from_slice(&block[from.min(to)..to]);
        at += block.len();
    }
    Ok(Waveform { samples, sample_rate_hz: RATE_HZ })
}

/// The smallest and the largest of equal parts.
fn outline(samples: &[f32]) -> Vec<(f32, f32)> {
    let n = N_OUTLINE.min(samples.len().max(1));
    let part = |i: usize| &samples[i * samples.len() / n..(i + 1) * samples.len() / n];
    let range = |part: &[f32]| {
        part.iter().fold((0.0_f32, 0.0_f32), |(low, high), x| (low.min(*x), high.max(*x)))
    };
    (0..n).map(|i| range(part(i))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{WavFormat, write_wav};

    #[test]
    fn a_part_of_a_file_is_what_lies_between_its_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ramp.wav");
        let samples: Vec<f32> = (0..48_000).map(|i| i as f32 / 48_000.0).collect();
        let whole = Waveform { samples: samples.clone(), sample_rate_hz: RATE_HZ };
        write_wav(&path, &whole, WavFormat::Float32).unwrap();
        let part = excerpt(&SoundKey::part(&path, 0.5, 1.25)).unwrap();
        assert_eq!(part.samples, samples[12_000..30_000]);
        assert_eq!(excerpt(&SoundKey::file(&path)).unwrap().samples, samples);
        assert!(excerpt(&SoundKey::part(&path, 5.0, 6.0)).unwrap().samples.is_empty());
    }

    #[test]
    fn an_outline_holds_every_peak() {
        let mut samples = vec![0.0; 10_000];
        (samples[77], samples[9_999]) = (0.9, -0.8);
        let outline = outline(&samples);
        assert_eq!(outline.len(), N_OUTLINE);
        assert!(outline.iter().any(|(_, high)| *high == 0.9));
        assert_eq!(outline.last(), Some(&(-0.8, 0.0)));
    }
}
