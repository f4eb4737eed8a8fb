//! What a table says about itself, under one key of the Parquet file's metadata.

use std::path::Path;

use parquet::file::metadata::KeyValue;
use serde::{Deserialize, Serialize};

use super::{Settings, Shard, TableError};

/// The key; its value is JSON.
const KEY: &str = "pecmae";
/// Grows whenever a reader of the old form would go wrong.
const SCHEMA_VERSION: u32 = 1;

/// What a table says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The user's name for the model; the fingerprint in `settings` is what identifies it.
    pub model: String,
    /// What decided the vectors.
    pub settings: Settings,
    /// Which part of the data set the table holds; `None` for all of it.
    pub shard: Option<Shard>,
}

/// The JSON form.
#[derive(Serialize, Deserialize)]
struct Stored {
    schema_version: u32,
    kind: String,
    tool_version: String,
    model: String,
    fingerprint: String,
    settings: serde_json::Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
}

impl Metadata {
    /// The settings in which `other` differs, as in `model tiny (f2fa6eb04223) ≠ base (35971024420e), tail mask ≠ drop`;
    /// empty for tables that may be mixed.
    pub fn differences(&self, other: &Self) -> String {
        let (ours, theirs) = (&self.settings, &other.settings);
        if ours.model_fingerprint == theirs.model_fingerprint {
            return ours.differences(theirs);
        }
        let [a, b] = [self, other].map(|of| {
            let digits = &of.settings.model_fingerprint;
            format!("{} ({})", of.model, digits.get(..12).unwrap_or(digits))
        });
        let same_model =
            Settings { model_fingerprint: theirs.model_fingerprint.clone(), ..ours.clone() };
        let rest = same_model.differences(theirs);
        let separator = if rest.is_empty() { "" } else { ", " };
        format!("model {a} ≠ {b}{separator}{rest}")
    }

    pub(super) fn to_key_value(&self, kind: &str) -> KeyValue {
        let stored = Stored {
            schema_version: SCHEMA_VERSION,
            kind: kind.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.model.clone(),
            fingerprint: self.settings.fingerprint().to_string(),
            settings: serde_json::to_value(&self.settings).expect("plain data has a JSON form"),
            shard: self.shard,
        };
        let json = serde_json::to_string(&stored).expect("plain data has a JSON form");
        KeyValue::new(KEY.to_owned(), json)
    }

    /// Reads what [`Metadata::to_key_value`] wrote: the metadata and the table's kind.
    pub(super) fn from_key_values(
        pairs: Option<&Vec<KeyValue>>,
        path: &Path,
    ) -> Result<(Self, String), TableError> {
        let json = pairs.into_iter().flatten().find(|pair| pair.key == KEY);
        let Some(json) = json.and_then(|pair| pair.value.as_deref()) else {
            return Err(TableError::damaged(path, "a Parquet file that another program wrote"));
        };
        let damaged = |error| TableError::damaged(path, format!("metadata: {error}"));
        let stored: Stored = serde_json::from_str(json).map_err(damaged)?;
        if stored.schema_version != SCHEMA_VERSION {
            let (expected, found) = (SCHEMA_VERSION, stored.schema_version);
            return Err(TableError::Version { expected, found, path: path.to_owned() });
        }
        let settings: Settings = serde_json::from_value(stored.settings).map_err(damaged)?;
        if settings.fingerprint().to_string() != stored.fingerprint {
            let reason = "metadata: the fingerprint does not belong to the settings";
            return Err(TableError::damaged(path, reason));
        }
        Ok((Self { model: stored.model, settings, shard: stored.shard }, stored.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(model: &str, fingerprint: &str, tail: &str) -> Metadata {
        let settings = Settings {
            model_fingerprint: fingerprint.repeat(32),
            precision: "f32".to_owned(),
            sample_rate_hz: 24_000,
            segment_samples: 96_000,
            tail: tail.to_owned(),
            dim: 768,
            frames: None,
            more: [].into(),
        };
        Metadata { model: model.to_owned(), settings, shard: None }
    }

    #[test]
    fn models_that_differ_are_told_by_name_before_anything_else() {
        let ours = metadata("tiny", "ab", "mask");
        assert_eq!(ours.differences(&metadata("renamed", "ab", "mask")), "");
        assert_eq!(ours.differences(&metadata("tiny", "ab", "drop")), "tail mask ≠ drop");
        let models = "model tiny (abababababab) ≠ base (cdcdcdcdcdcd)";
        assert_eq!(ours.differences(&metadata("base", "cd", "mask")), models);
        let both = ours.differences(&metadata("base", "cd", "drop"));
        assert_eq!(both, format!("{models}, tail mask ≠ drop"));
    }
}
