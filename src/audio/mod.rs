//! Audio files ⇄ mono `f32` PCM at the model's rate, cut into segments.

mod decoder;
mod edits;
mod encode;
mod error;
mod flac;
mod info;
mod mel;
mod packets;
mod reader;
mod resampler;
mod segment;
mod tail;
mod transform;
mod vorbis;
mod wav;
mod waveform;

pub use encode::{AudioFormat, UnknownAudioFormat, write_audio};
pub use error::AudioError;
pub use flac::flac;
pub use info::AudioInfo;
pub use mel::{MelConfig, MelConfigError, MelScale, MelSpectrogram};
pub use reader::AudioReader;
pub use resampler::resample;
pub use segment::{Segment, SegmentPlan, SegmentReader};
pub use tail::{TailPolicy, UnknownTailPolicy};
pub(crate) use transform::{RealTransform, TransformRoom};
pub use vorbis::ogg_vorbis;
pub use wav::{WavFormat, WavStream, write_wav, write_wav_in_pieces};
pub use waveform::{Waveform, read_part, read_waveform};
