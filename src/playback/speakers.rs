//! Finding a device that is heard.

use std::sync::Arc;
use std::time::Duration;

use super::alsa::Alsa;
use super::device::DEVICE_RATE_HZ;
use super::pulse::{self, Pulse};
use super::within::within;
use super::{DeviceError, NoDevice, Output, OutputDevice, Player};

/// The longest search.
const SEARCH: Duration = Duration::from_millis(900);

/// The way to devices that are heard, which may lead to none.
#[derive(Clone)]
pub struct Speakers {
    list: Arc<List>,
    open: Arc<Open>,
}

type List = dyn Fn() -> Vec<OutputDevice> + Send + Sync;
type Open = dyn Fn(Option<&str>) -> Result<Box<dyn Output>, NoDevice> + Send + Sync;

impl Speakers {
    /// The rate of every device that is opened, in Hz.
    pub const SAMPLE_RATE_HZ: u32 = DEVICE_RATE_HZ;

    /// The machine's own: those of PulseAudio, of which one can be chosen, else the default one of ALSA.
    pub fn of_machine() -> Self {
        Self::found_by(
            || pulse::sinks().unwrap_or_default(),
            |name| {
                let pulse = match Pulse::open(name) {
                    Ok(output) => return Ok(Box::new(output)),
                    Err(error) => error,
                };
                match Alsa::open() {
                    Ok(output) => Ok(Box::new(output)),
                    Err(alsa) => Err(NoDevice::NotFound { pulse, alsa }),
                }
            },
        )
    }

    /// Others: those that `list` names, and what `open` makes of such a name, or of none, at [`Speakers::SAMPLE_RATE_HZ`].
    pub fn found_by(
        list: impl Fn() -> Vec<OutputDevice> + Send + Sync + 'static,
        open: impl Fn(Option<&str>) -> Result<Box<dyn Output>, NoDevice> + Send + Sync + 'static,
    ) -> Self {
        Self { list: Arc::new(list), open: Arc::new(open) }
    }

    /// The devices that can be chosen. Waits as long as a sound server does.
    pub fn list(&self) -> Vec<OutputDevice> {
        (self.list)()
    }

    /// A player on the device of that name, or on the standard one; it looks for it meanwhile.
    pub fn player(&self, name: Option<String>) -> Player {
        let open = Arc::clone(&self.open);
        Player::searching(DEVICE_RATE_HZ, move || {
            within(SEARCH, "sound search", move || open(name.as_deref()))
                .map_err(|error| NoDevice::NoThread {
                    source: DeviceError::new(error.to_string()),
                })?
                .unwrap_or(Err(NoDevice::Slow))
        })
    }
}
