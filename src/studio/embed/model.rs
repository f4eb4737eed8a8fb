//! A model folder behind the door that the pipeline knows.

use std::sync::OnceLock;

use candle_core::{Device, Tensor};

use super::{
    BoxError, DamagedModel, EmbedError, EmbedJob, EmbedSummary, Encoded, EncoderIdentity, Event,
    FrameRequest, SegmentEncoder, embed, open_audio,
};
use crate::audio::{Segment, SegmentPlan, TailPolicy};
use crate::autoencoder::Embedder;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::tensor::{Kernel, Precision};
use crate::weights::Loaded;

/// The encoding half of a model, ready to compute.
#[derive(Debug)]
pub struct ModelEncoder {
    embedder: Embedder,
    identity: EncoderIdentity,
    plan: SegmentPlan,
    model: ModelFolder,
    /// What a check of it found, so that many sounds cost one.
    checked: OnceLock<Result<(), DamagedModel>>,
}

/// A layer that the model does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no layer {found}; the model's encoder has layers 1 to {n_layers}")]
pub struct LayerError {
    /// The layer that was asked for.
    pub found: usize,
    /// The last one.
    pub n_layers: usize,
}

impl ModelEncoder {
    /// Packs the weights for the fastest arithmetic of this processor that keeps `precision`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(model: &ModelFolder, precision: Precision) -> Loaded<Self> {
        let architecture = model.architecture();
        let kernel = Kernel::best(precision);
        Ok(Self {
            embedder: Embedder::load(model.weights(), &architecture.settings(), kernel)?,
            identity: EncoderIdentity {
                name: model.name().to_owned(),
                fingerprint: model.fingerprint().to_string(),
                precision: precision.to_string(),
                more: [].into(),
            },
            plan: SegmentPlan {
                sample_rate_hz: architecture.sample_rate_hz,
                segment_samples: architecture.segment_samples,
                hop_samples: architecture.codec.hop,
                tail: TailPolicy::default(),
            },
            model: model.clone(),
            checked: OnceLock::new(),
        })
    }

    /// How the model wants a file to be cut.
    pub fn plan(&self, tail: TailPolicy) -> SegmentPlan {
        SegmentPlan { tail, ..self.plan.clone() }
    }

    /// Runs [`embed`] over audio files, which are read, resampled and cut as the job's plan says.
    ///
    /// # Errors
    /// As there.
    pub fn embed(
        &self,
        job: &EmbedJob,
        on_event: &mut dyn FnMut(Event),
        cancel: &CancelToken,
    ) -> Result<EmbedSummary, EmbedError> {
        embed(job, self, &open_audio(job.plan.clone()), on_event, cancel)
    }

    fn layer(&self, request: FrameRequest) -> Result<usize, LayerError> {
        let n_layers = self.embedder.n_layers();
        match request.layer.unwrap_or(n_layers) {
            layer if (1..=n_layers).contains(&layer) => Ok(layer),
            found => Err(LayerError { found, n_layers }),
        }
    }
}

impl SegmentEncoder for ModelEncoder {
    fn identity(&self) -> EncoderIdentity {
        self.identity.clone()
    }

    fn dim(&self) -> usize {
        self.embedder.n_features()
    }

    fn frame_dim(&self, request: FrameRequest) -> Result<usize, BoxError> {
        self.layer(request)?;
        Ok(self.embedder.n_features())
    }

    fn encode(
        &self,
        batch: &[Segment],
        frames: Option<FrameRequest>,
    ) -> Result<Vec<Encoded>, BoxError> {
        let visible: Vec<_> = batch.iter().map(|segment| segment.visible_samples).collect();
        let latents = self.embedder.latents(&pcm(batch)?)?;
        let last = self.embedder.n_layers();
        let output = self.embedder.frames_of_latents(&latents, &visible, last)?;
        let z = self.embedder.summarize(&output, &visible)?.to_vec2::<f32>()?;
        let wanted = match frames.map(|request| self.layer(request)).transpose()? {
            None => return Ok(z.into_iter().map(|z| Encoded { z, frames: None }).collect()),
            Some(layer) if layer == last => output,
            Some(layer) => self.embedder.frames_of_latents(&latents, &visible, layer)?,
        };
        let wanted = wanted.flatten_from(1)?.to_vec2::<f32>()?;
        let encoded = z.into_iter().zip(wanted);
        Ok(encoded.map(|(z, frames)| Encoded { z, frames: Some(frames) }).collect())
    }

    fn check(&self) -> Result<(), DamagedModel> {
        self.checked.get_or_init(|| DamagedModel::check(&self.model)).clone()
    }
}

/// The segments side by side: `[batch, sample]`.
fn pcm(batch: &[Segment]) -> candle_core::Result<Tensor> {
    let n_samples = batch.first().map_or(0, |segment| segment.samples.len());
    let samples: Vec<f32> = batch.iter().flat_map(|segment| &segment.samples).copied().collect();
    Tensor::from_vec(samples, (batch.len(), n_samples), &Device::Cpu)
}
