//! Compressed bytes → blocks of mono samples at the file's own rate.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known as container;
use symphonia::core::formats::{FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};

use super::{AudioError, AudioInfo};

/// The highest sample rate taken for real: 16 times 48 kHz, beyond any converter sold.
pub(super) const MAX_SAMPLE_RATE_HZ: u32 = 768_000;

/// The longest packet a decoder may announce; real codecs stay below 65 536 samples a channel.
const MAX_PACKET_FRAMES: u64 = 1 << 20;

/// One file being decoded, block by block.
pub(super) struct Decoder {
    path: PathBuf,
    info: AudioInfo,
    packets: Packets,
    /// The length that the container states for certain, in samples a channel.
    stated_frames: Option<u64>,
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
        let mut packets =
            guarded(|| Packets::open(source)).map_err(|fault| fault.at(0.0, &path))?;
        let mut block = Vec::new();
        let first = guarded(|| packets.next(&mut block)).map_err(|fault| fault.at(0.0, &path))?;
        let Some(format) = first else {
            return Err(match packets.stated_frames() {
                Some(1..) => truncated(packets.stated_frames(), 0, packets.rate_hz(), path),
                _ => AudioError::Empty { path },
            });
        };
        check_rate(format.rate_hz, &path)?;
        Ok(Self {
            info: packets.info(format),
            stated_frames: packets.stated_frames(),
            n_frames: block.len() as u64,
            state: State::Opened,
            path,
            packets,
            block,
        })
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
        let rate_hz = self.info.sample_rate_hz;
        let seconds = self.n_frames as f64 / f64::from(rate_hz);
        let next = guarded(|| self.packets.next(&mut self.block)).map_err(|fault| match fault {
            Fault::Symphonia(error) if is_end_of_file(&error) => {
                truncated(self.stated_frames, self.n_frames, rate_hz, self.path.clone())
            }
            fault => fault.at(seconds, &self.path),
        })?;
        match next {
            None => self.check_length(),
            Some(format) if format.rate_hz != rate_hz => Err(AudioError::Corrupt {
                reason: format!("the sample rate changes from {rate_hz} to {} Hz", format.rate_hz),
                seconds,
                path: self.path.clone(),
            }),
            Some(_) => {
                self.n_frames += self.block.len() as u64;
                self.state = State::Running;
                Ok(())
            }
        }
    }

    /// A file that ends early is an error, not a shorter sound.
    fn check_length(&self) -> Result<(), AudioError> {
        match self.stated_frames {
            Some(stated) if self.n_frames < stated => {
                let rate_hz = self.info.sample_rate_hz;
                Err(truncated(Some(stated), self.n_frames, rate_hz, self.path.clone()))
            }
            _ => Ok(()),
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
        found_hz => Err(AudioError::SampleRate {
            found_hz,
            max_hz: MAX_SAMPLE_RATE_HZ,
            path: path.to_owned(),
        }),
    }
}

/// What one decoded packet looks like.
#[derive(Clone, Copy)]
struct BlockFormat {
    rate_hz: u32,
    n_channels: usize,
}

/// The container and the decoder of its audio track.
struct Packets {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: Track,
    params: AudioCodecParameters,
    planes: Vec<Vec<f32>>,
}

impl Packets {
    fn open(source: Box<dyn MediaSource>) -> Result<Self, Fault> {
        let stream = MediaSourceStream::new(source, Default::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, Default::default(), Default::default())
            .map_err(Fault::Probe)?;
        let track = format.default_track(TrackType::Audio).ok_or(Fault::NoAudioTrack)?.clone();
        let Some(CodecParameters::Audio(params)) = track.codec_params.clone() else {
            return Err(Fault::NoAudioTrack);
        };
        if params.channels.as_ref().is_some_and(|channels| channels.count() == 0) {
            return Err(Fault::NoChannels);
        }
        if let Some(rate_hz) =
            params.sample_rate.filter(|rate| !(1..=MAX_SAMPLE_RATE_HZ).contains(rate))
        {
            return Err(Fault::SampleRate(rate_hz));
        }
        if params.max_frames_per_packet.is_some_and(|frames| frames > MAX_PACKET_FRAMES) {
            return Err(Fault::Symphonia(SymphoniaError::DecodeError("implausible packet length")));
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&params, &Default::default())
            .map_err(|error| match error {
                SymphoniaError::Unsupported(_) => Fault::Codec(codec_name(params.codec)),
                error => Fault::Symphonia(error),
            })?;
        Ok(Self { format, decoder, track, params, planes: Vec::new() })
    }

    /// The next non-empty packet as the mean of its channels, or `None` at the end.
    fn next(&mut self, mono: &mut Vec<f32>) -> Result<Option<BlockFormat>, Fault> {
        while let Some(packet) = self.format.next_packet()? {
            if packet.track_id != self.track.id {
                continue;
            }
            let buffer = self.decoder.decode(&packet)?;
            if buffer.frames() == 0 {
                continue;
            }
            let spec = buffer.spec();
            let format = BlockFormat { rate_hz: spec.rate(), n_channels: spec.channels().count() };
            if format.n_channels == 0 {
                return Err(Fault::NoChannels);
            }
            buffer.copy_to_vecs_planar(&mut self.planes);
            downmix(&self.planes[..format.n_channels], mono);
            return Ok(Some(format));
        }
        Ok(None)
    }

