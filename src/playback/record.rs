//! What a device hears → a WAV file.

use std::path::Path;
use std::time::Duration;

use super::{DeviceError, Input};
use crate::audio::{AudioError, WavFormat, WavStream, write_wav_in_pieces};
use crate::job::CancelToken;

/// How far a recording is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Of the recording so far, in s.
    pub seconds: f64,
    /// The largest absolute sample since the last time.
    pub peak: f32,
}

/// A recording that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its duration, in s.
    pub seconds: f64,
    /// Why it ended, where the device was lost.
    pub lost: Option<DeviceError>,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not a single sample came.
    #[error("no sound came from {device} ({reason}), check that it is connected and not muted")]
    Nothing {
        /// Its name.
        device: String,
        /// What the system said, or that it was stopped at once.
        reason: String,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] AudioError),
}

/// Writes what a device hears, at its rate, as 16-bit WAV: until `stop` is cancelled, `longest` is reached or the device is lost.
/// The file appears whole, or not at all; what was heard before the device was lost is kept.
///
/// # Errors
/// If nothing came, or the file cannot be written.
pub fn record(
    input: &mut dyn Input,
    path: &Path,
    longest: Duration,
    tell: &mut dyn FnMut(Heard),
    stop: &CancelToken,
) -> Result<Recorded, RecordError> {
    let rate_hz = input.sample_rate_hz();
    let most = (longest.as_secs_f64() * f64::from(rate_hz)) as u64;
    let seconds = |file: &WavStream<'_>| file.n_samples() as f64 / f64::from(rate_hz);
    let mut recorded = Recorded { seconds: 0.0, lost: None };
    let fill = |file: &mut WavStream<'_>| {
        while !stop.is_cancelled() && file.n_samples() < most {
            let mut samples = match input.read() {
                Ok(samples) => samples,
                Err(error) => {
                    recorded.lost = Some(error);
                    break;
                }
            };
            let room = usize::try_from(most - file.n_samples()).unwrap_or(usize::MAX);
            samples.truncate(room);
            file.write(&samples)?;
            let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            tell(Heard { seconds: seconds(file), peak });
        }
        recorded.seconds = seconds(file);
        if file.n_samples() > 0 {
            return Ok(());
        }
        let reason = recorded.lost.as_ref().map(ToString::to_string);
        let reason = reason.unwrap_or_else(|| "it was stopped at once".to_owned());
        Err(RecordError::Nothing { device: input.name(), reason })
    };
    write_wav_in_pieces(path, rate_hz, WavFormat::Pcm16, fill)?;
    Ok(recorded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::read_waveform;

    /// Hears pieces of ten samples at 100 Hz, and is then unplugged.
    struct Tape {
        n_left: usize,
    }

    impl Input for Tape {
        fn name(&self) -> String {
            "tape".to_owned()
        }

        fn sample_rate_hz(&self) -> u32 {
            100
        }

        fn read(&mut self) -> Result<Vec<f32>, DeviceError> {
            let left = self.n_left.checked_sub(1);
            self.n_left = left.ok_or_else(|| DeviceError::new("unplugged"))?;
            Ok([0.25, -0.5].repeat(5))
        }
    }

    const LONGEST: Duration = Duration::from_millis(1050);

    #[test]
    fn what_is_heard_is_written_until_it_is_long_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut told = Vec::new();
        let mut tell = |heard| told.push(heard);
        let mut tape = Tape { n_left: 100 };
        let done = record(&mut tape, &path, LONGEST, &mut tell, &CancelToken::new()).unwrap();
        assert_eq!(done, Recorded { seconds: 1.05, lost: None });
        assert_eq!((told.len(), told[2]), (11, Heard { seconds: 0.3, peak: 0.5 }));
        let sound = read_waveform(&path, 100, None).unwrap();
        assert_eq!(sound.samples.len(), 105);
        assert_eq!(sound.samples[..2], [0.25, -0.5]);
    }

    #[test]
    fn it_ends_when_it_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let stop = CancelToken::new();
        let mut tell = |heard: Heard| {
            assert!(!path.exists(), "it is seen before it is whole");
            if heard.seconds > 0.35 {
                stop.cancel();
            }
        };
        let done = record(&mut Tape { n_left: 100 }, &path, LONGEST, &mut tell, &stop).unwrap();
        assert_eq!(done, Recorded { seconds: 0.4, lost: None });
        assert_eq!(read_waveform(&path, 100, None).unwrap().samples.len(), 40);
    }

    #[test]
    fn a_device_that_is_lost_leaves_what_it_heard_or_no_file_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let hear = |n_left: usize| {
            record(&mut Tape { n_left }, &path, LONGEST, &mut |_| {}, &CancelToken::new())
        };
        let error = hear(0).unwrap_err().to_string();
        assert!(error.starts_with("no sound came from tape (unplugged)"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let done = hear(3).unwrap();
        assert_eq!(done, Recorded { seconds: 0.3, lost: Some(DeviceError::new("unplugged")) });
        assert_eq!(read_waveform(&path, 100, None).unwrap().samples.len(), 30);
    }
}
