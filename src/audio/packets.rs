//! The door to the decoding library: containers and codecs → packets of mono samples.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known as container;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};

use super::edits::edits;

/// The highest sample rate taken for real: 16 times 48 kHz, beyond any converter sold.
pub(super) const MAX_SAMPLE_RATE_HZ: u32 = 768_000;

/// The longest packet a decoder may announce; real codecs stay below 65 536 samples a channel.
const MAX_PACKET_FRAMES: u64 = 1 << 20;

/// What went wrong, before the file and the time are named.
pub(super) enum Fault {
    Read(io::Error),
    Unrecognized,
    Unsupported(String),
    NoAudioTrack,
    SampleRate(u32),
    Corrupt(String),
    EndOfFile,
}

/// What one decoded packet looks like.
#[derive(Clone, Copy)]
pub(super) struct BlockFormat {
    pub(super) rate_hz: u32,
    pub(super) n_channels: usize,
}

/// The audio track of one file.
pub(super) struct Packets {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    params: AudioCodecParameters,
    length: Length,
    /// Samples to throw away before, and to keep in, what is still to come.
    skip: u64,
    keep: u64,
    planes: Vec<Vec<f32>>,
}

/// What the container knows about the length, in samples a channel.
#[derive(Clone, Copy)]
enum Length {
    Stated(u64),
    Estimated(u64),
    /// The sound goes on to the end of the file, as in a WAV written to a pipe.
    Open,
    Unknown,
}

impl Packets {
    pub(super) fn open(source: Box<dyn MediaSource>) -> Result<Self, Fault> {
        guarded(|| Self::try_open(source))
    }

    fn try_open(mut source: Box<dyn MediaSource>) -> Result<Self, Fault> {
        let edits = edits(&mut source).map_err(Fault::Read)?;
        let stream = MediaSourceStream::new(source, Default::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, Default::default(), Default::default())
            .map_err(|error| match error {
                SymphoniaError::Unsupported(reason) if reason.starts_with("core (probe)") => {
                    Fault::Unrecognized
                }
                // A part that every such file has, often because the file is cut off before it.
                SymphoniaError::Unsupported(reason) if reason.contains("missing") => {
                    Fault::Corrupt(reason.to_owned())
                }
                error => error.into(),
            })?;
        let track = format.default_track(TrackType::Audio).ok_or(Fault::NoAudioTrack)?.clone();
        let Some(CodecParameters::Audio(params)) = track.codec_params else {
            return Err(Fault::NoAudioTrack);
        };
        let rate_hz = params.sample_rate.unwrap_or(1);
        if !(1..=MAX_SAMPLE_RATE_HZ).contains(&rate_hz) {
            return Err(Fault::SampleRate(rate_hz));
        }
        if params.max_frames_per_packet.is_some_and(|frames| frames > MAX_PACKET_FRAMES) {
            return Err(Fault::Corrupt("implausible packet length".to_owned()));
        }
        let (skip, keep) = edits
            .iter()
            .find(|edit| edit.track_id == track.id)
            .map_or((0, None), |edit| edit.skip_and_keep(track.num_frames, rate_hz));
        let length = match (format.format_info().format, keep.or(track.num_frames)) {
            (container::FORMAT_ID_WAVE | container::FORMAT_ID_AIFF, None) => Length::Open,
            (
                container::FORMAT_ID_WAVE
                | container::FORMAT_ID_AIFF
                | container::FORMAT_ID_FLAC
                | container::FORMAT_ID_OGG,
                Some(frames),
            ) => Length::Stated(frames),
            // Without the encoder's delay there is no full tag, and the length is a guess from the bit rate.
            (container::FORMAT_ID_MP3, Some(frames)) if track.delay.is_some() => {
                Length::Stated(frames)
            }
            (_, Some(frames)) => Length::Estimated(frames),
            (_, None) => Length::Unknown,
        };
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&params, &Default::default())
            .map_err(|error| match error {
                SymphoniaError::Unsupported(_) => Fault::Unsupported(codec_name(params.codec)),
                error => error.into(),
            })?;
        let keep = keep.unwrap_or(u64::MAX);
        let track_id = track.id;
        Ok(Self { format, decoder, track_id, params, length, skip, keep, planes: Vec::new() })
    }

    /// Puts the next samples, as the mean of the channels, into `mono`; `None` at the end.
    pub(super) fn next(&mut self, mono: &mut Vec<f32>) -> Result<Option<BlockFormat>, Fault> {
        match guarded(|| self.try_next(mono)) {
            Err(Fault::EndOfFile) if matches!(self.length, Length::Open) => Ok(None),
            next => next,
        }
    }

    fn try_next(&mut self, mono: &mut Vec<f32>) -> Result<Option<BlockFormat>, Fault> {
        while let Some(packet) = self.format.next_packet()? {
            if packet.track_id != self.track_id {
                continue;
            }
            let buffer = self.decoder.decode(&packet)?;
            let spec = buffer.spec();
            let format = BlockFormat { rate_hz: spec.rate(), n_channels: spec.channels().count() };
            buffer.copy_to_vecs_planar(&mut self.planes);
            downmix(&self.planes, mono);
            self.trim(mono);
            if !mono.is_empty() {
                return Ok(Some(format));
            }
        }
        Ok(None)
    }

    /// Leaves what the edit list lets be heard.
    fn trim(&mut self, block: &mut Vec<f32>) {
        let n_skipped = self.skip.min(block.len() as u64);
        block.drain(..n_skipped as usize);
        self.skip -= n_skipped;
        let n_kept = self.keep.min(block.len() as u64);
        block.truncate(n_kept as usize);
        self.keep -= n_kept;
    }

    /// The length, in samples a channel, where the container states rather than estimates it.
    pub(super) fn stated_frames(&self) -> Option<u64> {
        match self.length {
            Length::Stated(frames) => Some(frames),
            _ => None,
        }
    }

    /// The length, in samples a channel, be it an estimate.
    pub(super) fn n_frames(&self) -> Option<u64> {
        match self.length {
            Length::Stated(frames) | Length::Estimated(frames) => Some(frames),
            Length::Open | Length::Unknown => None,
        }
    }

    pub(super) fn container(&self) -> &str {
        self.format.format_info().long_name
    }

    pub(super) fn codec(&self) -> &str {
        self.decoder.codec_info().long_name
    }

    pub(super) fn bits_per_sample(&self) -> Option<u32> {
        self.params.bits_per_sample
    }
}

