//! What decides the numbers of a table, and the fingerprint that tells two tables apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::files::Sha256Digest;

/// Everything that decides the vectors of a table, and nothing that does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Fingerprint of the model's weights and architecture.
    pub model_fingerprint: String,
    /// Arithmetic of the networks, as in `f32`.
    pub precision: String,
    /// Rate of the audio that the model hears, in Hz.
    pub sample_rate_hz: u32,
    /// Length of a segment, in samples at that rate.
    pub segment_samples: usize,
    /// What happens to a track's last, shorter segment.
    pub tail: String,
    /// Features of a vector.
    pub dim: usize,
    /// Set for a table of frame embeddings only.
    pub frames: Option<FrameSettings>,
    /// Whatever else the encoder says decides its numbers.
    pub more: BTreeMap<String, String>,
}

/// Which frame embeddings a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameSettings {
    /// Layer they leave the encoder from; `None` for its output.
    pub layer: Option<usize>,
    /// Samples from one frame to the next.
    pub hop_samples: usize,
}

impl Settings {
    /// SHA-256 of the settings: equal exactly when two tables may be mixed.
    pub fn fingerprint(&self) -> Sha256Digest {
        Sha256Digest::of(&serde_json::to_vec(self).expect("plain data has a JSON form"))
    }

    /// The fields in which `other` differs, as in `precision f32 ≠ bf16`; empty for equal settings.
    pub fn differences(&self, other: &Self) -> String {
        let plain = |settings| serde_json::to_value(settings).expect("plain data has a JSON form");
        let (ours, theirs) = (plain(self), plain(other));
        let fields = ours.as_object().into_iter().flatten();
        let differing = fields.filter(|(name, value)| theirs.get(name) != Some(value));
        let described: Vec<_> = differing
            .map(|(name, value)| {
                let [a, b] = [value, &theirs[name]].map(|v| v.to_string().replace('"', ""));
                format!("{name} {a} ≠ {b}")
            })
            .collect();
        described.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn settings() -> Settings {
        Settings {
            model_fingerprint: "c0de".to_owned(),
            precision: "f32".to_owned(),
            sample_rate_hz: 24_000,
            segment_samples: 96_000,
            tail: "keep".to_owned(),
            dim: 768,
            frames: None,
            more: BTreeMap::new(),
        }
    }

    #[test]
    fn settings_that_differ_have_other_fingerprints_and_say_where() {
        let ours = settings();
        let theirs = Settings { precision: "bf16".to_owned(), ..settings() };
        assert_eq!(ours.fingerprint(), settings().fingerprint());
        assert_ne!(ours.fingerprint(), theirs.fingerprint());
        assert_eq!(ours.differences(&theirs), "precision f32 ≠ bf16");
        assert_eq!(ours.differences(&settings()), "");
    }
}
