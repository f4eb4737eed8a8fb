//! Continuous latents → PCM.

use candle_core::{Result, Tensor};

use super::layers::{conv, lstm, residual, up};
use crate::tensor::{Activation, Conv1d, ConvTranspose1d, Kernel, Lstm, ResidualUnit};
use crate::weights::{Loaded, Scope};

/// SEANet decoder.
#[derive(Debug)]
pub struct CodecDecoder {
    conv_in: Conv1d,
    lstm: Lstm,
    stages: Vec<(ConvTranspose1d, ResidualUnit)>,
    conv_out: Conv1d,
}

impl CodecDecoder {
    /// Reads the tensors below `codec.decoder`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(scope: &Scope<'_>, kernel: Kernel) -> Loaded<Self> {
        let stage = |i: usize| {
            let scope = scope.pp("stages").pp(i);
            Ok((up(&scope.pp("up"), kernel)?.0, residual(&scope.pp("residual"), kernel)?))
        };
        Ok(Self {
            conv_in: conv(&scope.pp("conv_in"), kernel, 1)?,
            lstm: lstm(&scope.pp("lstm"), kernel)?,
            stages: (0..scope.count("stages")).map(stage).collect::<Loaded<_>>()?,
            conv_out: conv(&scope.pp("conv_out"), kernel, 1)?,
        })
    }

    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[batch, frame · hop]`, nominally in [−1, 1] but not clipped
    ///
    /// # Errors
    /// There is no frame, or `latents` is no `f32` tensor in main memory.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        let x = self.conv_in.forward(latents, Activation::None)?;
        // An ELU stands before every transposed convolution; the residual units end with one already.
        let mut x = self.lstm.forward(&x, Activation::Elu)?;
        for (up, residual) in &self.stages {
            x = residual.forward(&up.forward(&x)?)?;
        }
        self.conv_out.forward(&x, Activation::None)?.squeeze(2)
    }
}