/// `mono[t] = mean over channels of planes[channel][t]`, rounded once.
fn downmix(planes: &[Vec<f32>], mono: &mut Vec<f32>) {
    mono.clear();
    match planes {
        [] => {}
        [only] => mono.extend_from_slice(only),
        [first, rest @ ..] => mono.extend(first.iter().enumerate().map(|(t, &sample)| {
            let sum = rest.iter().fold(f64::from(sample), |sum, plane| sum + f64::from(plane[t]));
            (sum / planes.len() as f64) as f32
        })),
    }
}

/// The one place where decoders run: one that panics on strange bytes fails like one that reports them.
fn guarded<T>(step: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(step))
        .unwrap_or_else(|_| Err(Fault::Corrupt("the decoder gave up".to_owned())))
}

impl From<SymphoniaError> for Fault {
    fn from(error: SymphoniaError) -> Self {
        match error {
            SymphoniaError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::EndOfFile
            }
            SymphoniaError::IoError(error) => Self::Read(error),
            SymphoniaError::Unsupported(feature) => Self::Unsupported(feature.to_owned()),
            SymphoniaError::DecodeError(reason) | SymphoniaError::LimitError(reason) => {
                Self::Corrupt(reason.to_owned())
            }
            SymphoniaError::ResetRequired => Self::Corrupt("another stream begins".to_owned()),
            error => Self::Corrupt(error.to_string()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_are_all_the_same_are_their_own_mean() {
        let plane = vec![0.1, -0.7, 1.0e-30, 3.3];
        for n_channels in 1..=8 {
            let mut mono = vec![9.0];
            downmix(&vec![plane.clone(); n_channels], &mut mono);
            assert_eq!(mono, plane);
        }
    }

    #[test]
    fn a_panic_inside_a_decoder_becomes_an_error() {
        let fault = guarded(|| -> Result<(), Fault> { panic!("index out of bounds") });
        assert!(matches!(fault, Err(Fault::Corrupt(_))));
    }
}
