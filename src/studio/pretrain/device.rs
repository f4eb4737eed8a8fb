//! What computes.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use super::PretrainError;

/// What computes a pretraining.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeviceKind {
    /// The processor.
    #[default]
    Cpu,
    /// The first NVIDIA GPU.
    Cuda,
}

impl FromStr for DeviceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            _ => Err("expected cpu or cuda".to_owned()),
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Cpu { "cpu" } else { "cuda" })
    }
}

impl DeviceKind {
    pub(super) fn open(self) -> Result<Device, PretrainError> {
        let refused = |reason| PretrainError::Device { device: self.to_string(), reason };
        match self {
            Self::Cpu => Ok(Device::Cpu),
            #[cfg(feature = "cuda")]
            Self::Cuda => {
                crate::pretraining::cuda::open().map_err(|error| refused(error.to_string()))
            }
            #[cfg(not(feature = "cuda"))]
            Self::Cuda => Err(refused(
                "this program was built without it; build it with `--features cuda`, or give --device cpu".to_owned(),
            )),
        }
    }
}
