//! The codec when it is finished, wherever a training computes.

use candle_core::{Device, Result, Tensor};

use super::Parameters;
use super::latents::LatentCropsError;
use super::seanet::{SeanetDecoder, SeanetEncoder, SeanetSizes};
use crate::codec::{CodecDecoder, CodecEncoder};
use crate::tensor::{Kernel, Precision};
use crate::weights::Weights;

/// PCM → latents and back, without gradients.
#[derive(Debug)]
pub(super) enum FrozenCodec {
    /// On packed kernels in main memory.
    Packed {
        /// PCM → latents.
        encoder: Box<CodecEncoder>,
        /// Latents → PCM.
        decoder: Box<CodecDecoder>,
    },
    /// By the differentiable twins on another device.
    Twin {
        /// PCM → latents.
        encoder: SeanetEncoder,
        /// Latents → PCM.
        decoder: SeanetDecoder,
        /// Samples a frame.
        hop: usize,
        /// Where they live.
        device: Device,
    },
}

impl FrozenCodec {
    /// # Errors
    /// The codec lacks a tensor, or the device has no room.
    pub(super) fn load(
        codec: &Weights,
        device: &Device,
    ) -> std::result::Result<Self, LatentCropsError> {
        if !device.is_cpu() {
            return Self::twin(codec, device);
        }
        let (root, kernel) = (codec.root(), Kernel::best(Precision::F32));
        Ok(Self::Packed {
            encoder: Box::new(CodecEncoder::load(&root.pp("codec.encoder"), kernel)?),
            decoder: Box::new(CodecDecoder::load(&root.pp("codec.decoder"), kernel)?),
        })
    }

    fn twin(codec: &Weights, device: &Device) -> std::result::Result<Self, LatentCropsError> {
        let sizes = SeanetSizes::of_encoder(&codec.root().pp("codec.encoder"))?;
        let mut parameters = Parameters::of_weights(codec, device)?;
        Ok(Self::Twin {
            encoder: SeanetEncoder::new(&mut parameters, &sizes)?,
            decoder: SeanetDecoder::new(&mut parameters, &sizes)?,
            hop: sizes.hop(),
            device: device.clone(),
        })
    }

    /// Samples a frame.
    pub(super) fn hop(&self) -> usize {
        match self {
            Self::Packed { encoder, .. } => encoder.hop(),
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
            Self::Packed { encoder, .. } => encoder.encode(pcm),
            Self::Twin { encoder, device, .. } => {
                encoder.forward(&pcm.to_device(device)?)?.detach().to_device(&Device::Cpu)
            }
        }
    }

    /// # Shapes
    /// - `latents`: `[batch, frame, latent]` in main memory; returns: `[batch, hop · frame]`, there as well
    ///
    /// # Errors
    /// The device fails.
    pub(super) fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        match self {
            Self::Packed { decoder, .. } => decoder.decode(latents),
            Self::Twin { decoder, device, .. } => {
                decoder.forward(&latents.to_device(device)?)?.detach().to_device(&Device::Cpu)
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
        let mut trainer =
            CodecTrainer::new(codec_settings(), None, Arc::clone(&pool), &Device::Cpu)?;
        trainer.step()?;
        let weights = trainer.weights()?;
        let sizes = SeanetSizes::of_encoder(&weights.root().pp("codec.encoder")).unwrap();
        assert_eq!(sizes, codec_settings().sizes);
        let twin = FrozenCodec::twin(&weights, &Device::Cpu).unwrap();
        let frozen = FrozenCodec::load(&weights, &Device::Cpu).unwrap();
        assert_eq!(twin.hop(), frozen.hop());
        let pcm = (gaussian_noise(1, 2, 4800)? * 0.1)?;
        let (found, wanted) = (twin.encode(&pcm)?, frozen.encode(&pcm)?);
        assert_near(&found, &wanted)?;
        assert_near(&twin.decode(&wanted)?, &frozen.decode(&wanted)?)
    }

    fn assert_near(found: &Tensor, wanted: &Tensor) -> Result<()> {
        let apart = (found - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(apart < 1e-4, "{apart}");
        Ok(())
    }
}
