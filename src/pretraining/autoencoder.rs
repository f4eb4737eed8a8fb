//! Learning summarizer and denoiser together: z is whatever helps to take the noise away.
//!
//! ```text
//! latents ─▶ frozen encoder ─▶ frames ─▶ summarizer ─▶ z ─┐
//!    └──────▶ x = α x₀ + β ε ────────────────────────────▶ denoiser ─▶ v̂,   L = mean (v̂ − (α ε − β x₀))²
//! ```
//!
//! For a tenth of the crops z is replaced by zeros, so that the denoiser can do without (Alonso-Jiménez et al. 2024;
//! Salimans & Ho 2022). That alone forms z slowly, because most noise can be told from music without it; a small model may add
//! `w_s mean (ŝ − s)²`, where ŝ is a linear map of z, and s are means and deviations of the crop's cepstra and latents, and
//! `w_c Σ α² |z(x̂₀) − z|² / Σ α² (var z + 0.05 z²)`: what the denoiser takes for clean, `x̂₀ = α x − β v̂`, is heard again, and should have the z that
//! it was made from. Without that a small denoiser makes likely music of whatever z.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::autoencoder_network::Network;
use super::crop_statistics::CropStatistics;
use super::curve::Curve;
use super::frames::FrameNetwork;
use super::noisy_crops::NoisyCrops;
use super::summarizer_start::{fit_summarizer, fit_telling};
use super::{
    AdamW, AdamWSettings, Checkpoint, CheckpointError, Drawn, Gradients, LatentCrops, Measured,
    Parameters, Part, Schedule, StackSizes, Trainer, digest,
};
use crate::files::Sha256Digest;
use crate::weights::Weights;

/// How summarizer and denoiser are learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderSettings {
    /// Attention heads of the encoder, which no tensor states.
    pub encoder_heads: usize,
    /// Frames → z; as wide as the encoder.
    pub summarizer: StackSizes,
    /// z and noise → latents; width and heads as the summarizer's.
    pub denoiser: StackSizes,
    /// Share of the crops whose z is withheld.
    pub unconditional: f64,
    /// Standard deviation of the noise on z in training, so that what lies between two z sounds like something too.
    pub z_noise: f64,
    /// Weight of the squared error of the statistics of a crop, told from z; 0 as published.
    pub statistics_weight: f64,
    /// Whether z begins by telling those statistics, in closed form; not as published.
    #[serde(default)]
    pub fitted: bool,
    /// Share of the crops of which z is told from what the codec makes of them, so that its damage changes no z; 0 as published.
    pub resounded: f64,
    /// Weight of the share of z's variance that is lost when z becomes latents and is heard again; 0 as published.
    pub consistency_weight: f64,
    /// Decay of the running mean of all weights, which is what is kept in the end.
    pub averaging: f64,
    /// Steps, warm-up and rate.
    pub schedule: Schedule,
    /// Crops a step.
    pub n_crops: usize,
    /// Seeds parameters, crops and noise.
    pub seed: u64,
    /// Fingerprint of the model whose weights the first step starts from; `None` for weights by chance.
    #[serde(default)]
    pub from: Option<String>,
    /// Whether the summarizer begins by chance even so: that of the model knows the frames of another encoder.
    #[serde(default)]
    pub new_summarizer: bool,
}

/// Variance of z, as a share of its mean square, that is counted in any case: in the beginning z hardly varies.
const LEAST_VARIANCE: f64 = 0.05;
/// Crops of a measurement.
const MEASURED_CROPS: usize = 128;
/// Crops that the summarizer's start is fitted to.
const FITTED_CROPS: usize = 2048;
/// Sets the draws of a step apart: crops, moments and noises.
const STREAMS: u64 = 4;

/// Summarizer and denoiser on their way.
#[derive(Debug)]
pub struct AutoencoderTrainer {
    crops: Arc<LatentCrops>,
    data: String,
    settings: AutoencoderSettings,
    statistics: CropStatistics,
    pub(super) encoder: FrameNetwork,
    parameters: Parameters,
    network: Network,
    /// The running means of all weights, and the network that they make.
    pub(super) averaged: (Parameters, Network),
    adam: AdamW,
    curve: Curve,
    /// Of the next step: made while the device computes this one.
    next: Option<Vec<NoisyCrops>>,
}

