//! Why audio could not be read or written.

use std::io;
use std::path::PathBuf;

/// What is wrong with an audio file, in one sentence that names it and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file cannot be opened or read.
    #[error("cannot read the audio file ({source}), check the path and its permissions: {}", path.display())]
    Read {
        /// The offending file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing of that name.
    #[error("no such file or folder: {}", path.display())]
    Missing {
        /// The offending path.
        path: PathBuf,
    },
    /// A folder, not a file.
    #[error("a folder, where one audio file is wanted; give a file of it: {}", path.display())]
    Folder {
        /// The offending path.
        path: PathBuf,
    },
    /// The content is no known container, whatever the extension says.
    #[error(
        "not an audio file of a known kind, expected WAV, AIFF, FLAC, MP3, Ogg, M4A or AAC: {}",
        path.display()
    )]
    Unrecognized {
        /// The offending file.
        path: PathBuf,
    },
    /// A known container with a codec that has no decoder here.
    #[error("cannot decode {codec}, convert the file to FLAC or WAV: {}", path.display())]
    Unsupported {
        /// The codec or the feature of it.
        codec: String,
        /// The offending file.
        path: PathBuf,
    },
    /// The container holds no audio.
    #[error("no audio track inside, choose a file with sound: {}", path.display())]
    NoAudioTrack {
        /// The offending file.
        path: PathBuf,
    },
    /// The stated or wanted rate is not one of sound.
    #[error(
        "the sample rate is {found_hz} Hz, expected 1 to {max_hz} Hz, export the file again: {}",
        path.display()
    )]
    SampleRate {
        /// The rate, in Hz.
        found_hz: u32,
        /// The highest rate accepted, in Hz.
        max_hz: u32,
        /// The offending file.
        path: PathBuf,
    },
    /// Not one sample.
    #[error("the file holds no samples, leave it out or export it again: {}", path.display())]
    Empty {
        /// The offending file.
        path: PathBuf,
    },
    /// Bytes that no decoder accepts.
    #[error(
        "the audio is corrupt at {seconds:.3} s ({reason}), get an intact copy: {}",
        path.display()
    )]
    Corrupt {
        /// What the decoder said.
        reason: String,
        /// Where decoding stopped, in s.
        seconds: f64,
        /// The offending file.
        path: PathBuf,
    },
    /// The file ends before its content does.
    #[error(
        "the file is cut off after {found_seconds:.3} s{}, get a complete copy: {}",
        expected_seconds.map_or_else(String::new, |s| format!(" of the {s:.3} s its header states")),
        path.display()
    )]
    Truncated {
        /// The duration that the header states, in s, if it does.
        expected_seconds: Option<f64>,
        /// The duration that is there, in s.
        found_seconds: f64,
        /// The offending file.
        path: PathBuf,
    },
    /// A sample that is NaN or infinite.
    #[error(
        "the sample at {seconds:.6} s is {found}, expected finite samples, export the file again: {}",
        path.display()
    )]
    NotFinite {
        /// The sample.
        found: f32,
        /// Where it is, in s from the start.
        seconds: f64,
        /// The offending file.
        path: PathBuf,
    },
    /// No full segment, and the tail policy drops what is not full.
    #[error(
        "the file lasts {found_seconds:.3} s, less than one segment of {needed_seconds:.3} s, \
         choose a tail policy that keeps it: {}",
        path.display()
    )]
    TooShort {
        /// The file's duration, in s.
        found_seconds: f64,
        /// A segment's duration, in s.
        needed_seconds: f64,
        /// The offending file.
        path: PathBuf,
    },
    /// A segment plan with a length of zero.
    #[error(
        "cannot cut segments of {segment_samples} samples with a hop of {hop_samples}, \
         both must be positive: {}",
        path.display()
    )]
    Plan {
        /// The segment length, in samples.
        segment_samples: usize,
        /// The codec hop, in samples.
        hop_samples: usize,
        /// The file to be cut.
        path: PathBuf,
    },
    /// The audio file cannot be written.
    #[error("cannot write the audio file ({source}), check its folder and the free space: {}", path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
