//! The sizes of a model, read off its tensors, and the few settings that no tensor states.

use serde::{Deserialize, Serialize};

use crate::weights::{Scope, Settings, StoreError, Weights};

/// The rate that EnCodec 24 kHz works at.
const SAMPLE_RATE_HZ: u32 = 24_000;

/// Everything about a model but its weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Samples a second that the codec takes and makes.
    pub sample_rate_hz: u32,
    /// Samples of one segment, which becomes one z.
    pub segment_samples: usize,
    /// Features of frame embeddings, of z and of every transformer.
    pub feature: usize,
    /// PCM ⇄ latents.
    pub codec: CodecArchitecture,
    /// Latents → frame embeddings.
    pub encoder: StackArchitecture,
    /// Frame embeddings → z.
    pub summarizer: StackArchitecture,
    /// z and noise → latents.
    pub decoder: StackArchitecture,
}

/// Sizes of the codec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodecArchitecture {
    /// Channels after the first convolution.
    pub n_filters: usize,
    /// Strides of the encoder, first stage first.
    pub strides: Vec<usize>,
    /// Samples a frame: the product of the strides.
    pub hop: usize,
    /// Channels of the latents.
    pub latent: usize,
    /// Layers of each recurrent stack.
    pub n_lstm_layers: usize,
    /// Codebooks of the residual quantizer; 0 without one.
    pub n_codebooks: usize,
    /// Entries of a codebook; 0 without a quantizer.
    pub n_bins: usize,
    /// Whether latents can become sound.
    pub has_decoder: bool,
}

/// Sizes of one transformer stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackArchitecture {
    /// Layers.
    pub n_layers: usize,
    /// Attention heads a layer.
    pub n_heads: usize,
    /// Hidden width of the feed-forward net.
    pub feed_forward: usize,
}

impl Architecture {
    /// Reads the sizes off canonical tensors.
    ///
    /// # Errors
    /// A tensor that states a size is missing or has another number of axes.
    pub fn of(weights: &Weights, settings: &Settings) -> Result<Self, StoreError> {
        let root = weights.root();
        let [feature, _] = root.pp("encoder.project").shape("weight")?;
        let stack = |name, heads| StackArchitecture::of(&root.pp(name), heads);
        let segment_samples = settings.segment_seconds * f64::from(SAMPLE_RATE_HZ);
        Ok(Self {
            sample_rate_hz: SAMPLE_RATE_HZ,
            segment_samples: segment_samples.round() as usize,
            feature,
            codec: CodecArchitecture::of(&root.pp("codec"))?,
            encoder: stack("encoder.transformer", settings.encoder_heads)?,
            summarizer: stack("summarizer.transformer", settings.heads)?,
            decoder: stack("decoder.transformer", settings.heads)?,
        })
    }

    /// What no tensor states: the settings that this architecture was made with.
    pub fn settings(&self) -> Settings {
        Settings {
            encoder_heads: self.encoder.n_heads,
            heads: self.summarizer.n_heads,
            segment_seconds: self.segment_samples as f64 / f64::from(self.sample_rate_hz),
        }
    }
}

impl CodecArchitecture {
    /// Reads the sizes off the tensors below `codec`.
    ///
    /// # Errors
    /// As [`Architecture::of`].
    pub fn of(codec: &Scope<'_>) -> Result<Self, StoreError> {
        let encoder = codec.pp("encoder");
        let [n_filters, _, _] = encoder.shape("conv_in.weight")?;
        let strides = (0..encoder.count("stages"))
            .map(|stage| {
                let [_, _, kernel] = encoder.shape(&format!("stages.{stage}.down.weight"))?;
                Ok(kernel / 2)
            })
            .collect::<Result<Vec<usize>, StoreError>>()?;
        let [latent, _, _] = encoder.shape("conv_out.weight")?;
        let [n_codebooks, n_bins] = match codec.contains("quantizer") {
            true => {
                let [n_codebooks, n_bins, _] = codec.shape("quantizer.codebooks")?;
                [n_codebooks, n_bins]
            }
            false => [0, 0],
        };
        Ok(Self {
            n_filters,
            hop: strides.iter().product(),
            strides,
            latent,
            n_lstm_layers: encoder.count("lstm.layers"),
            n_codebooks,
            n_bins,
            has_decoder: codec.contains("decoder"),
        })
    }
}

impl StackArchitecture {
    fn of(stack: &Scope<'_>, n_heads: usize) -> Result<Self, StoreError> {
        let [feed_forward, _] = stack.shape("feed_forward.up.weight")?;
        Ok(Self { n_layers: stack.count("layers"), n_heads, feed_forward })
    }
}
