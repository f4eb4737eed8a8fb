//! What a clip is called, and the seed that follows from it.

use std::fmt;

use crate::files::Sha256Digest;

/// What a clip is for. Clips of two domains never share a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// A model learns to hear from it, without labels.
    Pretraining,
    /// A classifier learns from it.
    Train,
    /// It decides between classifiers.
    Validation,
    /// It is looked at last.
    Test,
}

impl Domain {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pretraining, Self::Train, Self::Validation, Self::Test];

    /// Its name, which is that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pretraining => "pretraining",
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Everything random about a clip comes from these 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClipSeed(pub(super) [u8; 32]);

impl ClipSeed {
    /// The seed of the `index`-th clip of a class in a domain.
    ///
    /// It is the SHA-256 of all that names the clip, so that no two clips share a stream of random numbers.
    pub fn new(seed: u64, domain: Domain, class: &str, index: u64) -> Self {
        Self(Sha256Digest::of(format!("clip/{seed}/{domain}/{class}/{index}").as_bytes()).0)
    }
}

impl fmt::Display for ClipSeed {
    /// The first 8 bytes in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn whatever_names_a_clip_decides_its_seed() {
        let mut seeds = BTreeSet::new();
        for seed in [0, 1, 11] {
            for domain in Domain::ALL {
                for class in ["piano", "waltz"] {
                    seeds.extend((0..20).map(|index| ClipSeed::new(seed, domain, class, index)));
                }
            }
        }
        assert_eq!(seeds.len(), 3 * 4 * 2 * 20);
        // What was once made can be made again by any later version of the program.
        let first = ClipSeed::new(1, Domain::Train, "bass", 0);
        assert_eq!(first.to_string(), "69bd66a2a402cb90");
    }
}
