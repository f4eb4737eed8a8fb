//! What latents sound like to a model, and how to change them so that they sound like something else.

use std::ops::ControlFlow;

use candle_core::{Device, Result, Tensor, Var};
use rayon::prelude::*;

use super::frames::FrameNetwork;
use super::seanet::{SeanetDecoder, SeanetEncoder, SeanetSizes};
use super::summarizer_network::SummarizerNetwork;
use super::{Parameters, StackSizes};
use crate::weights::{Settings, Weights};

/// Keeps a step finite where nothing changes what is heard.
const LEAST_SLOPE: f64 = 1e-12;

/// A finished model from latents to sound and on to z, differentiable in the latents.
#[derive(Debug)]
pub struct Hearing {
    codec_decoder: SeanetDecoder,
    codec_encoder: SeanetEncoder,
    encoder: FrameNetwork,
    summarizer: SummarizerNetwork,
    segment_samples: usize,
}

impl Hearing {
    /// # Errors
    /// A tensor is missing, or has another shape than the others imply.
    pub fn load(weights: &Weights, settings: &Settings, segment_samples: usize) -> Result<Self> {
        let wrap = candle_core::Error::wrap;
        let root = weights.root();
        let stack = |name: &str, n_heads| StackSizes::of(&root.pp(name), n_heads).map_err(wrap);
        let encoder = stack("encoder.transformer", settings.encoder_heads)?;
        let summarizer = stack("summarizer.transformer", settings.heads)?;
        let codec = SeanetSizes::of_encoder(&root.pp("codec.encoder")).map_err(wrap)?;
        let tensors = weights.tensors().filter(|(name, ..)| {
            ["codec.", "encoder.", "summarizer."].iter().any(|below| name.starts_with(below))
        });
        let mut parameters = Parameters::of_tensors(tensors, &Device::Cpu)?.frozen();
        Ok(Self {
            codec_decoder: SeanetDecoder::new(&mut parameters, &codec)?,
            codec_encoder: SeanetEncoder::new(&mut parameters, &codec)?,
            encoder: FrameNetwork::new(&mut parameters, &encoder, codec.latent)?,
            summarizer: SummarizerNetwork::new(&mut parameters, &summarizer)?,
            segment_samples,
        })
    }

    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[batch, feature]`
    ///
    /// # Errors
    /// The shapes contradict each other.
    pub fn z(&self, latents: &Tensor) -> Result<Tensor> {
        let sound = self.codec_decoder.forward(latents)?;
        let sound = sound.narrow(1, 0, self.segment_samples.min(sound.dim(1)?))?;
        let heard = self.codec_encoder.forward(&sound)?;
        self.summarizer.z(&self.encoder.encode(&self.encoder.embed(&heard)?)?)
    }

    /// Latents whose sound is heard more as `z`: of the points `x ← x − f ∇f / |∇f|²` with `f = |z(x) − z|²` the one with the
    /// least f. A step leads to where f would vanish if it were linear (Polyak 1969), so that no rate has to be chosen.
    /// `None` if `on_step`, which sees the number of finished steps, broke off.
    ///
    /// # Shapes
    /// - `latents` and the result: `[batch, frame, latent]`; `z`: `[batch, feature]`
    ///
    /// # Errors
    /// The shapes contradict each other.
    pub fn refined(
        &self,
        latents: &Tensor,
        z: &Tensor,
        n_steps: usize,
        mut on_step: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Tensor>> {
        let mut items = (0..latents.dim(0)?)
            .map(|i| Descent::new(latents.narrow(0, i, 1)?, z.narrow(0, i, 1)?))
            .collect::<Result<Vec<_>>>()?;
        for step in 0..n_steps {
            items.par_iter_mut().try_for_each(|item| item.step(self))?;
            if on_step(step + 1).is_break() {
                return Ok(None);
            }
        }
        items.par_iter_mut().try_for_each(|item| item.look(self))?;
        let best: Vec<_> = items.into_iter().map(|item| item.best.1).collect();
        Tensor::cat(&best, 0).map(Some)
    }
}

/// Latents of one sound on their way.
struct Descent {
    /// `[1, frame, latent]`.
    x: Tensor,
    /// `[1, feature]`.
    z: Tensor,
    /// The least f so far, and where it was.
    best: (f32, Tensor),
}

impl Descent {
    fn new(x: Tensor, z: Tensor) -> Result<Self> {
        let x = x.contiguous()?.detach();
        Ok(Self { best: (f32::INFINITY, x.clone()), x, z })
    }

    fn apart(&self, hearing: &Hearing, x: &Tensor) -> Result<Tensor> {
        (hearing.z(x)? - &self.z)?.sqr()?.sum_all()
    }

    fn keep(&mut self, apart: f32) {
        if apart < self.best.0 {
            self.best = (apart, self.x.clone());
        }
    }

    fn look(&mut self, hearing: &Hearing) -> Result<()> {
        let apart = self.apart(hearing, &self.x)?.to_scalar()?;
        self.keep(apart);
        Ok(())
    }

    fn step(&mut self, hearing: &Hearing) -> Result<()> {
        let x = Var::from_tensor(&self.x)?;
        let apart = self.apart(hearing, x.as_tensor())?;
        let mut gradients = apart.backward()?;
        let Some(gradient) = gradients.remove(x.as_tensor()) else {
            candle_core::bail!("what is heard does not depend on the latents");
        };
        let apart = apart.to_scalar::<f32>()?;
        self.keep(apart);
        let slope = gradient.sqr()?.sum_all()?.to_scalar::<f32>()?;
        let rate = f64::from(apart) / (f64::from(slope) + LEAST_SLOPE);
        self.x = (&self.x - (gradient.detach() * rate)?)?.detach();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::DType;

    use super::*;

    #[test]
    fn of_all_points_the_one_that_is_heard_best_is_kept() -> Result<()> {
        let point = |value: f64| Tensor::full(value as f32, (1, 2, 1), &Device::Cpu);
        let mut item = Descent::new(point(0.0)?, Tensor::zeros((1, 3), DType::F32, &Device::Cpu)?)?;
        for (value, apart) in [(1.0, 5.0), (2.0, 2.0), (3.0, 4.0), (4.0, f32::NAN)] {
            item.x = point(value)?;
            item.keep(apart);
        }
        let (apart, x) = item.best;
        assert_eq!((apart, x.flatten_all()?.to_vec1::<f32>()?), (2.0, vec![2.0; 2]));
        Ok(())
    }
}
