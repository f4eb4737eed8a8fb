//! Pictures of sounds and numbers.

mod bars;
mod spectrogram;
mod waveform;

pub(super) use bars::{meter, signed_bar};
pub(super) use spectrogram::{SoundPicture, playhead_lines, spectrogram};
pub(super) use waveform::waveform;
