//! Finding a device that hears.

use std::sync::Arc;
use std::time::Duration;

use super::alsa::AlsaInput;
use super::pulse_input::PulseInput;
use super::within::within;
use super::{DeviceError, Input};

/// The longest search: a device that has to wake up takes a while.
const SEARCH: Duration = Duration::from_secs(5);

/// The way to a device that hears, which may lead to none.
#[derive(Clone)]
pub struct Microphone {
    open: Arc<Open>,
}

type Open = dyn Fn() -> Result<Box<dyn Input>, NoMicrophone> + Send + Sync;

/// Why nothing can be recorded, in one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoMicrophone {
    /// Neither way to a device leads to one.
    #[error(
        "nothing can be recorded on this machine (PulseAudio: {pulse}; ALSA: {alsa}), connect a microphone or start a sound \
         server, then come back to this view"
    )]
    NotFound {
        /// What PulseAudio said.
        pulse: DeviceError,
        /// What ALSA said.
        alsa: DeviceError,
    },
    /// The search came to no end.
    #[error(
        "nothing can be recorded as the microphone does not answer, restart the sound server, then come back to this view"
    )]
    Slow,
    /// The system has no thread left.
    #[error(
        "nothing can be recorded as the system is out of threads ({source}), close other programs, then come back to this view"
    )]
    NoThread {
        /// What the system said.
        source: DeviceError,
    },
}

impl Microphone {
    /// The machine's own: the default one of PulseAudio, else that of ALSA.
    pub fn of_machine() -> Self {
        Self::opened_by(|| {
            let pulse = match PulseInput::open() {
                Ok(input) => return Ok(Box::new(input)),
                Err(error) => error,
            };
            match AlsaInput::open() {
                Ok(input) => Ok(Box::new(input)),
                Err(alsa) => Err(NoMicrophone::NotFound { pulse, alsa }),
            }
        })
    }

    /// Another one.
    pub fn opened_by(
        open: impl Fn() -> Result<Box<dyn Input>, NoMicrophone> + Send + Sync + 'static,
    ) -> Self {
        Self { open: Arc::new(open) }
    }

    /// Opens it; what it hears from then on can be read. Waits for some seconds at most.
    ///
    /// # Errors
    /// If there is none, or it does not answer.
    pub fn open(&self) -> Result<Box<dyn Input>, NoMicrophone> {
        let open = Arc::clone(&self.open);
        within(SEARCH, "microphone", move || open())
            .map_err(|error| NoMicrophone::NoThread {
                source: DeviceError::new(error.to_string()),
            })?
            .unwrap_or(Err(NoMicrophone::Slow))
    }
}
