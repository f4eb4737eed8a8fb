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

/// Reads what lies between two moments of a file, in seconds, at `target_rate_hz`; less where the file ends before.
///
/// # Errors
/// As [`AudioReader::open`] and [`AudioReader::next_block`].
pub fn read_part(
    path: &Path,
    target_rate_hz: u32,
    (start_s, end_s): (f64, f64),
) -> Result<Waveform, AudioError> {
    let sample = |seconds: f64| (seconds * f64::from(target_rate_hz)).round() as usize;
    let (start, end) = (sample(start_s), sample(end_s));
    let mut reader = AudioReader::open(path, target_rate_hz)?;
    let (mut samples, mut at) = (Vec::new(), 0);
    while at < end
        && let Some(block) = reader.next_block()?
    {
        let to = (end - at).min(block.len());
        let from = start.saturating_sub(at).min(to);
        samples.extend_from_slice(&block[from..to]);
        at += block.len();
    }
    Ok(Waveform { samples, sample_rate_hz: target_rate_hz })
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
        let whole = Waveform { samples: samples.clone(), sample_rate_hz: 24_000 };
        write_wav(&path, &whole, WavFormat::Float32).unwrap();
        let part = |ends| read_part(&path, 24_000, ends).unwrap().samples;
        assert_eq!(part((0.5, 1.25)), samples[12_000..30_000]);
        assert_eq!(part((0.0, 600.0)), samples);
        assert_eq!(part((1.9, 2.5)), samples[45_600..]);
        assert!(part((5.0, 6.0)).is_empty());
    }
}
