//! What a conversion found besides the tensors that it took.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::checkpoint::Checkpoint;
use super::source::Tensors;

/// What a source file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The PECMAE autoencoder checkpoint.
    Autoencoder,
    /// The EnCodec checkpoint.
    Codec,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Autoencoder => "a PECMAE autoencoder",
            Self::Codec => "the EnCodec codec",
        })
    }
}

/// What a conversion found besides the tensors that it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// One entry a file, autoencoder first.
    pub sources: Vec<SourceReport>,
    /// The largest difference between the codec file and the autoencoder's own copy of the codec's encoder; `None` if they are equal.
    pub codec_difference: Option<CodecDifference>,
}

/// The tensors of one file that were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceReport {
    /// What the file is for.
    pub role: Role,
    /// Known tensors that only pretraining needs.
    pub not_used: Vec<String>,
    /// Tensors that no published checkpoint of this kind has.
    pub unexpected: Vec<String>,
    /// Entries of the state dict that are no tensors, with their Python type.
    pub not_tensors: BTreeMap<String, String>,
}

/// Where two copies of the codec differ most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodecDifference {
    /// The canonical tensor.
    pub tensor: String,
    /// The largest absolute difference of two weights.
    pub max_abs: f32,
}

impl fmt::Display for CodecDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tensor, max_abs } = self;
        write!(
            f,
            "the codec file and the autoencoder's copy of the codec differ by up to {max_abs:e}, most in {tensor}; \
             the autoencoder's copy is used where it has one"
        )
    }
}

impl SourceReport {
    /// Sorts what `taken` left over.
    pub(super) fn of(role: Role, checkpoint: &Checkpoint, taken: impl Fn(&str) -> bool) -> Self {
        let left = checkpoint.names().filter(|name| !taken(name)).map(str::to_owned);
        let (not_used, unexpected) = left.partition(|name| is_known_and_unneeded(name));
        let not_tensors =
            checkpoint.skipped().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
        Self { role, not_used, unexpected, not_tensors }
    }
}

/// Whether a tensor belongs to pretraining: the MAE decoder, its head, the targets' codebooks and codebook statistics.
fn is_known_and_unneeded(name: &str) -> bool {
    const PRETRAINING: [&str; 5] = [
        "encoder.encodecmae_model.decoder.",
        "encoder.encodecmae_model.decoder_projector.",
        "encoder.encodecmae_model.head.",
        "encoder.encodecmae_model.masker.",
        "encoder.encodecmae_model.target_encoder.",
    ];
    const STATISTICS: [&str; 3] =
        ["codebook.inited", "codebook.cluster_size", "codebook.embed_avg"];
    PRETRAINING.iter().any(|prefix| name.starts_with(prefix))
        || STATISTICS.iter().any(|suffix| name.ends_with(suffix))
}

/// The largest difference over the tensors that both have; `None` if there is none.
pub(super) fn codec_difference(ours: &Tensors, codec: &Tensors) -> Option<CodecDifference> {
    let mut worst: Option<CodecDifference> = None;
    for (name, tensor) in codec.iter() {
        let Some(own) = ours.get(name) else { continue };
        let max_abs = own.1.iter().zip(&tensor.1).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        if max_abs > worst.as_ref().map_or(0.0, |worst| worst.max_abs) {
            worst = Some(CodecDifference { tensor: name.clone(), max_abs });
        }
    }
    worst
}