    fn rate_hz(&self) -> u32 {
        self.params.sample_rate.unwrap_or(1)
    }

    /// The length, in samples a channel, where the container states rather than estimates it.
    fn stated_frames(&self) -> Option<u64> {
        let states_length = match self.format.format_info().format {
            container::FORMAT_ID_WAVE
            | container::FORMAT_ID_AIFF
            | container::FORMAT_ID_FLAC
            | container::FORMAT_ID_OGG => true,
            // Without the encoder's delay there was no full tag, and the length is a guess from the bit rate.
            container::FORMAT_ID_MP3 => self.track.delay.is_some(),
            _ => false,
        };
        self.track.num_frames.filter(|_| states_length)
    }

    fn info(&self, format: BlockFormat) -> AudioInfo {
        AudioInfo {
            container: self.format.format_info().long_name.to_owned(),
            codec: self.decoder.codec_info().long_name.to_owned(),
            sample_rate_hz: format.rate_hz,
            n_channels: format.n_channels,
            bits_per_sample: self.params.bits_per_sample,
            n_frames: self.track.num_frames,
        }
    }
}

/// `mono[t] = mean over channels of planes[channel][t]`, rounded once.
fn downmix(planes: &[Vec<f32>], mono: &mut Vec<f32>) {
    mono.clear();
    match planes {
        [only] => mono.extend_from_slice(only),
        [first, rest @ ..] => mono.extend(first.iter().enumerate().map(|(t, &sample)| {
            let sum = rest.iter().fold(f64::from(sample), |sum, plane| sum + f64::from(plane[t]));
            (sum / planes.len() as f64) as f32
        })),
        [] => {}
    }
}

/// What went wrong inside the decoding library, before the file and the time are named.
enum Fault {
    Probe(SymphoniaError),
    Symphonia(SymphoniaError),
    Codec(String),
    SampleRate(u32),
    NoAudioTrack,
    NoChannels,
    Panic,
}

impl From<SymphoniaError> for Fault {
    fn from(error: SymphoniaError) -> Self {
        Self::Symphonia(error)
    }
}

impl Fault {
    fn at(self, seconds: f64, path: &Path) -> AudioError {
        let path = path.to_owned();
        let corrupt =
            |reason: &str, path| AudioError::Corrupt { reason: reason.to_owned(), seconds, path };
        match self {
            Self::NoAudioTrack => AudioError::NoAudioTrack { path },
            Self::NoChannels => AudioError::NoChannels { path },
            Self::SampleRate(found_hz) => {
                AudioError::SampleRate { found_hz, max_hz: MAX_SAMPLE_RATE_HZ, path }
            }
            Self::Codec(codec) => AudioError::Unsupported { codec, path },
            Self::Panic => corrupt("the decoder gave up", path),
            Self::Probe(SymphoniaError::Unsupported(_)) => AudioError::Unrecognized { path },
            Self::Probe(error) | Self::Symphonia(error) => match error {
                error if is_end_of_file(&error) => {
                    AudioError::Truncated { expected_seconds: None, found_seconds: seconds, path }
                }
                SymphoniaError::IoError(source) => AudioError::Read { path, source },
                SymphoniaError::Unsupported(feature) => {
                    AudioError::Unsupported { codec: feature.to_owned(), path }
                }
                SymphoniaError::DecodeError(reason) | SymphoniaError::LimitError(reason) => {
                    corrupt(reason, path)
                }
                SymphoniaError::ResetRequired => corrupt("another stream begins", path),
                error => corrupt(&error.to_string(), path),
            },
        }
    }
}

/// The one place where a decoder runs: a decoder that panics on strange bytes fails like one that reports them.
fn guarded<T>(step: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or(Err(Fault::Panic))
}

fn is_end_of_file(error: &SymphoniaError) -> bool {
    matches!(error, SymphoniaError::IoError(io) if io.kind() == io::ErrorKind::UnexpectedEof)
}

fn truncated(stated: Option<u64>, found: u64, rate_hz: u32, path: PathBuf) -> AudioError {
    let seconds = |frames: u64| frames as f64 / f64::from(rate_hz);
    AudioError::Truncated {
        expected_seconds: stated.map(seconds),
        found_seconds: seconds(found),
        path,
    }
}

fn codec_name(id: AudioCodecId) -> String {
    let name = match id {
        codec::CODEC_ID_OPUS => "Opus",
        codec::CODEC_ID_SPEEX => "Speex",
        codec::CODEC_ID_AAC => "AAC beyond stereo LC (such as HE-AAC or 5.1)",
        codec::CODEC_ID_MP1 => "MPEG audio layer I",
        codec::CODEC_ID_MP2 => "MPEG audio layer II",
        codec::CODEC_ID_AC3 => "AC-3",
        codec::CODEC_ID_EAC3 => "E-AC-3",
        codec::CODEC_ID_AC4 => "AC-4",
        codec::CODEC_ID_DCA => "DTS",
        other => return format!("audio codec {other}"),
    };
    name.to_owned()
}
