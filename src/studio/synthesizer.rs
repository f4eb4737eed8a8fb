//! z and noise → sound, with one model.

use std::ops::ControlFlow;

use candle_core::{Device, Result, Tensor};

use super::damage::DamagedModel;
use crate::autoencoder::Renderer;
use crate::decoder::SamplerConfig;
use crate::models::{Architecture, ModelFolder};
use crate::pretraining::Hearing;
use crate::tensor::{Kernel, Precision, gaussian_noise};
use crate::weights::StoreError;

/// Why no sound was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthesisError {
    /// The model was imported without the codec's decoder.
    #[error(
        "model {name:?} has no codec decoder, so it cannot make sound; import it again with --codec"
    )]
    NoCodecDecoder {
        /// The model.
        name: String,
    },
    /// A tensor does not fit.
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// The weights are no numbers.
    #[error(transparent)]
    Damaged(#[from] DamagedModel),
    /// The computation fails.
    #[error("the model cannot make sound ({0})")]
    Compute(#[from] candle_core::Error),
}

/// The rendering half of a model, and the sizes of one segment.
#[derive(Debug)]
pub(super) struct Synthesizer {
    renderer: Renderer,
    /// What refines, where that is asked for.
    hearing: Option<Hearing>,
    pub(super) shape: NoiseShape,
    segment_samples: usize,
    model: ModelFolder,
}

/// The noise that one segment is sampled from: `[frame, latent]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoiseShape {
    pub(super) n_frames: usize,
    pub(super) n_latents: usize,
}

impl NoiseShape {
    pub(super) fn of(architecture: &Architecture) -> Self {
        let codec = &architecture.codec;
        Self { n_frames: architecture.segment_samples.div_ceil(codec.hop), n_latents: codec.latent }
    }

    /// The noise of item `item` of a run, which no other item of the run influences.
    pub(super) fn draw(self, seed: u64, item: u64) -> Result<Tensor> {
        gaussian_noise(item_seed(seed, item), self.n_frames, self.n_latents)
    }
}

/// The seed that would make item `item` alone.
pub(super) fn item_seed(seed: u64, item: u64) -> u64 {
    seed.wrapping_add(item)
}

/// Refuses a model that cannot make sound.
pub(super) fn check_decoder(model: &ModelFolder) -> std::result::Result<(), SynthesisError> {
    if model.architecture().codec.has_decoder {
        return Ok(());
    }
    Err(SynthesisError::NoCodecDecoder { name: model.name().to_owned() })
}

impl Synthesizer {
    pub(super) fn load(
        model: &ModelFolder,
        precision: Precision,
        sampler: &SamplerConfig,
    ) -> std::result::Result<Self, SynthesisError> {
        check_decoder(model)?;
        let architecture = model.architecture();
        let kernel = Kernel::best(precision);
        let (settings, segment_samples) = (architecture.settings(), architecture.segment_samples);
        let hearing = (sampler.refinement > 0)
            .then(|| Hearing::load(model.weights(), &settings, segment_samples));
        Ok(Self {
            hearing: hearing.transpose()?,
            renderer: Renderer::load(model.weights(), &settings, kernel)?,
            shape: NoiseShape::of(architecture),
            segment_samples,
            model: model.clone(),
        })
    }

    /// One sound an item, each a segment long; `None` if `on_step` broke off.
    ///
    /// # Shapes
    /// - `z`: `[batch][feature]`; `noise`: `[batch]` of `[frame, latent]`; returns: `[batch][sample]`
    pub(super) fn render(
        &self,
        z: &[&[f32]],
        noise: &[Tensor],
        config: SamplerConfig,
        mut on_step: impl FnMut(usize) -> ControlFlow<()>,
    ) -> std::result::Result<Option<Vec<Vec<f32>>>, SynthesisError> {
        let n_features = z.first().map_or(0, |z| z.len());
        let z = Tensor::from_vec(z.concat(), (z.len(), n_features), &Device::Cpu)?;
        let noise = Tensor::stack(noise, 0)?;
        let latents = self.renderer.latents(&z, &noise, config, |step, _| on_step(step))?;
        let latents = match (latents, &self.hearing) {
            (Some(latents), Some(hearing)) => {
                hearing.refined(&latents, &z, config.refinement, |step| {
                    on_step(config.n_steps + step)
                })?
            }
            (latents, _) => latents,
        };
        let Some(latents) = latents else { return Ok(None) };
        let mut sounds = self.renderer.pcm(&latents)?.to_vec2::<f32>()?;
        sounds.iter_mut().for_each(|sound| sound.truncate(self.segment_samples));
        if !sounds.iter().flatten().all(|sample| sample.is_finite()) {
            DamagedModel::check(&self.model)?;
        }
        Ok(Some(sounds))
    }
}
