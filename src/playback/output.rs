//! Where samples are made audible.

/// A device, or what stands in for one. It is fed by one thread.
pub trait Output: Send {
    /// The name that a person knows it by.
    fn name(&self) -> String;

    /// The rate of the samples that it takes, in Hz; positive and always the same.
    fn sample_rate_hz(&self) -> u32;

    /// Takes samples `[sample]` in [-1, 1], after waiting until there is room for them.
    ///
    /// # Errors
    /// If the device is gone: it is not used again.
    fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError>;

    /// How long it is until the sample that was written last is heard, in s.
    fn latency_s(&self) -> f64;

    /// Nothing but silence was written for half a second, and nothing follows for a while. Called about twice a second until the
    /// next [`write`](Self::write).
    ///
    /// # Errors
    /// If the device is gone: it is not used again.
    fn rest(&mut self) -> Result<(), DeviceError>;
}

/// Why a device cannot be used, as a phrase without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DeviceError {
    /// What the system said.
    pub reason: String,
}

impl DeviceError {
    /// An error with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}