impl AutoencoderTrainer {
    /// The stage's name in checkpoints.
    pub const STAGE: &str = "autoencoder";

    /// Before the first step. `frozen` holds the encoder; `from` a summarizer and a decoder to go on from, if there are any.
    ///
    /// # Errors
    /// The sizes contradict each other, a tensor of the encoder is missing, or the device fails.
    pub fn new(
        settings: AutoencoderSettings,
        (frozen, from): (&Weights, Option<&Weights>),
        crops: Arc<LatentCrops>,
        device: &Device,
    ) -> Result<Self> {
        let parameters = match from {
            None => Parameters::new(settings.seed, device),
            Some(from) => {
                let is_taken = |name: &str| {
                    Network::is_kept(name)
                        && !(settings.new_summarizer && name.starts_with(Network::SUMMARIZER))
                };
                Parameters::of_tensors(from.tensors().filter(|(name, ..)| is_taken(name)), device)?
                    .seeded(settings.seed)
            }
        };
        let adam = AdamW::new(AdamWSettings::default());
        let trainer = Self::of(settings, (parameters, adam), BTreeMap::new(), frozen, crops)?;
        if trainer.settings.fitted {
            trainer.fit(from.is_none() || trainer.settings.new_summarizer)?;
        }
        Ok(trainer)
    }

    /// Lets the map that tells statistics begin in closed form, before it the summarizer if it is new, and their running means.
    fn fit(&self, is_new: bool) -> Result<()> {
        if is_new {
            let (mean_frames, statistics) = self.of_many(|frames| frames.mean(1))?;
            let positions = self.network.positions().rows(self.crops.n_frames())?;
            fit_summarizer(&self.parameters, &mean_frames, &statistics, &positions)?;
        }
        let (z, statistics) = self.of_many(|frames| self.network.z(frames))?;
        fit_telling(&self.parameters, &z, &statistics)?;
        for (name, var) in self.parameters.iter() {
            if let Some(mean) = self.averaged.0.get(name) {
                mean.set(&var.as_detached_tensor())?;
            }
        }
        Ok(())
    }

    /// Of many crops what is made of their frames, `[crop, …]`, and their statistics.
    fn of_many(&self, make: impl Fn(&Tensor) -> Result<Tensor>) -> Result<(Tensor, Tensor)> {
        let places: Vec<usize> =
            (0..FITTED_CROPS.min(self.crops.n_crops(Part::Training))).collect();
        // As many at a time as in a step, so that this takes no more memory.
        let batches = places.chunks(self.settings.n_crops.max(1)).map(|places| {
            let drawn = self.crops.at(Part::Training, places, &Device::Cpu)?;
            let statistics = self.statistics.of(&drawn)?;
            let latents = drawn.latents.to_device(self.parameters.device())?;
            Ok((make(&self.frames(&latents)?)?.detach(), statistics))
        });
        let (made, statistics): (Vec<_>, Vec<_>) =
            batches.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        Ok((Tensor::cat(&made, 0)?, Tensor::cat(&statistics, 0)?))
    }

    /// From where a checkpoint was written.
    ///
    /// # Errors
    /// The checkpoint holds tensors of other shapes.
    pub fn resumed(
        checkpoint: Checkpoint<AutoencoderSettings>,
        frozen: &Weights,
        crops: Arc<LatentCrops>,
    ) -> Result<Self> {
        let Checkpoint { settings, parameters, adam, history, extra, .. } = checkpoint;
        let trainer = Self::of(settings, (parameters, adam), extra, frozen, crops)?;
        Ok(Self { curve: Curve::resumed(history), ..trainer })
    }

