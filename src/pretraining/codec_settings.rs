//! How a codec is to be learned.

use serde::{Deserialize, Serialize};

use super::{Falling, Schedule, SeanetSizes, SpectralSettings};
use crate::weights::{StoreError, Weights};

/// Steps before the latents of a codec that is gone on with change for the mel spectra that are told from them, and until its rate is
/// the highest.
const LISTENING_STEPS: u64 = 1000;

/// How a codec is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodecSettings {
    /// The networks.
    pub sizes: SeanetSizes,
    /// Steps, warm-up and rate.
    pub schedule: Schedule,
    /// Crops a step.
    pub n_crops: usize,
    /// Samples a crop, a multiple of the hop.
    pub crop_samples: usize,
    /// What the distance of the spectra listens for.
    #[serde(default)]
    pub spectral: SpectralSettings,
    /// Steps at the beginning that learn from the waveform alone.
    pub n_waveform_steps: u64,
    /// Weight of the waveform's distance beside the spectral one, at the first step and at the last.
    pub waveform_weight: Falling,
    /// Standard deviation of the noise on latents, whose own is 1.
    pub latent_noise: f64,
    /// Weight of the mean square of latents.
    pub latent_penalty: f64,
    /// Weight of the squared error of mel spectra told from the latents; 0 as published.
    pub mel_weight: f64,
    /// Steps at the beginning in which the map that tells mel spectra learns to, and latents do not change for it.
    #[serde(default)]
    pub n_listening_steps: u64,
    /// Seeds parameters, crops and noise.
    pub seed: u64,
    /// Fingerprint of the model whose codec the first step starts from; `None` for weights by chance.
    #[serde(default)]
    pub from: Option<String>,
    /// Whether the encoder stays as it is: latents keep their meaning, and all that was learned of them holds.
    #[serde(default)]
    pub decoder_only: bool,
}

impl CodecSettings {
    /// The same for networks of other sizes: crops are whole frames of about as many samples.
    #[must_use]
    pub fn with_sizes(self, sizes: SeanetSizes) -> Self {
        let hop = sizes.hop();
        let crop_samples = (self.crop_samples / hop).max(1) * hop;
        Self { sizes, crop_samples, ..self }
    }

    /// The same for teaching the decoder of a codec alone, whose digest is `of`.
    ///
    /// # Errors
    /// A tensor of the codec's encoder is missing.
    pub fn of_decoder(self, codec: &Weights, of: String) -> Result<Self, StoreError> {
        let settings = self.going_on_from(codec, of)?;
        // Nothing listens to what mel spectra are told from.
        Ok(Self { decoder_only: true, n_listening_steps: 0, mel_weight: 0.0, ..settings })
    }

    /// The same for going on with the codec of a model, whose sizes it then has.
    ///
    /// The waveform alone would make it forget what spectra have taught it, and a map that tells nothing yet would have
    /// latents change for nothing.
    ///
    /// # Errors
    /// The model lacks a tensor of the codec's encoder.
    pub fn going_on_from(self, weights: &Weights, fingerprint: String) -> Result<Self, StoreError> {
        let sizes = SeanetSizes::of_encoder(&weights.root().pp("codec.encoder"))?;
        let n_listening_steps = LISTENING_STEPS.min(self.schedule.n_steps / 10);
        let schedule = Schedule { n_warm_up: n_listening_steps, ..self.schedule };
        let from = Some(fingerprint);
        let same = self.with_sizes(sizes);
        Ok(Self { schedule, n_waveform_steps: 0, n_listening_steps, from, ..same })
    }
}
