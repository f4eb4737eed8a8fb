//! One machine's part of a data set, chosen by the names of tracks alone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::files::Sha256Digest;

/// Part `index` of `count`, counted from 1; written `1/4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    count: u32,
}

/// Not a shard.
#[derive(Debug, thiserror::Error)]
#[error("a shard is written I/N with I from 1 to N, as in 1/4; found {found:?}")]
pub struct ShardError {
    /// What was given.
    pub found: String,
}

impl Shard {
    /// All parts of the whole that this one belongs to.
    pub fn siblings(self) -> impl Iterator<Item = Self> {
        (1..=self.count).map(move |index| Self { index, count: self.count })
    }

    /// Whether a track belongs to this part: each belongs to one, whatever other tracks there are.
    pub fn holds(self, track_id: &str) -> bool {
        let digest = Sha256Digest::of(track_id.as_bytes()).0;
        let (head, _) = digest.split_first_chunk().expect("a digest is longer than 8 bytes");
        u64::from_le_bytes(*head) % u64::from(self.count) == u64::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(ShardError { found: text.to_owned() }),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_track_belongs_to_exactly_one_shard() {
        let first: Shard = "1/5".parse().unwrap();
        for i in 0..200 {
            let id = format!("rock/{i}.wav");
            assert_eq!(first.siblings().filter(|shard| shard.holds(&id)).count(), 1);
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "0/4", "5/4", "a/b", "1/0", "1/4/2", "-1/4"] {
            let error = text.parse::<Shard>().unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }
}
