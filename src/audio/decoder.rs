//! Compressed bytes → blocks of mono samples at the file's own rate.

use std::path::{Path, PathBuf};

use symphonia::core::io::MediaSource;

use super::packets::{BlockFormat, Fault, MAX_SAMPLE_RATE_HZ, Packets};
use super::{AudioError, AudioInfo};

/// One file being decoded, block by block.
pub(super) struct Decoder {
    path: PathBuf,
    info: AudioInfo,
    packets: Packets,
    /// Samples a channel decoded so far, those in `block` included.
    n_frames: u64,
    block: Vec<f32>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// `block` was decoded while opening and nobody has seen it.
    Opened,
    Running,
    Ended,
}

impl Decoder {
    /// Recognizes the content, whatever the file's name, and decodes its first block.
    pub(super) fn open(source: Box<dyn MediaSource>, path: &Path) -> Result<Self, AudioError> {
        let path = path.to_owned();
        let mut packets = Packets::open(source).map_err(|fault| fault.at(Place::start(&path)))?;
        let mut block = Vec::new();
        let first = packets.next(&mut block);
        let place = Place { stated_frames: packets.stated_frames(), ..Place::start(&path) };
        let format = match first.map_err(|fault| fault.at(place))? {
            Some(format) => format,
            None if place.stated_frames.is_some_and(|stated| stated > 0) => {
                return Err(Fault::EndOfFile.at(place));
            }
            None => return Err(AudioError::Empty { path }),
        };
        let BlockFormat { rate_hz, n_channels } = format;
        check_rate(rate_hz, &path)?;
        let info = AudioInfo {
            container: packets.container().to_owned(),
            codec: packets.codec().to_owned(),
            sample_rate_hz: rate_hz,
            n_channels,
            bits_per_sample: packets.bits_per_sample(),
            n_frames: packets.n_frames(),
        };
        let n_frames = block.len() as u64;
        Ok(Self { path, info, packets, n_frames, block, state: State::Opened })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn info(&self) -> &AudioInfo {
        &self.info
    }

    /// The next mono samples, never an empty block; nothing more after the end or an error.
    pub(super) fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        match self.state {
            State::Opened => self.state = State::Running,
            State::Running => self.advance()?,
            State::Ended => {}
        }
        if self.state == State::Ended {
            return Ok(None);
        }
        self.check_finite()?;
        Ok(Some(&self.block))
    }

    fn advance(&mut self) -> Result<(), AudioError> {
        self.state = State::Ended;
        let next = self.packets.next(&mut self.block).map_err(|fault| fault.at(self.place()))?;
        match next {
            // A file that ends early is an error, not a shorter sound.
            None if self.packets.stated_frames().is_some_and(|stated| self.n_frames < stated) => {
                Err(Fault::EndOfFile.at(self.place()))
            }
            None => Ok(()),
            Some(BlockFormat { rate_hz, .. }) if rate_hz != self.info.sample_rate_hz => {
                Err(Fault::Corrupt(format!("the sample rate changes to {rate_hz} Hz"))
                    .at(self.place()))
            }
            Some(_) => {
                self.n_frames += self.block.len() as u64;
                self.state = State::Running;
                Ok(())
            }
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            n_frames: self.n_frames,
            rate_hz: self.info.sample_rate_hz,
            stated_frames: self.packets.stated_frames(),
            path: &self.path,
        }
    }

    fn check_finite(&mut self) -> Result<(), AudioError> {
        let Some(at) = self.block.iter().position(|sample| !sample.is_finite()) else {
            return Ok(());
        };
        self.state = State::Ended;
        let frame = self.n_frames - (self.block.len() - at) as u64;
        Err(AudioError::NotFinite {
            found: self.block[at],
            seconds: frame as f64 / f64::from(self.info.sample_rate_hz),
            path: self.path.clone(),
        })
    }
}

/// Whether `rate_hz` is one that sound is kept at.
pub(super) fn check_rate(rate_hz: u32, path: &Path) -> Result<(), AudioError> {
    match rate_hz {
        1..=MAX_SAMPLE_RATE_HZ => Ok(()),
        rate_hz => Err(Fault::SampleRate(rate_hz).at(Place::start(path))),
    }
}

/// Where in which file decoding stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    n_frames: u64,
    rate_hz: u32,
    stated_frames: Option<u64>,
    path: &'a Path,
}

impl<'a> Place<'a> {
    fn start(path: &'a Path) -> Self {
        Self { n_frames: 0, rate_hz: 1, stated_frames: None, path }
    }
}

impl Fault {
    fn at(self, place: Place<'_>) -> AudioError {
        let seconds = |frames: u64| frames as f64 / f64::from(place.rate_hz);
        let path = place.path.to_owned();
        match self {
            Self::Read(source) => AudioError::Read { path, source },
            Self::Unrecognized => AudioError::Unrecognized { path },
            Self::Unsupported(codec) => AudioError::Unsupported { codec, path },
            Self::NoAudioTrack => AudioError::NoAudioTrack { path },
            Self::SampleRate(found_hz) => {
                AudioError::SampleRate { found_hz, max_hz: MAX_SAMPLE_RATE_HZ, path }
            }
            Self::Corrupt(reason) => {
                AudioError::Corrupt { reason, seconds: seconds(place.n_frames), path }
            }
            Self::EndOfFile => AudioError::Truncated {
                expected_seconds: place.stated_frames.map(seconds),
                found_seconds: seconds(place.n_frames),
                path,
            },
        }
    }
}
