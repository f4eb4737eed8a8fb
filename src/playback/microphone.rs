//! Finding a device that hears.

use std::sync::Arc;

use super::alsa::AlsaInput;
use super::pulse_input::PulseInput;
use super::{DeviceError, Input};

/// The way to a device that hears, which may lead to none.
#[derive(Clone)]
pub struct Microphone {
    open: Arc<Open>,
}

type Open = dyn Fn() -> Result<Box<dyn Input>, NoMicrophone> + Send + Sync;

/// Why nothing can be recorded, in one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing can be recorded on this machine (PulseAudio: {pulse}; ALSA: {alsa}), connect a microphone or start a sound server, \
     then come back to this view"
)]
pub struct NoMicrophone {
    /// What PulseAudio said.
    pub pulse: DeviceError,
    /// What ALSA said.
    pub alsa: DeviceError,
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
                Err(alsa) => Err(NoMicrophone { pulse, alsa }),
            }
        })
    }

    /// Another one.
    pub fn opened_by(
        open: impl Fn() -> Result<Box<dyn Input>, NoMicrophone> + Send + Sync + 'static,
    ) -> Self {
        Self { open: Arc::new(open) }
    }

    /// Opens it; what it hears from then on can be read. Waits as long as a sound server does.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(&self) -> Result<Box<dyn Input>, NoMicrophone> {
        (self.open)()
    }
}
