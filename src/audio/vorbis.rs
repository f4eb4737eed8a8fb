//! Samples → Ogg Vorbis.

use std::io;
use std::num::{NonZeroU8, NonZeroU32};

use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoderBuilder, VorbisError};

use super::Waveform;

/// The number that tells a stream from others in its file; there is only one, and it is to be the same every time.
const SERIAL: i32 = 1;
/// Samples that are handed over at once.
const BLOCK: usize = 4096;

/// The bytes of a file of a quality from -0.1 to 1; the same sound always gives the same ones.
///
/// # Errors
/// The encoder refuses the rate or the quality.
pub fn ogg_vorbis(waveform: &Waveform, quality: f32) -> io::Result<Vec<u8>> {
    let rate = NonZeroU32::new(waveform.sample_rate_hz)
        .ok_or_else(|| io::Error::other("the sample rate is 0"))?;
    encode(&waveform.samples, rate, quality).map_err(io::Error::other)
}

fn encode(samples: &[f32], rate: NonZeroU32, quality: f32) -> Result<Vec<u8>, VorbisError> {
    let strategy = VorbisBitrateManagementStrategy::QualityVbr { target_quality: quality };
    let mut encoder =
        VorbisEncoderBuilder::new_with_serial(rate, NonZeroU8::MIN, Vec::new(), SERIAL)
            .bitrate_management_strategy(strategy)
            .build()?;
    for block in samples.chunks(BLOCK) {
        encoder.encode_audio_block([block])?;
    }
    encoder.finish()
}
