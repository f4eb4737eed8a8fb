//! Whether sound can be heard, and where.

use super::DeviceError;

/// The rate at which devices are opened, in Hz: the one that most of them have themselves.
pub(super) const DEVICE_RATE_HZ: u32 = 48_000;
/// How much sound is to wait in a device, in s: enough for a busy machine, too little to be felt.
pub(super) const BUFFER_S: f64 = 0.060;

/// A device that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputDevice {
    /// What the system calls it.
    pub name: String,
    /// What a person calls it.
    pub description: String,
}

/// Whether sound can be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// Being looked for; known within a second.
    Searching,
    /// There is one of this name.
    Open(String),
    /// There is none, or none any more.
    None(NoDevice),
}

/// Why nothing is heard, in one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoDevice {
    /// Neither way to a device leads to one.
    #[error(
        "nothing can be heard on this machine (PulseAudio: {pulse}; ALSA: {alsa}), connect a sound device or start a sound server, \
         then look for it again"
    )]
    NotFound {
        /// What PulseAudio said.
        pulse: DeviceError,
        /// What ALSA said.
        alsa: DeviceError,
    },
    /// The search came to no end.
    #[error(
        "nothing can be heard as the sound device does not answer, restart the sound server, then look for it again"
    )]
    Slow,
    /// The device was there and is gone.
    #[error(
        "nothing can be heard any more as {device} is gone ({source}), connect it, then look for it again"
    )]
    Lost {
        /// Its name.
        device: String,
        /// What the system said.
        source: DeviceError,
    },
    /// The system has no thread left.
    #[error(
        "nothing can be heard as the system is out of threads ({source}), close other programs, then look for it again"
    )]
    NoThread {
        /// What the system said.
        source: DeviceError,
    },
}
