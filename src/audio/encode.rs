//! A sound → an audio file of one of the formats that are written.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::str::FromStr;

use super::flac::flac;
use super::vorbis::ogg_vorbis;
use super::{AudioError, WavFormat, Waveform, write_wav};
use crate::files::AtomicFile;

/// How a sound is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AudioFormat {
    /// WAV of 16 bits.
    #[default]
    Wav,
    /// FLAC of 16 bits: the same samples in about half the space.
    Flac,
    /// Ogg Vorbis: nearly the same sound in about a tenth.
    Ogg,
}

impl AudioFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Wav, Self::Flac, Self::Ogg];

    /// What its files end in, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
        }
    }
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected wav, flac or ogg")]
pub struct UnknownAudioFormat;

impl FromStr for AudioFormat {
    type Err = UnknownAudioFormat;

    fn from_str(text: &str) -> Result<Self, UnknownAudioFormat> {
        Self::ALL.into_iter().find(|format| format.extension() == text).ok_or(UnknownAudioFormat)
    }
}

/// Writes a mono file, whole or not at all; the same sound always gives the same bytes.
///
/// `quality`, from -0.1 to 1, is that of Vorbis and means nothing to the others.
///
/// # Errors
/// [`AudioError::NotFinite`] for a NaN or infinite sample, [`AudioError::Write`] if the file cannot be written or the encoder
/// refuses the rate.
pub fn write_audio(
    path: &Path,
    waveform: &Waveform,
    format: AudioFormat,
    quality: f32,
) -> Result<(), AudioError> {
    if let Some(at) = waveform.samples.iter().position(|sample| !sample.is_finite()) {
        return Err(AudioError::NotFinite {
            found: waveform.samples[at],
            seconds: at as f64 / f64::from(waveform.sample_rate_hz),
            path: path.to_owned(),
        });
    }
    let failed = |source| AudioError::Write { path: path.to_owned(), source };
    let bytes = match format {
        AudioFormat::Wav => return write_wav(path, waveform, WavFormat::Pcm16),
        AudioFormat::Flac => flac(waveform).map_err(failed)?,
        AudioFormat::Ogg => ogg_vorbis(waveform, quality).map_err(failed)?,
    };
    let mut file = AtomicFile::create(path).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    file.commit().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::read_waveform;

    /// Half a second of two sines.
    fn sound() -> Waveform {
        let samples = (0..12_000).map(|i| {
            let time = i as f32 / 24_000.0;
            0.4 * (2765.0 * time).sin() + 0.2 * (9000.0 * time).sin()
        });
        Waveform { samples: samples.collect(), sample_rate_hz: 24_000 }
    }

    #[test]
    fn every_format_is_read_back_as_the_same_sound_and_written_as_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let sound = sound();
        for (format, least_snr_db) in
            [(AudioFormat::Wav, 80.0), (AudioFormat::Flac, 80.0), (AudioFormat::Ogg, 12.0)]
        {
            let paths = ["a", "b"].map(|name| folder.path().join(format!("{name}.{format}")));
            for path in &paths {
                write_audio(path, &sound, format, 0.5).unwrap();
            }
            let [a, b] = paths.each_ref().map(|path| std::fs::read(path).unwrap());
            assert_eq!(a, b, "{format}");
            let read = read_waveform(&paths[0], 24_000, None).unwrap();
            assert_eq!(read.samples.len(), sound.samples.len(), "{format}");
            let power = |samples: &mut dyn Iterator<Item = f32>| -> f32 {
                samples.map(|sample| sample * sample).sum()
            };
            let error = power(&mut read.samples.iter().zip(&sound.samples).map(|(r, s)| r - s));
            let snr_db = 10.0 * (power(&mut sound.samples.iter().copied()) / error).log10();
            assert!(snr_db > least_snr_db, "{format}: {snr_db} dB");
        }
    }

    #[test]
    fn a_sample_that_is_not_finite_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        for format in AudioFormat::ALL {
            let mut sound = sound();
            sound.samples[6000] = f32::NAN;
            let path = folder.path().join(format!("a.{format}"));
            let error = write_audio(&path, &sound, format, 0.5).unwrap_err();
            assert!(error.to_string().starts_with("the sample at 0.250000 s is NaN"), "{error}");
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_format_is_known_by_its_extension() {
        for format in AudioFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("mp3".parse::<AudioFormat>(), Err(UnknownAudioFormat));
    }
}
