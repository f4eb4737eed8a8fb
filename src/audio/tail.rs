//! What becomes of the last, shorter segment of a file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What to do with the rest of a file that fills no whole segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TailPolicy {
    /// As the published encoder: padded with zeros that the encoder hears; dropped if shorter than 1 s, unless it is all
    /// there is.
    #[default]
    Published,
    /// Kept whatever its length; frames past its end are masked.
    Mask,
    /// Dropped; a file shorter than one segment is an error.
    Drop,
    /// Kept whatever its length, padded with zeros that the encoder hears.
    Pad,
}

impl TailPolicy {
    const ALL: [Self; 4] = [Self::Published, Self::Mask, Self::Drop, Self::Pad];

    fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Mask => "mask",
            Self::Drop => "drop",
            Self::Pad => "pad",
        }
    }
}

impl fmt::Display for TailPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no tail policy has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown tail policy {found:?}, expected published, mask, drop or pad")]
pub struct UnknownTailPolicy {
    /// The name.
    pub found: String,
}

impl FromStr for TailPolicy {
    type Err = UnknownTailPolicy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == name)
            .ok_or_else(|| UnknownTailPolicy { found: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_read_back_from_what_it_prints_and_what_serde_writes() {
        for policy in TailPolicy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
            let json = serde_json::to_string(&policy).unwrap();
            assert_eq!(json, format!("\"{policy}\""));
            assert_eq!(serde_json::from_str::<TailPolicy>(&json).unwrap(), policy);
        }
        assert_eq!(
            "Keep".parse::<TailPolicy>().unwrap_err().to_string(),
            "unknown tail policy \"Keep\", expected published, mask, drop or pad"
        );
    }
}
