//! What latents are heard as, and how to change them so that they are heard as something else.

use candle_core::{Device, Result, Tensor, Var};
use rayon::prelude::*;

use super::frames::FrameNetwork;
use super::summarizer_network::SummarizerNetwork;
use super::{Parameters, StackSizes, n_chunks};
use crate::weights::{Settings, Weights};

/// Keeps a step finite where nothing changes what is heard.
const LEAST_SLOPE: f64 = 1e-12;

/// Frame encoder and summarizer of a finished model, differentiable in what they hear.
#[derive(Debug)]
pub struct Hearing {
    encoder: FrameNetwork,
    summarizer: SummarizerNetwork,
}

impl Hearing {
    /// # Errors
    /// A tensor is missing, or has another shape than the others imply.
    pub fn load(weights: &Weights, settings: &Settings) -> Result<Self> {
        let wrap = candle_core::Error::wrap;
        let root = weights.root();
        let stack = |name: &str, n_heads| StackSizes::of(&root.pp(name), n_heads).map_err(wrap);
        let encoder = stack("encoder.transformer", settings.encoder_heads)?;
        let summarizer = stack("summarizer.transformer", settings.heads)?;
        let [_, n_latents] = root.pp("encoder.project").shape("weight").map_err(wrap)?;
        let tensors = weights.tensors().filter(|(name, ..)| {
            ["encoder.", "summarizer."].iter().any(|below| name.starts_with(below))
        });
        let mut parameters = Parameters::of_tensors(tensors, &Device::Cpu)?.frozen();
        Ok(Self {
            encoder: FrameNetwork::new(&mut parameters, &encoder, n_latents)?,
            summarizer: SummarizerNetwork::new(&mut parameters, &summarizer)?,
        })
    }

    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[batch, feature]`
    ///
    /// # Errors
    /// The shapes contradict each other.
    pub fn z(&self, latents: &Tensor) -> Result<Tensor> {
        self.summarizer.z(&self.encoder.encode(&self.encoder.embed(latents)?)?)
    }

    /// Latents that are heard a little more as `z`: `x − s f ∇f / |∇f|²` with `f = |z(x) − z|²`, which for `s = 1` is where f
    /// would vanish if it were linear (Polyak 1969), so that no rate has to be chosen.
    ///
    /// # Shapes
    /// - `latents` and the result: `[batch, frame, latent]`; `z`: `[batch, feature]`
    ///
    /// # Errors
    /// The shapes contradict each other.
    pub fn steered(&self, latents: &Tensor, z: &Tensor, strength: f64) -> Result<Tensor> {
        let n_items = latents.dim(0)?;
        let n_chunks = n_chunks(latents.device(), n_items);
        let parts: Vec<Result<Tensor>> = (0..n_chunks)
            .into_par_iter()
            .map(|i| {
                let first = i * n_items / n_chunks;
                let n = (i + 1) * n_items / n_chunks - first;
                self.steered_part(&latents.narrow(0, first, n)?, &z.narrow(0, first, n)?, strength)
            })
            .collect();
        Tensor::cat(&parts.into_iter().collect::<Result<Vec<_>>>()?, 0)
    }

    fn steered_part(&self, latents: &Tensor, z: &Tensor, strength: f64) -> Result<Tensor> {
        let x = Var::from_tensor(&latents.contiguous()?.detach())?;
        let apart = (self.z(x.as_tensor())? - z)?.sqr()?.sum_keepdim(1)?;
        let mut gradients = apart.sum_all()?.backward()?;
        let Some(gradient) = gradients.remove(x.as_tensor()) else {
            candle_core::bail!("what is heard does not depend on the latents");
        };
        let slope = gradient.sqr()?.sum_keepdim((1, 2))?.affine(1.0, LEAST_SLOPE)?;
        let rate = (apart.detach().unsqueeze(2)? / slope)?.affine(strength, 0.0)?;
        latents - gradient.broadcast_mul(&rate)?
    }
}
