//! Sounds in memory with their pictures: read by a few threads, a bounded number kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use eframe::egui::Context;

use super::desk::{Wake, name_of};
use super::paint::SoundPicture;
use crate::audio::{MelConfig, MelSpectrogram, Waveform, read_part};
use crate::job::give_way;
use crate::studio::level::Level;

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
    /// Its mel spectrogram with its outline.
    pub(super) picture: SoundPicture,
    /// What brings it to −23 LUFS, in dB, or as near to it as full scale allows; `None` where it is too quiet to measure.
    pub(super) gain_db: Option<f32>,
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

/// A sound that is to be read.
struct Order {
    number: u64,
    key: SoundKey,
}

/// Sounds in memory.
pub(super) struct Shelf {
    orders: Sender<Order>,
    arrivals: Receiver<(Order, Result<Shelved, String>)>,
    /// By name, with the last use.
    sounds: BTreeMap<String, (SoundKey, u64, Found)>,
    /// By name, with the number of the order that counts.
    ordered: BTreeMap<String, u64>,
    n_orders: u64,
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
        let (orders, ordered) = channel::<Order>();
        let (sender, arrivals) = channel();
        let ordered = Arc::new(Mutex::new(ordered));
        for _ in 0..N_READERS {
            let (ordered, sender) = (Arc::clone(&ordered), sender.clone());
            let (context, wake) = (context.clone(), Arc::clone(wake));
            let read = move || {
                give_way();
                loop {
                    let next = ordered.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(order) = next else { return };
                    let found = read(&order.key, &context);
                    if sender.send((order, found)).is_err() {
                        return;
                    }
                    wake();
                }
            };
            // Without readers sounds stay on their way, and the window says so.
            let _ = thread::Builder::new().name("shelf".to_owned()).spawn(read);
        }
        let (sounds, ordered) = (BTreeMap::new(), BTreeMap::new());
        Self { orders, arrivals, sounds, ordered, n_orders: 0, clock: 0 }
    }

    /// Takes in what was read since; once a frame.
    pub(super) fn receive(&mut self) {
        self.clock += 1;
        for (order, found) in self.arrivals.try_iter() {
            let name = order.key.name();
            // What was forgotten since it was ordered may be out of date.
            if self.ordered.get(&name) != Some(&order.number) {
                continue;
            }
            self.ordered.remove(&name);
            let found = match found {
                Ok(shelved) => Found::Here(Arc::new(shelved)),
                Err(reason) => Found::Missing(reason.into()),
            };
            self.sounds.insert(name, (order.key, self.clock, found));
        }
        while self.sounds.len() > N_KEPT {
            let oldest = self.sounds.iter().min_by_key(|(_, (_, used, _))| *used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
            self.sounds.remove(&name);
        }
    }

    /// The sound, which is ordered if it is not here.
    pub(super) fn get(&mut self, key: &SoundKey) -> Found {
        let name = key.name();
        if let Some((_, used, found)) = self.sounds.get_mut(&name) {
            *used = self.clock;
            return found.clone();
        }
        if !self.ordered.contains_key(&name) {
            self.n_orders += 1;
            self.ordered.insert(name, self.n_orders);
            let _ = self.orders.send(Order { number: self.n_orders, key: key.clone() });
        }
        Found::Coming
    }

    /// Forgets everything, also what is being read.
    pub(super) fn clear(&mut self) {
        self.sounds.clear();
        self.ordered.clear();
    }

    /// Forgets the files of a folder, which may have changed, also those that are being read.
    pub(super) fn forget_below(&mut self, folder: &Path) {
        self.sounds.retain(|_, (key, ..)| !key.path.starts_with(folder));
        self.ordered.retain(|name, _| !Path::new(name).starts_with(folder));
    }
}

fn read(key: &SoundKey, context: &Context) -> Result<Shelved, String> {
    let (start_s, end_s) = key.part.unwrap_or((0.0, LONGEST_S));
    let ends_s = (start_s, end_s.min(start_s + LONGEST_S));
    let sound = read_part(&key.path, RATE_HZ, ends_s).map_err(|error| error.to_string())?;
    if sound.samples.is_empty() {
        return Err(format!("there is no sound in {}", name_of(&key.path)));
    }
    let display = MelConfig::display(RATE_HZ);
    let hop = (sound.samples.len() / MOST_FRAMES).max(display.hop);
    let config = MelConfig { hop, n_mels: 96, ..display };
    let mel = MelSpectrogram::new(&sound, &config).map_err(|error| error.to_string())?;
    let of_frames = outline(&sound.samples, mel.n_frames);
    let picture = SoundPicture::load(context, key.name(), &mel, &of_frames);
    let outline = outline(&sound.samples, N_OUTLINE);
    let gain_db = Level::of(&sound.samples, RATE_HZ).gain_db;
    Ok(Shelved { sound: Arc::new(sound), picture, gain_db, outline })
}

/// The smallest and the largest of `n` equal parts, or of single samples where there are fewer.
fn outline(samples: &[f32], n: usize) -> Vec<(f32, f32)> {
    let n = n.min(samples.len().max(1));
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
    use std::time::{Duration, Instant};

    #[test]
    fn a_sound_that_was_made_anew_is_read_anew_also_if_the_old_one_is_on_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let write = |level: f32| {
            let sound = Waveform { samples: vec![level; 2400], sample_rate_hz: RATE_HZ };
            write_wav(&path, &sound, WavFormat::Float32).unwrap();
        };
        let wake: Wake = Arc::new(|| {});
        let mut shelf = Shelf::new(&Context::default(), &wake);
        let key = SoundKey::file(&path);
        let level = |shelf: &mut Shelf| {
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(60) {
                shelf.receive();
                if let Found::Here(shelved) = shelf.get(&key) {
                    return shelved.sound.samples[0];
                }
                thread::sleep(Duration::from_millis(1));
            }
            panic!("it is never read");
        };
        write(0.25);
        assert_eq!(level(&mut shelf), 0.25);
        write(0.5);
        assert_eq!(level(&mut shelf), 0.25, "nobody said that it is another one");
        shelf.forget_below(&folder.path().join("elsewhere"));
        assert_eq!(level(&mut shelf), 0.25);
        shelf.forget_below(folder.path());
        assert_eq!(level(&mut shelf), 0.5);
        // One is read and not taken in before it is forgotten.
        shelf.clear();
        shelf.get(&key);
        thread::sleep(Duration::from_millis(200));
        write(0.75);
        shelf.forget_below(folder.path());
        assert_eq!(level(&mut shelf), 0.75);
    }

    #[test]
    fn an_outline_holds_every_peak() {
        let mut samples = vec![0.0; 10_000];
        (samples[77], samples[9_999]) = (0.9, -0.8);
        let outline = outline(&samples, N_OUTLINE);
        assert_eq!(outline.len(), N_OUTLINE);
        assert!(outline.iter().any(|(_, high)| *high == 0.9));
        assert_eq!(outline.last(), Some(&(-0.8, 0.0)));
    }
}
