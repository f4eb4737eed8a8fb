//! Which network a checkpoint holds, by its tensor names.

use std::fmt;

use super::super::checkpoint::Checkpoint;

/// A network and the naming of its tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The PECMAE autoencoder: EnCodecMAE, summarizer, denoiser and the codec's encoder.
    Autoencoder,
    /// EnCodec as its authors publish it.
    CodecOriginal,
    /// EnCodec as Hugging Face transformers names it.
    CodecHuggingFace,
    /// EnCodecMAE v1 without an autoencoder around it.
    EncodecMae,
    /// EnCodecMAE v2, alone or inside an autoencoder.
    EncodecMaeV2,
    /// None of these.
    Unknown,
}

/// Parts of names that only EnCodecMAE v2 has.
const V2_MARKS: [&str; 4] = [
    "wav_encoder.encoder.",
    "wav_encoder.post_net",
    "visible_encoder.post_net",
    "masker.positional_encoder.scale",
];

impl Kind {
    /// The network that the names of `checkpoint` speak of.
    pub fn of(checkpoint: &Checkpoint) -> Self {
        let any = |prefix| checkpoint.any_below(prefix);
        if checkpoint.names().any(|name| V2_MARKS.iter().any(|mark| name.contains(mark))) {
            Self::EncodecMaeV2
        } else if any("encoder.encodecmae_model.") || any("denoiser.") {
            Self::Autoencoder
        } else if any("encoder.model.") || any("decoder.model.") || any("quantizer.vq.") {
            Self::CodecOriginal
        } else if any("encoder.layers.") || any("decoder.layers.") || any("quantizer.layers.") {
            Self::CodecHuggingFace
        } else if any("wav_encoder.model.") || any("visible_encoder.") {
            Self::EncodecMae
        } else {
            Self::Unknown
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Autoencoder => "a PECMAE autoencoder",
            Self::CodecOriginal => "the EnCodec codec (original naming)",
            Self::CodecHuggingFace => "the EnCodec codec (Hugging Face naming)",
            Self::EncodecMae => "EnCodecMAE v1 alone",
            Self::EncodecMaeV2 => "EnCodecMAE v2",
            Self::Unknown => "no network known here",
        })
    }
}
