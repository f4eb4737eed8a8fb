//! A whole sound in memory.

use std::path::Path;

use super::{AudioError, AudioReader};

/// Mono PCM, nominally in [-1, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    /// `[sample]`
    pub samples: Vec<f32>,
    /// The rate, in Hz.
    pub sample_rate_hz: u32,
}

impl Waveform {
    /// How long it sounds, in s.
    pub fn duration_secs(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Reads a file, or its first `max_seconds`, at `target_rate_hz`.
///
/// What lies beyond `max_seconds` is not decoded, so it is not checked either.
///
/// # Errors
/// As [`AudioReader::open`] and [`AudioReader::next_block`].
pub fn read_waveform(
    path: &Path,
    target_rate_hz: u32,
    max_seconds: Option<f64>,
) -> Result<Waveform, AudioError> {
    let mut reader = AudioReader::open(path, target_rate_hz)?;
    let limit =
        max_seconds.map_or(usize::MAX, |secs| (secs * f64::from(target_rate_hz)).round() as usize);
    let mut samples = Vec::new();
    while samples.len() < limit
        && let Some(block) = reader.next_block()?
    {
        samples.extend_from_slice(block);
    }
    samples.truncate(limit);
    Ok(Waveform { samples, sample_rate_hz: target_rate_hz })
}
