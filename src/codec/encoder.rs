//! PCM → continuous latents, before any quantisation.

use candle_core::{Result, Tensor};

use super::layers::{conv, down, lstm, residual};
use crate::tensor::{Activation, Conv1d, Kernel, Lstm, ResidualUnit};
use crate::weights::{Loaded, Scope};

/// SEANet encoder.
#[derive(Debug)]
pub struct CodecEncoder {
    conv_in: Conv1d,
    stages: Vec<(ResidualUnit, Conv1d)>,
    lstm: Lstm,
    conv_out: Conv1d,
    hop: usize,
}

impl CodecEncoder {
    /// Reads the tensors below `codec.encoder`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(scope: &Scope<'_>, kernel: Kernel) -> Loaded<Self> {
        let mut hop = 1;
        let mut stages = Vec::new();
        for i in 0..scope.count("stages") {
            let scope = scope.pp("stages").pp(i);
            let (down, stride) = down(&scope.pp("down"), kernel)?;
            hop *= stride;
            stages.push((residual(&scope.pp("residual"), kernel)?, down));
        }
        Ok(Self {
            conv_in: conv(&scope.pp("conv_in"), kernel, 1)?,
            stages,
            lstm: lstm(&scope.pp("lstm"), kernel)?,
            conv_out: conv(&scope.pp("conv_out"), kernel, 1)?,
            hop,
        })
    }

    /// PCM samples per latent frame: the product of the strides.
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// # Shapes
    /// - `pcm`: `[batch, sample]`; returns: `[batch, ⌈sample / hop⌉, latent]`
    ///
    /// # Errors
    /// There is no sample, or `pcm` is no `f32` tensor in main memory.
    pub fn encode(&self, pcm: &Tensor) -> Result<Tensor> {
        let mut x = self.conv_in.forward(&pcm.unsqueeze(2)?, Activation::None)?;
        for (residual, down) in &self.stages {
            x = down.forward(&residual.forward(&x)?, Activation::None)?;
        }
        self.conv_out.forward(&self.lstm.forward(&x, Activation::Elu)?, Activation::None)
    }
}
