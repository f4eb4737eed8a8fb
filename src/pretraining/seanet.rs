//! The codec's two networks, differentiable (Défossez et al. 2022, section 3.1), over the tensors of
//! [`crate::codec`]'s frozen ones.

use candle_core::{Result, Tensor};

use super::ops::{Before, Cut, conv, conv_transpose, linear, lstm_layer};
use super::{Initial, ParameterScope, Parameters};
use crate::weights::{Scope, StoreError};

/// Frames that the first and last convolution of each network see.
const WIDE_KERNEL: usize = 7;
/// Frames that a residual unit sees.
const NARROW_KERNEL: usize = 3;
/// Gates of a recurrent unit.
const GATES: usize = 4;

/// Sizes of a codec that is to be trained.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeanetSizes {
    /// Channels at the rate of the samples; they double with every stage.
    pub n_filters: usize,
    /// Strides of the encoder, first stage first.
    pub strides: Vec<usize>,
    /// Channels of the latents.
    pub latent: usize,
    /// Layers of each recurrent stack.
    pub n_lstm_layers: usize,
}

impl SeanetSizes {
    /// Samples a frame of latents.
    pub fn hop(&self) -> usize {
        self.strides.iter().product()
    }

    /// Those of an encoder that is there.
    ///
    /// # Errors
    /// It lacks a tensor.
    pub(super) fn of_encoder(encoder: &Scope<'_>) -> std::result::Result<Self, StoreError> {
        let [n_filters, ..] = encoder.shape::<3>("conv_in.weight")?;
        let [latent, ..] = encoder.shape::<3>("conv_out.weight")?;
        let stride = |i| {
            let [_, _, kernel] = encoder.shape::<3>(&format!("stages.{i}.down.weight"))?;
            Ok(kernel / 2)
        };
        Ok(Self {
            n_filters,
            strides: (0..encoder.count("stages"))
                .map(stride)
                .collect::<std::result::Result<_, StoreError>>()?,
            latent,
            n_lstm_layers: encoder.count("lstm.layers"),
        })
    }

    /// Channels between the last stage and the latents.
    fn n_units(&self) -> usize {
        self.n_filters << self.strides.len()
    }
}

/// `y = x · W + b` over windows of `x`.
#[derive(Debug)]
struct Conv {
    /// `[out, in, kernel]`.
    weight: Tensor,
    bias: Tensor,
    stride: usize,
}

impl Conv {
    fn new(
        scope: ParameterScope<'_>,
        [n_out, n_in, kernel]: [usize; 3],
        stride: usize,
    ) -> Result<Self> {
        Self::summed(scope, [n_out, n_in, kernel], stride, 1)
    }

    /// One of `n` whose outputs are added: the sum has the variance of one alone.
    fn summed(
        mut scope: ParameterScope<'_>,
        [n_out, n_in, kernel]: [usize; 3],
        stride: usize,
        n: usize,
    ) -> Result<Self> {
        let initial = Initial::lecun(n * n_in * kernel);
        Ok(Self {
            weight: scope.tensor("weight", &[n_out, n_in, kernel], initial)?,
            bias: scope.tensor("bias", &[n_out], Initial::Value(0.0))?,
            stride,
        })
    }

    /// `[batch, frame, in]` → `[batch, ⌈frame / stride⌉, out]`.
    fn forward(&self, x: &Tensor, before: Before) -> Result<Tensor> {
        let (n_out, n_in, kernel) = self.weight.dims3()?;
        let weight = self.weight.permute((2, 1, 0))?.reshape((kernel * n_in, n_out))?;
        let cut = Cut::causal(x.dim(1)?, kernel, self.stride);
        conv(x, (&weight, &self.bias), before, cut)
    }
}

/// Windows of `x · W` that overlap by half, summed, the last one trimmed.
#[derive(Debug)]
struct ConvTranspose {
    /// `[in, out, kernel]`.
    weight: Tensor,
    bias: Tensor,
}

