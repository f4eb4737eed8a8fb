//! Which instructions a packed matrix is laid out for.

use std::fmt;
use std::str::FromStr;

use super::amx;

/// How accurately matrix products are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Precision {
    /// As accurate as IEEE single precision.
    #[default]
    F32,
    /// Operands rounded to bfloat16 (8 significant bits), sums in single precision.
    Bf16,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            other => Err(format!("precision must be f32 or bf16, found {other}")),
        }
    }
}

/// The instructions that multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// Fused multiply-add on the widest vectors there are: AVX-512, AVX2, NEON or scalar.
    Vector,
    /// AMX tiles; each operand is the exact sum of three bfloat16 numbers, and the six products that matter in single
    /// precision are summed.
    AmxSplit,
    /// AMX tiles on operands rounded to bfloat16.
    AmxBf16,
}

impl Kernel {
    /// The fastest kernel of this processor that keeps `precision`.
    pub fn best(precision: Precision) -> Self {
        match (precision, amx::is_available()) {
            (Precision::F32, true) => Self::AmxSplit,
            (Precision::Bf16, true) => Self::AmxBf16,
            (_, false) => Self::Vector,
        }
    }

    /// Every kernel that this processor can run.
    pub fn available() -> Vec<Self> {
        let tiles: &[Self] =
            if amx::is_available() { &[Self::AmxSplit, Self::AmxBf16] } else { &[] };
        [&[Self::Vector], tiles].concat()
    }
}
