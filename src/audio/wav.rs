//! A sound → a WAV file.

use std::io::{self, Cursor};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{AudioError, Waveform};
use crate::files::write_atomic;

/// How samples are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WavFormat {
    /// 16-bit integers: what every player takes. Samples beyond [-1, 1] are clipped.
    #[default]
    Pcm16,
    /// 32-bit floats: the samples as they are.
    Float32,
}

/// Writes a mono WAV file, whole or not at all.
///
/// # Errors
/// [`AudioError::NotFinite`] for a NaN or infinite sample, [`AudioError::Write`] if the file cannot be written or would
/// exceed the 4 GiB of the format.
pub fn write_wav(path: &Path, waveform: &Waveform, format: WavFormat) -> Result<(), AudioError> {
    if let Some(at) = waveform.samples.iter().position(|sample| !sample.is_finite()) {
        return Err(AudioError::NotFinite {
            found: waveform.samples[at],
            seconds: at as f64 / f64::from(waveform.sample_rate_hz),
            path: path.to_owned(),
        });
    }
    encode(waveform, format)
        .and_then(|bytes| write_atomic(path, &bytes))
        .map_err(|source| AudioError::Write { path: path.to_owned(), source })
}

fn encode(waveform: &Waveform, format: WavFormat) -> io::Result<Vec<u8>> {
    let (bits_per_sample, sample_format) = match format {
        WavFormat::Pcm16 => (16, SampleFormat::Int),
        WavFormat::Float32 => (32, SampleFormat::Float),
    };
    let n_bytes = waveform.samples.len() as u64 * u64::from(bits_per_sample / 8);
    // The header counts its own bytes too, in 32 bits.
    if n_bytes > u64::from(u32::MAX) - 1024 {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let spec = WavSpec {
        channels: 1,
        sample_rate: waveform.sample_rate_hz,
        bits_per_sample,
        sample_format,
    };
    let mut bytes = Cursor::new(Vec::with_capacity(n_bytes as usize + 128));
    let mut writer = WavWriter::new(&mut bytes, spec).map_err(io::Error::other)?;
    for &sample in &waveform.samples {
        match format {
            WavFormat::Pcm16 => writer.write_sample(pcm16_from_f32(sample)),
            WavFormat::Float32 => writer.write_sample(sample),
        }
        .map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

/// The nearest 16-bit step of 1/32768, so that 16-bit sound survives a round trip.
fn pcm16_from_f32(sample: f32) -> i16 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::read_waveform;
    use proptest::prelude::*;

    #[test]
    fn loud_samples_are_clipped_and_not_wrapped() {
        assert_eq!(
            [1.5, 1.0, -1.0, -7.0, 0.0].map(pcm16_from_f32),
            [32_767, 32_767, -32_768, -32_768, 0]
        );
    }

    #[test]
    fn a_sample_that_is_not_finite_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let waveform = Waveform { samples: vec![0.0, 0.0, f32::NAN], sample_rate_hz: 2 };
        let error = write_wav(&path, &waveform, WavFormat::Float32).unwrap_err();
        assert!(error.to_string().starts_with("the sample at 1.000000 s is NaN"), "{error}");
        assert!(!path.exists());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_written_is_read_back(samples in prop::collection::vec(-1.2_f32..1.2, 1..3000)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.wav");
            let waveform = Waveform { samples, sample_rate_hz: 24_000 };
            write_wav(&path, &waveform, WavFormat::Float32).unwrap();
            prop_assert_eq!(&read_waveform(&path, 24_000, None).unwrap(), &waveform);

            write_wav(&path, &waveform, WavFormat::Pcm16).unwrap();
            let read = read_waveform(&path, 24_000, None).unwrap();
            for (found, wanted) in read.samples.iter().zip(&waveform.samples) {
                let wanted = wanted.clamp(-1.0, 32_767.0 / 32_768.0);
                prop_assert!((found - wanted).abs() <= 0.5 / 32_768.0);
            }
            write_wav(&path, &read, WavFormat::Pcm16).unwrap();
            prop_assert_eq!(read_waveform(&path, 24_000, None).unwrap(), read);
        }
    }
}
