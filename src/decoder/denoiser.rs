//! The network that predicts the velocity v of noisy latents.

use candle_core::{Result, Tensor};

use crate::tensor::{Activation, Kernel, Linear};
use crate::transformer::{Positions, Transformer};
use crate::weights::{Loaded, Scope, StoreError};

/// A transformer over `[z; time; project(x) + scale · sinusoid]`; the two leading outputs are dropped.
///
/// Source: Alonso-Jiménez et al. 2024, section 2, and the layout of the published checkpoint. The time token is
/// `W₂ ReLU(W₁ σ + b₁) + b₂`; positions share the summarizer's scale.
#[derive(Debug)]
pub struct Denoiser {
    project_in: Linear,
    project_out: Linear,
    time_up: Linear,
    time_down: Linear,
    positions: Positions,
    transformer: Transformer,
    n_latents: usize,
}

impl Denoiser {
    /// Reads the tensors below `decoder`, and the position scale below `summarizer`.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the others imply.
    pub fn load(root: &Scope<'_>, kernel: Kernel, n_heads: usize) -> Loaded<Self> {
        let scope = root.pp("decoder");
        let linear = |name: &str| {
            let scope = scope.pp(name);
            let shape: [usize; 2] = scope.shape("weight")?;
            let (weight, bias) =
                (scope.values("weight", &shape)?, scope.values("bias", &shape[..1])?);
            Ok::<_, StoreError>(Linear::new(kernel, &weight, shape, &bias))
        };
        let [n_features, n_latents] = scope.pp("project_in").shape("weight")?;
        let scale = root.pp("summarizer").values("position_scale", &[])?[0];
        Ok(Self {
            project_in: linear("project_in")?,
            project_out: linear("project_out")?,
            time_up: linear("time_up")?,
            time_down: linear("time_down")?,
            positions: Positions::new(scale, n_features),
            transformer: Transformer::load(&scope.pp("transformer"), kernel, n_heads)?,
            n_latents,
        })
    }

    /// Width of a latent frame.
    pub fn n_latents(&self) -> usize {
        self.n_latents
    }

    /// Width of z.
    pub fn n_features(&self) -> usize {
        self.transformer.n_features()
    }

    /// The velocity `v = α ε − β x₀` at noise level σ.
    ///
    /// # Shapes
    /// - `z`: `[batch, feature]`, zeroes for the unconditional prediction; `x`: `[batch, frame, latent]`
    /// - returns: `[batch, frame, latent]`
    ///
    /// # Errors
    /// The shapes contradict each other, or a tensor holds no `f32` in main memory.
    pub fn v(&self, z: &Tensor, sigma: f32, x: &Tensor) -> Result<Tensor> {
        let (n_items, n_frames, _) = x.dims3()?;
        let sigma = Tensor::new(&[[[sigma]]], x.device())?;
        let time = self.time_up.forward(&sigma, Activation::Relu)?;
        let time = self.time_down.forward(&time, Activation::None)?.expand((
            n_items,
            1,
            self.n_features(),
        ))?;
        let x = self.positions.add(&self.project_in.forward(x, Activation::None)?)?;
        let tokens = Tensor::cat(&[&z.unsqueeze(1)?, &time, &x], 1)?;
        let n_visible = vec![n_frames + 2; n_items];
        let y = self.transformer.forward(&tokens, &n_visible)?;
        self.project_out.forward(&y.narrow(1, 2, n_frames)?, Activation::None)
    }
}
