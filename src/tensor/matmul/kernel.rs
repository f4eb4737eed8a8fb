//! Which instructions a packed matrix is laid out for.

use std::fmt;
use std::str::FromStr;

use super::{amx, dot};

/// How accurately matrix products are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Precision {
    /// As accurate as IEEE single precision.
    #[default]
    F32,
    /// Operands as the sum of two bfloat16 numbers (16 significant bits), sums in single precision.
    Bf16x3,
    /// Operands rounded to bfloat16 (8 significant bits), sums in single precision.
    Bf16,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16x3 => "bf16x3",
            Self::Bf16 => "bf16",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Self::F32),
            "bf16x3" => Ok(Self::Bf16x3),
            "bf16" => Ok(Self::Bf16),
            other => Err(format!("precision must be f32, bf16x3 or bf16, found {other}")),
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
    /// AMX tiles; each operand is the sum of two bfloat16 numbers to 16 bits, and three products are summed.
    AmxPair,
    /// AMX tiles on operands rounded to bfloat16.
    AmxBf16,
    /// AVX-512 dot products of operands rounded to bfloat16.
    DotBf16,
}

impl Kernel {
    /// The fastest kernel of this processor that keeps `precision`; without bfloat16 instructions, a more exact one.
    pub fn best(precision: Precision) -> Self {
        let candidates: &[Self] = match precision {
            Precision::F32 => &[Self::AmxSplit, Self::Vector],
            Precision::Bf16x3 => &[Self::AmxPair, Self::Vector],
            Precision::Bf16 => &[Self::AmxBf16, Self::DotBf16, Self::Vector],
        };
        *candidates.iter().find(|kernel| kernel.is_available()).unwrap_or(&Self::Vector)
    }

    /// Every kernel that this processor can run.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Vector, Self::AmxSplit, Self::AmxPair, Self::AmxBf16, Self::DotBf16]
            .into_iter()
            .filter(Self::is_available)
    }

    /// The accuracy that this kernel keeps.
    pub fn precision(&self) -> Precision {
        match self {
            Self::Vector | Self::AmxSplit => Precision::F32,
            Self::AmxPair => Precision::Bf16x3,
            Self::AmxBf16 | Self::DotBf16 => Precision::Bf16,
        }
    }

    /// Whether this processor can run it.
    pub fn is_available(&self) -> bool {
        match self {
            Self::Vector => true,
            Self::AmxSplit | Self::AmxPair | Self::AmxBf16 => amx::is_available(),
            Self::DotBf16 => dot::is_available(),
        }
    }
}