    /// Reads a checkpoint of this stage.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read(
        path: &Path,
        device: &Device,
    ) -> std::result::Result<Checkpoint<AutoencoderSettings>, CheckpointError> {
        Checkpoint::read(path, AdamWSettings::default(), device)
    }

    /// The identity of what it learns from and stands on, as its checkpoints state it.
    pub fn data(frozen: &Weights, crops: &LatentCrops) -> String {
        let hasher = Sha256::new_with_prefix(crops.fingerprint()).chain_update(digest(frozen));
        Sha256Digest(hasher.finalize().into()).to_string()
    }

    /// The running means of all weights that a checkpoint holds.
    ///
    /// # Errors
    /// The device does not hand them out.
    pub fn averages(checkpoint: &Checkpoint<AutoencoderSettings>) -> Result<Weights> {
        let tensors = checkpoint
            .extra
            .iter()
            .filter(|(name, _)| Network::is_kept(name))
            .map(|(name, mean)| {
                let values = mean.flatten_all()?.to_vec1::<f32>()?;
                Ok((name.clone(), mean.dims().to_vec(), values))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Weights::from_memory(tensors))
    }

    fn of(
        settings: AutoencoderSettings,
        (mut parameters, adam): (Parameters, AdamW),
        averages: BTreeMap<String, Tensor>,
        frozen: &Weights,
        crops: Arc<LatentCrops>,
    ) -> Result<Self> {
        let device = parameters.device().clone();
        let n_latents = crops.n_latents();
        let mut encoder = Parameters::of_weights(frozen, &device)?.frozen();
        let stack = frozen.root().pp("encoder.transformer");
        let sizes =
            StackSizes::of(&stack, settings.encoder_heads).map_err(candle_core::Error::wrap)?;
        let (summarizer, denoiser) = (settings.summarizer, settings.denoiser);
        let widths = [sizes.n_features, summarizer.n_features, denoiser.n_features];
        if widths.iter().any(|width| *width != widths[0]) || summarizer.n_heads != denoiser.n_heads
        {
            candle_core::bail!(
                "encoder, summarizer and denoiser must be equally wide, the last two with equal heads, found {widths:?}"
            );
        }
        let network = Network::new(&mut parameters, &settings, n_latents)?;
        let mut means = parameters.detached_copy()?.frozen();
        for (name, average) in averages {
            if let Some(var) = means.get(&name) {
                var.set(&average)?;
            }
        }
        let averaged = Network::new(&mut means, &settings, n_latents)?;
        Ok(Self {
            encoder: FrameNetwork::new(&mut encoder, &sizes, n_latents)?,
            data: Self::data(frozen, &crops),
            statistics: CropStatistics::new(&crops)?,
            crops,
            settings,
            parameters,
            network,
            averaged: (means, averaged),
            adam,
            curve: Curve::default(),
            next: None,
        })
    }

    /// The crops of the step that follows `n_done` steps.
    fn batch(&self, n_done: u64) -> Result<Vec<NoisyCrops>> {
        let AutoencoderSettings { n_crops, seed, .. } = self.settings;
        let stream = seed.wrapping_mul(1_000_003).wrapping_add(n_done).wrapping_mul(STREAMS);
        let drawn = self.crops.drawn(Part::Training, n_crops, stream, &Device::Cpu)?;
        self.chunks(&drawn, stream.wrapping_add(1), false)
    }

    fn chunks(&self, drawn: &Drawn, seed: u64, is_measured: bool) -> Result<Vec<NoisyCrops>> {
        let how = (&self.settings, &self.statistics);
        NoisyCrops::of(drawn, how, seed, is_measured, self.parameters.device())
    }

    /// What the encoder hears.
    fn frames(&self, latents: &Tensor) -> Result<Tensor> {
        self.encoder.encode(&self.encoder.embed(latents)?)
    }

    /// The loss of a chunk under one of the two networks, the error of its statistics and, if asked for, the share of the variance
    /// of z that is lost.
    fn losses(
        &self,
        network: &Network,
        chunk: &NoisyCrops,
        is_heard_again: bool,
    ) -> Result<[Tensor; 3]> {
        let frames = self.frames(&chunk.heard)?.detach();
        let mut z = network.z(&frames)?;
        if let Some(noise) = &chunk.z_noise {
            z = (z + noise)?;
        }
        let statistics = CropStatistics::error(&network.statistics(&z)?, &chunk.statistics)?;
        let z = z.broadcast_mul(&chunk.keeps_z)?;
        let [alpha, beta] = &chunk.amplitudes;
        let noisy = (chunk.clean.broadcast_mul(alpha)? + chunk.noise.broadcast_mul(beta)?)?;
        let wanted = (chunk.noise.broadcast_mul(alpha)? - chunk.clean.broadcast_mul(beta)?)?;
        let v = network.v(&z, &chunk.sigma, &noisy)?;
        let velocity = (&v - wanted)?.sqr()?.mean_all()?;
        let lost = if is_heard_again {
            let clean = (noisy.broadcast_mul(alpha)? - v.broadcast_mul(beta)?)?;
            self.lost(chunk, &frames, &clean)?
        } else {
            velocity.zeros_like()?
        };
        Ok([velocity, statistics, lost])
    }

    /// The share of z that is lost when what was made from it is heard again, by the averaged summarizer: the one that is
    /// learning would find it easier to hear nothing. What was made from much noise counts less, what was made without z not at all.
    fn lost(&self, chunk: &NoisyCrops, frames: &Tensor, made: &Tensor) -> Result<Tensor> {
        let z = self.averaged.1.z(frames)?.detach();
        let again = self.averaged.1.z(&self.frames(made)?)?;
        let [alpha, _] = &chunk.amplitudes;
        share_lost(&z, &again, &(alpha.squeeze(2)?.sqr()? * &chunk.keeps_z)?)
    }

    /// The share of z that is lost between the latents of crops and those of what the codec makes of them.
    fn lost_in_sound(&self, latents: &Tensor, resounded: &Tensor) -> Result<f64> {
        let device = self.parameters.device();
        let z = |latents: &Tensor| self.averaged.1.z(&self.frames(&latents.to_device(device)?)?);
        let (z, again) = (z(latents)?, z(resounded)?);
        let weights = Tensor::ones((z.dim(0)?, 1), z.dtype(), device)?;
        Ok(f64::from(share_lost(&z, &again, &weights)?.to_scalar::<f32>()?))
    }

    /// The running means of all weights move towards the weights; in the beginning faster, so that the start is forgotten.
    fn average(&self) -> Result<()> {
        let n = self.adam.n_steps() as f64;
        let decay = self.settings.averaging.min((1.0 + n) / (10.0 + n));
        for (name, var) in self.parameters.iter() {
            if let Some(mean) = self.averaged.0.get(name) {
                let moved = (mean.as_detached_tensor().affine(decay, 0.0)?
                    + var.as_detached_tensor().affine(1.0 - decay, 0.0)?)?;
                mean.set(&moved)?;
            }
        }
        Ok(())
    }
}

