//! Samples → FLAC.

use std::io;

use flacenc::bitsink::ByteSink;
use flacenc::component::BitRepr as _;
use flacenc::config::Encoder;
use flacenc::error::Verify as _;
use flacenc::source::MemSource;

use super::Waveform;
use super::wav::pcm16_from_f32;

/// The bytes of a file of 16 bits; what exceeds full scale is clipped.
///
/// # Errors
/// The encoder refuses the rate.
pub fn flac(waveform: &Waveform) -> io::Result<Vec<u8>> {
    let samples: Vec<i32> =
        waveform.samples.iter().map(|sample| pcm16_from_f32(*sample).into()).collect();
    let config = Encoder::default().into_verified().map_err(|(_, error)| refused(&error))?;
    let source = MemSource::from_samples(&samples, 1, 16, waveform.sample_rate_hz as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size)
        .map_err(|error| refused(&error))?;
    // The encoder counts the last block, which may be shorter; the format does not (RFC 9639, section 8.2), and readers take
    // a file whose least and greatest block differ for one of another kind.
    let size = config.block_size;
    stream.stream_info_mut().set_block_sizes(size, size).map_err(|error| refused(&error))?;
    let mut sink = ByteSink::new();
    stream.write(&mut sink).map_err(|error| refused(&error))?;
    Ok(sink.into_inner())
}

fn refused(error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
