//! Summarizer and denoiser, differentiable, over the tensors of the frozen ones.

use candle_core::{Result, Tensor};

use super::crop_statistics::CropStatistics;
use super::ops::relu;
use super::summarizer_network::SummarizerNetwork;
use super::transformer::{Dense, LearnedPositions, Stack};
use super::{AutoencoderSettings, Initial, Parameters};

/// Summarizer and denoiser.
#[derive(Debug)]
pub(super) struct Network {
    summarizer: SummarizerNetwork,
    project_in: Dense,
    project_out: Dense,
    time_up: Dense,
    time_down: Dense,
    denoiser: Stack,
    statistics: Dense,
}

impl Network {
    /// Below which names the tensors of the model stand; what stands elsewhere only helps to learn them.
    pub(super) const KEPT: [&str; 2] = [Self::SUMMARIZER, "decoder."];
    /// Those of the summarizer.
    pub(super) const SUMMARIZER: &str = "summarizer.";

    /// Whether a tensor is part of the model.
    pub(super) fn is_kept(name: &str) -> bool {
        Self::KEPT.iter().any(|below| name.starts_with(below))
    }

    pub(super) fn new(
        parameters: &mut Parameters,
        settings: &AutoencoderSettings,
        n_latents: usize,
    ) -> Result<Self> {
        let n_features = settings.summarizer.n_features;
        let summarizer = SummarizerNetwork::new(parameters, &settings.summarizer)?;
        let mut scope = parameters.scope("decoder");
        let square = Initial::lecun(n_features);
        Ok(Self {
            summarizer,
            project_in: Dense::new(
                scope.pp("project_in"),
                [n_features, n_latents],
                Initial::lecun(n_latents),
            )?,
            // Zero, so that a fresh network guesses the mean, and the first steps lead away from it in good order.
            project_out: Dense::new(
                scope.pp("project_out"),
                [n_latents, n_features],
                Initial::Value(0.0),
            )?,
            time_up: Dense::new(
                scope.pp("time_up"),
                [n_features, 1],
                Initial::Normal { deviation: 2.0 },
            )?,
            time_down: Dense::new(scope.pp("time_down"), [n_features, n_features], square)?,
            denoiser: Stack::new(scope.pp("transformer"), &settings.denoiser)?,
            statistics: Dense::new(
                parameters.scope("statistics"),
                [CropStatistics::n_statistics(n_latents), n_features],
                Initial::Value(0.0),
            )?,
        })
    }

    /// # Shapes
    /// - `frames`: `[crop, frame, feature]`; returns: `[crop, feature]`
    pub(super) fn z(&self, frames: &Tensor) -> Result<Tensor> {
        self.summarizer.z(frames)
    }

    /// # Shapes
    /// - `z`: `[crop, feature]`; `sigma`: `[crop, 1, 1]`; `x` and the result: `[crop, frame, latent]`
    pub(super) fn v(&self, z: &Tensor, sigma: &Tensor, x: &Tensor) -> Result<Tensor> {
        let n_frames = x.dim(1)?;
        let time = self.time_down.forward(&relu(&self.time_up.forward(sigma)?)?)?;
        let frames = self.summarizer.positions().add(&self.project_in.forward(x)?)?;
        let tokens = Tensor::cat(&[&z.unsqueeze(1)?, &time, &frames], 1)?;
        self.project_out.forward(&self.denoiser.forward(&tokens)?.narrow(1, 2, n_frames)?)
    }

    /// What z tells of a crop's statistics.
    ///
    /// # Shapes
    /// - `z`: `[crop, feature]`; returns: `[crop, statistic]`
    pub(super) fn statistics(&self, z: &Tensor) -> Result<Tensor> {
        self.statistics.forward(z)
    }

    /// Those of the summarizer.
    pub(super) fn positions(&self) -> &LearnedPositions {
        self.summarizer.positions()
    }
}