impl Trainer for AutoencoderTrainer {
    fn n_steps(&self) -> u64 {
        self.adam.n_steps()
    }

    fn n_steps_wanted(&self) -> u64 {
        self.settings.schedule.n_steps
    }

    fn n_values(&self) -> usize {
        self.parameters.n_values()
    }

    fn history(&self) -> &[Measured] {
        self.curve.history()
    }

    fn step(&mut self) -> Result<f64> {
        let chunks = match self.next.take() {
            Some(chunks) => chunks,
            None => self.batch(self.n_steps())?,
        };
        let share = 1.0 / chunks.len() as f64;
        let loss = |chunk: &NoisyCrops| {
            let AutoencoderSettings { statistics_weight, consistency_weight, .. } = self.settings;
            let [velocity, statistics, lost] =
                self.losses(&self.network, chunk, consistency_weight > 0.0)?;
            let told = (statistics * statistics_weight)?;
            let loss = ((velocity + told)? + (lost * consistency_weight)?)?.affine(share, 0.0)?;
            // Asked for its value only when the device has all its work.
            Ok((loss.clone(), loss.detach()))
        };
        let (computed, next) = rayon::join(
            || Gradients::over_chunks(&chunks, &self.parameters, loss),
            || self.batch(self.n_steps() + 1),
        );
        let (gradients, losses) = computed?;
        let rate = self.settings.schedule.rate(self.adam.n_steps());
        self.adam.step(&self.parameters, &gradients, rate)?;
        self.average()?;
        self.next = Some(next?);
        let loss = f64::from(Tensor::stack(&losses, 0)?.sum_all()?.to_scalar::<f32>()?);
        self.curve.step(loss);
        Ok(loss)
    }

