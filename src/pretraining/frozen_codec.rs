//! The codec's encoder when it is finished, wherever a training computes.

use candle_core::{Device, Result, Tensor};

use super::Parameters;
use super::latents::LatentCropsError;
use super::seanet::{SeanetEncoder, SeanetSizes};
use crate::codec::CodecEncoder;
use crate::tensor::{Kernel, Precision};
use crate::weights::Weights;

/// PCM → latents, without gradients.
#[derive(Debug)]
pub(super) enum LatentEncoder {
    /// On packed kernels in main memory.
    Frozen(CodecEncoder),
    /// By the differentiable twin on another device.
    Twin {
        /// The network.
        encoder: SeanetEncoder,
        /// Samples a frame.
        hop: usize,
        /// Where it lives.
        device: Device,
    },
}

impl LatentEncoder {
    /// # Errors
    /// The codec lacks a tensor, or the device has no room.
    pub(super) fn load(
        codec: &Weights,
        device: &Device,
    ) -> std::result::Result<Self, LatentCropsError> {
        let scope = codec.root().pp("codec.encoder");
        if device.is_cpu() {
            return Ok(Self::Frozen(CodecEncoder::load(&scope, Kernel::best(Precision::F32))?));
        }
        let sizes = SeanetSizes::of_encoder(&scope)?;
        let mut parameters = Parameters::of_weights(codec, device)?;
        Ok(Self::Twin {
            encoder: SeanetEncoder::new(&mut parameters, &sizes)?,
            hop: sizes.hop(),
            device: device.clone(),
        })
    }

    /// Samples a frame.
    pub(super) fn hop(&self) -> usize {
        match self {
            Self::Frozen(encoder) => encoder.hop(),
            Self::Twin { hop, .. } => *hop,
        }
    }

    /// # Shapes
    /// - `pcm`: `[batch, sample]` in main memory; returns: `[batch, frame, latent]`, there as well
    ///
    /// # Errors
    /// The device fails.
    pub(super) fn encode(&self, pcm: &Tensor) -> Result<Tensor> {
        match self {
            Self::Frozen(encoder) => encoder.encode(pcm),
            Self::Twin { encoder, device, .. } => {
                encoder.forward(&pcm.to_device(device)?)?.detach().to_device(&Device::Cpu)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::{codec_settings, pool};
    use super::super::{CodecTrainer, Trainer as _};
    use super::*;
    use crate::tensor::gaussian_noise;

    #[test]
    fn sizes_are_read_from_the_weights() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(folder.path());
        let mut trainer = CodecTrainer::new(codec_settings(), Arc::clone(&pool), &Device::Cpu)?;
        trainer.step()?;
        let weights = trainer.weights()?;
        let sizes = SeanetSizes::of_encoder(&weights.root().pp("codec.encoder")).unwrap();
        assert_eq!(sizes, codec_settings().sizes);
        let mut parameters = Parameters::of_weights(&weights, &Device::Cpu)?;
        let twin = LatentEncoder::Twin {
            encoder: SeanetEncoder::new(&mut parameters, &sizes)?,
            hop: sizes.hop(),
            device: Device::Cpu,
        };
        let frozen = LatentEncoder::load(&weights, &Device::Cpu).unwrap();
        assert_eq!(twin.hop(), frozen.hop());
        let pcm = (gaussian_noise(1, 2, 4800)? * 0.1)?;
        let (found, wanted) = (twin.encode(&pcm)?, frozen.encode(&pcm)?);
        let apart = (found - &wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(apart < 1e-4, "{apart}");
        Ok(())
    }
}
