//! A sound → a WAV file.

use std::io;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{AudioError, Waveform};
use crate::files::AtomicFile;

/// The format counts its bytes in 32 bits, those of the header included.
const MAX_BYTES: u64 = u32::MAX as u64 - 1024;

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
    let fill = |file: &mut WavStream<'_>| file.write(&waveform.samples);
    write_wav_in_pieces(path, waveform.sample_rate_hz, format, fill)
}

/// Writes a mono WAV file whose samples `fill` brings piece by piece; whole, or not at all if `fill` fails.
///
/// # Errors
/// Those of `fill`, and as [`write_wav`].
pub fn write_wav_in_pieces<E: From<AudioError>>(
    path: &Path,
    sample_rate_hz: u32,
    format: WavFormat,
    fill: impl FnOnce(&mut WavStream<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source| AudioError::Write { path: path.to_owned(), source };
    let (bits_per_sample, sample_format) = match format {
        WavFormat::Pcm16 => (16, SampleFormat::Int),
        WavFormat::Float32 => (32, SampleFormat::Float),
    };
    let spec = WavSpec { channels: 1, sample_rate: sample_rate_hz, bits_per_sample, sample_format };
    let mut file = AtomicFile::create(path).map_err(failed)?;
    {
        let writer = WavWriter::new(&mut file, spec).map_err(|error| failed(io_error(error)))?;
        let mut stream = WavStream { path, format, spec, writer, n_samples: 0, n_clipped: 0 };
        fill(&mut stream)?;
        stream.writer.finalize().map_err(|error| failed(io_error(error)))?;
    }
    Ok(file.commit().map_err(failed)?)
}

/// A WAV file that grows sample by sample.
pub struct WavStream<'a> {
    path: &'a Path,
    format: WavFormat,
    spec: WavSpec,
    writer: WavWriter<&'a mut AtomicFile>,
    n_samples: u64,
    n_clipped: u64,
}

impl WavStream<'_> {
    /// Appends samples `[sample]`.
    ///
    /// # Errors
    /// As [`write_wav`].
    pub fn write(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        for &sample in samples {
            if !sample.is_finite() {
                return Err(AudioError::NotFinite {
                    found: sample,
                    seconds: self.n_samples as f64 / f64::from(self.spec.sample_rate),
                    path: self.path.to_owned(),
                });
            }
            self.write_sample(sample)
                .map_err(|source| AudioError::Write { path: self.path.to_owned(), source })?;
        }
        Ok(())
    }

    /// Samples so far.
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// How many of them 16 bits could not hold.
    pub fn n_clipped(&self) -> u64 {
        self.n_clipped
    }

    fn write_sample(&mut self, sample: f32) -> io::Result<()> {
        if (self.n_samples + 1) * u64::from(self.spec.bits_per_sample / 8) > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.n_samples += 1;
        match self.format {
            WavFormat::Pcm16 => {
                self.n_clipped += u64::from(sample.abs() > 1.0);
                self.writer.write_sample(pcm16_from_f32(sample))
            }
            WavFormat::Float32 => self.writer.write_sample(sample),
        }
        .map_err(io_error)
    }
}

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

/// The nearest 16-bit step of 1/32768, so that 16-bit sound survives a round trip.
pub(super) fn pcm16_from_f32(sample: f32) -> i16 {
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

    #[test]
    fn pieces_join_without_a_seam_and_a_failure_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, pieces) = (folder.path().join("whole.wav"), folder.path().join("pieces.wav"));
        let samples: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.37).sin() * 1.1).collect();
        let waveform = Waveform { samples, sample_rate_hz: 24_000 };
        for format in [WavFormat::Pcm16, WavFormat::Float32] {
            write_wav(&whole, &waveform, format).unwrap();
            let fill = |file: &mut WavStream<'_>| {
                waveform.samples.chunks(777).try_for_each(|piece| file.write(piece))?;
                assert_eq!(file.n_samples(), 5000);
                assert_eq!(file.n_clipped() > 0, format == WavFormat::Pcm16);
                Ok::<_, AudioError>(())
            };
            write_wav_in_pieces(&pieces, 24_000, format, fill).unwrap();
            assert_eq!(std::fs::read(&pieces).unwrap(), std::fs::read(&whole).unwrap());
        }
        let absent = folder.path().join("absent.wav");
        let stop = |file: &mut WavStream<'_>| {
            file.write(&waveform.samples)?;
            Err(AudioError::Empty { path: absent.clone() })
        };
        write_wav_in_pieces(&absent, 24_000, WavFormat::Pcm16, stop).unwrap_err();
        assert!(!absent.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
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