    /// Of the averaged weights; beside the loss with z stands that without it.
    fn measure(&mut self, seconds: f64) -> Result<Measured> {
        let n_crops = MEASURED_CROPS.min(self.crops.n_crops(Part::HeldOut));
        let (mut with_z, mut without_z, mut statistics_error) = (0.0, 0.0, 0.0);
        let (mut lost, mut lost_in_sound) = (0.0, None);
        let places: Vec<usize> = (0..n_crops).collect();
        // As many at a time as in a step, so that measuring takes no more memory.
        let batches = places.chunks(self.settings.n_crops.max(1));
        let n_batches = batches.len().max(1) as f64;
        for (i, places) in batches.enumerate() {
            let drawn = self.crops.at(Part::HeldOut, places, &Device::Cpu)?;
            if let Some(resounded) = &drawn.resounded {
                let share = self.lost_in_sound(&drawn.latents, resounded)? / n_batches;
                lost_in_sound = Some(share + lost_in_sound.unwrap_or(0.0));
            }
            let mut chunks =
                self.chunks(&drawn, u64::MAX.wrapping_sub(STREAMS * (1 + i as u64)), true)?;
            let share = 1.0 / (chunks.len() as f64 * n_batches);
            for chunk in &mut chunks {
                let value = |x: &Tensor| x.to_scalar::<f32>().map(|x| share * f64::from(x));
                let [velocity, statistics, share_lost] =
                    self.losses(&self.averaged.1, chunk, true)?;
                with_z += value(&velocity)?;
                statistics_error += value(&statistics)?;
                lost += value(&share_lost)?;
                chunk.keeps_z = chunk.keeps_z.zeros_like()?;
                without_z += value(&self.losses(&self.averaged.1, chunk, false)?[0])?;
            }
        }
        let mut figures = BTreeMap::from([
            ("loss_without_z".to_owned(), without_z),
            ("statistics_error".to_owned(), statistics_error),
            ("z_lost".to_owned(), lost),
        ]);
        figures.extend(lost_in_sound.map(|share| ("z_lost_in_sound".to_owned(), share)));
        Ok(self.curve.measured(Measured {
            step: self.n_steps(),
            training_loss: 0.0,
            held_out_loss: with_z,
            figures,
            seconds,
        }))
    }

    fn save(&self, path: &Path) -> std::result::Result<(), CheckpointError> {
        let averages =
            self.averaged.0.iter().map(|(name, var)| (name.to_owned(), var.as_tensor().clone()));
        let checkpoint = Checkpoint {
            stage: Self::STAGE.to_owned(),
            settings: self.settings.clone(),
            data: self.data.clone(),
            n_steps: self.adam.n_steps(),
            history: self.curve.history().to_vec(),
            parameters: self.parameters.clone(),
            adam: self.adam.clone(),
            extra: averages.collect(),
        };
        checkpoint.write(path)
    }

    /// The running means.
    fn weights(&self) -> Result<Weights> {
        let [summarizer, decoder] =
            Network::KEPT.map(|below| self.averaged.0.to_weights_below(below));
        Ok(summarizer?.joined([decoder?]))
    }
}

/// `Σ w |z' − z|² / Σ w (var z + 0.05 z²)`: what is lost of z's variance, and of a little of its square.
///
/// # Shapes
/// - `z`, `again`: `[crop, feature]`; `weights`: `[crop, 1]`; returns: a scalar
fn share_lost(z: &Tensor, again: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let variance = z.broadcast_sub(&z.mean_keepdim(0)?)?.sqr()?.mean_all()?;
    let lost = ((again - z)?.sqr()?.mean_keepdim(1)? * weights)?.sum_all()?;
    let scale = (variance + z.sqr()?.mean_all()?.affine(LEAST_VARIANCE, 0.0)?)?;
    lost / (weights.sum_all()? * scale)?.affine(1.0, 1e-6)?
}