impl ConvTranspose {
    fn new(
        mut scope: ParameterScope<'_>,
        [n_in, n_out]: [usize; 2],
        stride: usize,
    ) -> Result<Self> {
        // Two windows meet in every frame.
        let initial = Initial::lecun(2 * n_in);
        Ok(Self {
            weight: scope.tensor("weight", &[n_in, n_out, 2 * stride], initial)?,
            bias: scope.tensor("bias", &[n_out], Initial::Value(0.0))?,
        })
    }

    /// `[batch, frame, in]` → `[batch, stride · frame, out]`, of [`elu`](super::ops::elu) of the signal.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (n_in, n_out, kernel) = self.weight.dims3()?;
        let weight = self.weight.permute((0, 2, 1))?.reshape((n_in, kernel * n_out))?;
        let cut = Cut::trimmed(x.dim(1)?, kernel, kernel / 2);
        conv_transpose(x, (&weight, &self.bias), Before::Elu, cut)
    }
}

/// `shortcut(x) + widen(elu(narrow(elu(x))))`.
#[derive(Debug)]
struct ResidualUnit {
    narrow: Conv,
    widen: Conv,
    shortcut: Conv,
}

impl ResidualUnit {
    fn new(mut scope: ParameterScope<'_>, n: usize) -> Result<Self> {
        Ok(Self {
            narrow: Conv::new(scope.pp("narrow"), [n / 2, n, NARROW_KERNEL], 1)?,
            widen: Conv::summed(scope.pp("widen"), [n, n / 2, 1], 1, 2)?,
            shortcut: Conv::summed(scope.pp("shortcut"), [n, n, 1], 1, 2)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.narrow.forward(x, Before::Elu)?;
        self.shortcut.forward(x, Before::Nothing)? + self.widen.forward(&y, Before::Elu)?
    }
}

/// `LSTM(x) + x`.
#[derive(Debug)]
struct Recurrent {
    layers: Vec<(Tensor, Tensor, Tensor)>,
}

impl Recurrent {
    fn new(mut scope: ParameterScope<'_>, n_layers: usize, n_units: usize) -> Result<Self> {
        let initial = Initial::Uniform { bound: 1.0 / (n_units as f32).sqrt() };
        let square = [GATES * n_units, n_units];
        let mut layer = |i: usize| {
            let mut layers = scope.pp("layers");
            let mut scope = layers.pp(i);
            Ok((
                scope.tensor("weight_ih", &square, initial)?,
                scope.tensor("weight_hh", &square, initial)?,
                scope.tensor("bias", &square[..1], initial)?,
            ))
        };
        Ok(Self { layers: (0..n_layers).map(&mut layer).collect::<Result<_>>()? })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut y = x.transpose(0, 1)?.contiguous()?;
        for (input, recurrent, bias) in &self.layers {
            y = lstm_layer(&linear(&y, input, Some(bias))?, recurrent)?;
        }
        y.transpose(0, 1)? + x
    }
}

/// PCM → latents.
#[derive(Debug)]
pub(super) struct SeanetEncoder {
    conv_in: Conv,
    stages: Vec<(ResidualUnit, Conv)>,
    recurrent: Recurrent,
    conv_out: Conv,
}

impl SeanetEncoder {
    pub(super) fn new(parameters: &mut Parameters, sizes: &SeanetSizes) -> Result<Self> {
        let mut scope = parameters.scope("codec.encoder");
        let mut n = sizes.n_filters;
        let conv_in = Conv::new(scope.pp("conv_in"), [n, 1, WIDE_KERNEL], 1)?;
        let mut stages = Vec::new();
        for (i, &stride) in sizes.strides.iter().enumerate() {
            let mut stage = scope.pp("stages");
            let mut stage = stage.pp(i);
            let residual = ResidualUnit::new(stage.pp("residual"), n)?;
            stages.push((residual, Conv::new(stage.pp("down"), [2 * n, n, 2 * stride], stride)?));
            n *= 2;
        }
        Ok(Self {
            conv_in,
            stages,
            recurrent: Recurrent::new(scope.pp("lstm"), sizes.n_lstm_layers, n)?,
            conv_out: Conv::new(scope.pp("conv_out"), [sizes.latent, n, WIDE_KERNEL], 1)?,
        })
    }

    /// # Shapes
    /// - `pcm`: `[batch, sample]`; returns: `[batch, ⌈sample / hop⌉, latent]`
    pub(super) fn forward(&self, pcm: &Tensor) -> Result<Tensor> {
        let mut x = self.conv_in.forward(&pcm.unsqueeze(2)?, Before::Nothing)?;
        for (residual, down) in &self.stages {
            x = down.forward(&residual.forward(&x)?, Before::Elu)?;
        }
        self.conv_out.forward(&self.recurrent.forward(&x)?, Before::Elu)
    }
}

/// Latents → PCM.
#[derive(Debug)]
pub(super) struct SeanetDecoder {
    conv_in: Conv,
    recurrent: Recurrent,
    stages: Vec<(ConvTranspose, ResidualUnit)>,
    conv_out: Conv,
}

impl SeanetDecoder {
    pub(super) fn new(parameters: &mut Parameters, sizes: &SeanetSizes) -> Result<Self> {
        let mut scope = parameters.scope("codec.decoder");
        let mut n = sizes.n_units();
        let conv_in = Conv::new(scope.pp("conv_in"), [n, sizes.latent, WIDE_KERNEL], 1)?;
        let recurrent = Recurrent::new(scope.pp("lstm"), sizes.n_lstm_layers, n)?;
        let mut stages = Vec::new();
        for (i, &stride) in sizes.strides.iter().rev().enumerate() {
            let mut stage = scope.pp("stages");
            let mut stage = stage.pp(i);
            let up = ConvTranspose::new(stage.pp("up"), [n, n / 2], stride)?;
            n /= 2;
            stages.push((up, ResidualUnit::new(stage.pp("residual"), n)?));
        }
        let conv_out = Conv::new(scope.pp("conv_out"), [1, n, WIDE_KERNEL], 1)?;
        Ok(Self { conv_in, recurrent, stages, conv_out })
    }

    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[batch, hop · frame]`
    pub(super) fn forward(&self, latents: &Tensor) -> Result<Tensor> {
        let latents = self.conv_in.forward(latents, Before::Nothing)?;
        let mut x = self.recurrent.forward(&latents)?;
        for (up, residual) in &self.stages {
            x = residual.forward(&up.forward(&x)?)?;
        }
        self.conv_out.forward(&x, Before::Elu)?.squeeze(2)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::codec::{CodecDecoder, CodecEncoder};
    use crate::tensor::{Kernel, Precision, gaussian_noise};

    #[test]
    fn the_frozen_networks_compute_the_same() -> Result<()> {
        let sizes =
            SeanetSizes { n_filters: 4, strides: vec![2, 4, 5], latent: 6, n_lstm_layers: 2 };
        let mut parameters = Parameters::new(3, &Device::Cpu);
        let encoder = SeanetEncoder::new(&mut parameters, &sizes)?;
        let decoder = SeanetDecoder::new(&mut parameters, &sizes)?;
        let weights = parameters.to_weights()?;
        let kernel = Kernel::best(Precision::F32);
        let scope = weights.root().pp("codec");
        let frozen = CodecEncoder::load(&scope.pp("encoder"), kernel).unwrap();
        let pcm = gaussian_noise(1, 2, 800)?;
        let latents = encoder.forward(&pcm)?;
        assert_eq!(latents.dims(), [2, 20, 6]);
        assert_near(&latents, &frozen.encode(&pcm)?)?;
        let frozen = CodecDecoder::load(&scope.pp("decoder"), kernel).unwrap();
        assert_near(&decoder.forward(&latents)?, &frozen.decode(&latents)?)
    }

    fn assert_near(a: &Tensor, b: &Tensor) -> Result<()> {
        let scale = b.abs()?.max_all()?.to_scalar::<f32>()?;
        let difference = (a - b)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(scale > 0.01 && difference < 1e-4 * scale, "{difference} of {scale}");
        Ok(())
    }
}
