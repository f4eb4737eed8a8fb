//! Where samples come from.

use super::DeviceError;

/// A device that hears, or what stands in for one. It is emptied by one thread.
pub trait Input: Send {
    /// The name that a person knows it by.
    fn name(&self) -> String;

    /// The rate of the samples that it gives, in Hz; positive and always the same.
    fn sample_rate_hz(&self) -> u32;

    /// The samples `[sample]` in [-1, 1] since the last call, after waiting for some; none only after a tenth of a second without
    /// any.
    ///
    /// # Errors
    /// If the device is gone: it is not used again.
    fn read(&mut self) -> Result<Vec<f32>, DeviceError>;
}
