//! Learning the codec: PCM → latents → PCM.
//!
//! `L = Σ|x̂ − x| / Σ|x| · w + spectral distance + p · mean z² + w_m mean (m̂ − m)²`. The first steps see the waveform alone: spectra are soon
//! matched with any phases, and from there nothing leads to the right ones. Then w falls, because what the latents have no room for
//! should still sound. Latents are kept at mean 0 and variance 1 by their own
//! running moments, because a diffusion starts from such noise; what is decoded in training carries a little noise, so
//! that the decoder forgives what a diffusion leaves.
//!
//! m are the mel spectra of the frames and m̂ a linear map of their latents: latents of a waveform turn with its phase, and a small
//! encoder would have to learn from few crops what timbre they stand for. So the latents say it themselves, which is also what a
//! diffusion that follows z has to get right first. The linear map is thrown away.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

use super::curve::Curve;
use super::distortion::signal_to_distortion_db;
use super::latent_moments::LatentMoments;
use super::mel_targets::{MelTargets, N_MELS};
use super::seanet::{SeanetDecoder, SeanetEncoder};
use super::transformer::Dense;
use super::weighting::Weighting;
use super::{
    AdamW, AdamWSettings, Checkpoint, CheckpointError, CodecSettings, Gradients, Initial, Measured,
    Parameters, Part, Pool, SpectralDistance, Trainer, n_chunks, sums,
};
use crate::tensor::gaussian_noise;
use crate::weights::Weights;

/// A usual level of music, which the networks see as 1: were it for them to make sound so quiet, their last layer would have
/// weights as small as one step of the optimizer, and no phase would last.
const LEVEL: f64 = 0.1;
/// Mean magnitude below which a crop counts less and less: else silence, which any sound is infinitely far from, would
/// outweigh all music.
const QUIET: f64 = 0.02;
/// What the map that tells mel spectra is multiplied by: so it learns faster than the latents that it listens to.
const TELLING: f64 = 10.0;
/// Crops of a measurement.
const MEASURED_CROPS: usize = 48;
/// Sets the draws of a step apart: crops, levels and noise.
const STREAMS: u64 = 4;

/// A codec on its way.
#[derive(Debug)]
pub struct CodecTrainer {
    pool: Arc<Pool>,
    settings: CodecSettings,
    parameters: Parameters,
    encoder: SeanetEncoder,
    decoder: SeanetDecoder,
    spectral: SpectralDistance,
    mels: MelTargets,
    tell_mels: Dense,
    adam: AdamW,
    moments: Option<LatentMoments>,
    curve: Curve,
    /// Of the next step: made while the device computes this one.
    next: Option<Vec<Chunk>>,
}

/// Some crops with what they are learned by.
#[derive(Debug)]
struct Chunk {
    /// `[crop, sample]`.
    pcm: Tensor,
    /// `[crop, frame, mel]`.
    mels: Tensor,
    /// Seeds the noise on latents; none where nothing is learned.
    noise: Option<u64>,
}

/// What one chunk of a batch tells besides its gradient.
struct Told {
    /// Loss, spectral distance and error of the mel spectra, which are only asked for when the device has all its work.
    values: Tensor,
    latents: LatentMoments,
}

/// AdamW without decay: a codec has more data than weights.
fn adam_settings() -> AdamWSettings {
    AdamWSettings { beta1: 0.9, beta2: 0.999, weight_decay: 0.0, max_norm: 1.0 }
}

/// Below which names the tensors of the decoder stand.
const DECODER: &str = "codec.decoder.";

/// Whether a tensor is part of the model.
fn is_kept(name: &str) -> bool {
    ["codec.encoder.", DECODER].iter().any(|below| name.starts_with(below))
}

/// What a tensor is multiplied by where the networks take the level of music upon themselves.
fn level_inside(name: &str) -> f64 {
    match name {
        "codec.encoder.conv_in.weight" => 1.0 / LEVEL,
        "codec.decoder.conv_out.weight" | "codec.decoder.conv_out.bias" => LEVEL,
        _ => 1.0,
    }
}

impl CodecTrainer {
    /// The stage's name in checkpoints.
    pub const STAGE: &str = "codec";
    /// That of the stage that teaches the decoder alone.
    pub const DECODER_STAGE: &str = "codec-decoder";

    /// Before the first step; `from` holds a codec to go on from, if there is one.
    ///
    /// # Errors
    /// The codec to go on from has other sizes, or the device fails.
    pub fn new(
        settings: CodecSettings,
        from: Option<&Weights>,
        pool: Arc<Pool>,
        device: &Device,
    ) -> Result<Self> {
        let parameters = match from {
            None => Parameters::new(settings.seed, device),
            Some(from) => {
                let tensors = from.tensors().filter(|(name, ..)| is_kept(name));
                let tensors = tensors.map(|(name, shape, values)| {
                    let scale = (1.0 / level_inside(name)) as f32;
                    let values = values.iter().map(|value| value * scale).collect();
                    (name, shape, Cow::Owned(values))
                });
                Parameters::of_tensors(tensors, device)?.seeded(settings.seed)
            }
        };
        // The latents of a finished codec are already as they should be.
        let moments = from.map(|_| LatentMoments::wanted(settings.sizes.latent, device));
        let trainer = Self::of(settings, parameters, AdamW::new(adam_settings()), pool)?;
        Ok(Self { moments: moments.transpose()?, ..trainer })
    }

    /// From where a checkpoint was written.
    ///
    /// # Errors
    /// The checkpoint holds tensors of other shapes.
    pub fn resumed(mut checkpoint: Checkpoint<CodecSettings>, pool: Arc<Pool>) -> Result<Self> {
        let moments = checkpoint
            .extra
            .remove("latent_mean")
            .zip(checkpoint.extra.remove("latent_variance"))
            .map(|(mean, variance)| LatentMoments { mean, variance });
        let Checkpoint { settings, parameters, adam, history, .. } = checkpoint;
        let trainer = Self::of(settings, parameters, adam, pool)?;
        Ok(Self { moments, curve: Curve::resumed(history), ..trainer })
    }

    /// Reads a checkpoint of this stage.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read(
        path: &Path,
        device: &Device,
    ) -> std::result::Result<Checkpoint<CodecSettings>, CheckpointError> {
        Checkpoint::read(path, adam_settings(), device)
    }

    fn of(
        settings: CodecSettings,
        mut parameters: Parameters,
        adam: AdamW,
        pool: Arc<Pool>,
    ) -> Result<Self> {
        let sample_rate_hz = pool.sample_rate_hz();
        Ok(Self {
            pool,
            encoder: SeanetEncoder::new(&mut parameters, &settings.sizes)?,
            decoder: SeanetDecoder::new(&mut parameters, &settings.sizes)?,
            spectral: SpectralDistance::new(
                sample_rate_hz,
                &settings.spectral,
                parameters.device(),
            )?,
            mels: MelTargets::new(sample_rate_hz, settings.sizes.hop()),
            tell_mels: Dense::new(
                parameters.scope("tell_mels"),
                [N_MELS, settings.sizes.latent],
                Initial::Value(0.0),
            )?,
            settings,
            parameters,
            adam,
            moments: None,
            curve: Curve::default(),
            next: None,
        })
    }

    fn stage(&self) -> &'static str {
        if self.settings.decoder_only { Self::DECODER_STAGE } else { Self::STAGE }
    }

    fn latents(&self, pcm: &Tensor) -> Result<Tensor> {
        self.encoder.forward(&pcm.affine(1.0 / LEVEL, 0.0)?)
    }

    fn sound(&self, latents: &Tensor) -> Result<Tensor> {
        self.decoder.forward(latents)?.affine(LEVEL, 0.0)
    }

    /// Crops in parts that are computed side by side.
    fn chunks(
        &self,
        part: Part,
        n_crops: usize,
        stream: u64,
        noise: Option<u64>,
    ) -> Result<Vec<Chunk>> {
        let n_samples = self.settings.crop_samples;
        let pcm = self.pool.crops(part, n_crops, n_samples, stream, &Device::Cpu)?;
        let mels = self.mels.of(&pcm)?;
        let device = self.parameters.device();
        let n_chunks = n_chunks(device, n_crops);
        let chunk = |i: usize| {
            let (start, end) = (i * n_crops / n_chunks, (i + 1) * n_crops / n_chunks);
            let part = |x: &Tensor| x.narrow(0, start, end - start)?.to_device(device);
            let noise = noise.map(|seed| seed.wrapping_add(i as u64));
            Ok(Chunk { pcm: part(&pcm)?, mels: part(&mels)?, noise })
        };
        (0..n_chunks).map(chunk).collect()
    }

    /// The crops of the step that follows `n_done` steps.
    fn batch(&self, n_done: u64) -> Result<Vec<Chunk>> {
        let CodecSettings { n_crops, seed, .. } = self.settings;
        let stream = (seed.wrapping_mul(1_000_003) + n_done).wrapping_mul(STREAMS);
        self.chunks(Part::Training, n_crops, stream, Some(stream.wrapping_add(1)))
    }

    /// What the running moments are, or were to begin with.
    fn moments(&self, chunks: &[Chunk]) -> Result<LatentMoments> {
        if let Some(moments) = &self.moments {
            return Ok(moments.clone());
        }
        let latents = chunks.iter().map(|chunk| Ok(self.latents(&chunk.pcm)?.detach()));
        LatentMoments::of(&Tensor::cat(&latents.collect::<Result<Vec<_>>>()?, 0)?)
    }

    /// The loss of some crops, times `share`.
    fn loss(
        &self,
        Chunk { pcm, mels, noise }: &Chunk,
        moments: &LatentMoments,
        weighting: Weighting,
        share: f64,
    ) -> Result<(Tensor, Told)> {
        let latents = self.latents(pcm)?;
        let latents = if self.settings.decoder_only { latents.detach() } else { latents };
        let batch = LatentMoments::of(&latents.detach())?;
        let normalized = moments.normalize(&latents)?;
        let heard = match noise {
            None => normalized.clone(),
            Some(seed) => {
                let noise = gaussian_noise(*seed, 1, normalized.elem_count())?;
                let noise = noise.reshape(normalized.shape())?.to_device(pcm.device())?;
                (&normalized + (noise * self.settings.latent_noise)?)?
            }
        };
        let found = self.sound(&heard)?;
        let spectral = if weighting.spectral > 0.0 {
            let (found, wanted) = (self.spectral.mel(&found)?, self.spectral.mel(pcm)?);
            self.spectral.distance(&found, &wanted)?
        } else {
            Tensor::zeros((), pcm.dtype(), pcm.device())?
        };
        let waveform = (&found - pcm)?.abs()?.mean(1)?;
        let waveform = (waveform / pcm.abs()?.mean(1)?.affine(1.0, QUIET)?)?.mean_all()?;
        let size = normalized.sqr()?.mean_all()?;
        let told_from = if weighting.latents_tell { heard } else { heard.detach() };
        let told_mels = self.tell_mels.forward(&told_from)?.affine(TELLING, 0.0)?;
        let mel_error = (told_mels - mels)?.sqr()?.mean_all()?;
        let told = [spectral.affine(share, 0.0)?, mel_error.affine(share, 0.0)?];
        let loss = ((spectral.affine(weighting.spectral, 0.0)?
            + waveform.affine(weighting.waveform, 0.0)?)?
            + (size.affine(self.settings.latent_penalty, 0.0)?
                + mel_error.affine(weighting.spectral * self.settings.mel_weight, 0.0)?)?)?
        .affine(share, 0.0)?;
        let values = Tensor::stack(&[&loss, &told[0], &told[1]], 0)?.detach();
        Ok((loss, Told { values, latents: batch }))
    }
}

impl Trainer for CodecTrainer {
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
        let moments = self.moments(&chunks)?;
        let weighting = Weighting::of(&self.settings, self.n_steps());
        let share = 1.0 / chunks.len() as f64;
        let (computed, next) = rayon::join(
            || {
                Gradients::over_chunks(&chunks, &self.parameters, |chunk| {
                    self.loss(chunk, &moments, weighting, share)
                })
            },
            || self.batch(self.n_steps() + 1),
        );
        let (gradients, told) = computed?;
        let rate = self.settings.schedule.rate(self.n_steps());
        self.adam.step(&self.parameters, &gradients, rate)?;
        self.moments = Some(match self.settings.decoder_only {
            true => moments,
            false => moments.moved(told.iter().map(|told| &told.latents))?,
        });
        self.next = Some(next?);
        let [loss, _, _] = sums(told.iter().map(|told| &told.values))?;
        self.curve.step(loss);
        Ok(loss)
    }

    fn measure(&mut self, seconds: f64) -> Result<Measured> {
        let chunks = self.chunks(Part::HeldOut, MEASURED_CROPS, u64::MAX, None)?;
        let moments = self.moments(&chunks)?;
        // Always weighted as at the end, so that one measurement compares with another.
        let weighting = Weighting {
            spectral: 1.0,
            waveform: self.settings.waveform_weight.last,
            latents_tell: true,
        };
        let share = 1.0 / chunks.len() as f64;
        let (mut all, mut ratio) = (Vec::new(), 0.0);
        for chunk in &chunks {
            all.push(self.loss(chunk, &moments, weighting, share)?.1);
            let latents = moments.normalize(&self.latents(&chunk.pcm)?)?;
            ratio += share * signal_to_distortion_db(&self.sound(&latents)?, &chunk.pcm)?;
        }
        let [held_out_loss, spectral, mel_error] = sums(all.iter().map(|told| &told.values))?;
        let mut figures = BTreeMap::from([
            ("si_sdr_db".to_owned(), ratio),
            ("spectral_distance".to_owned(), spectral),
        ]);
        // Latents that stay as they are were told from once, by a map that was thrown away.
        if !self.settings.decoder_only {
            figures.insert("mel_error".to_owned(), mel_error);
        }
        Ok(self.curve.measured(Measured {
            step: self.n_steps(),
            training_loss: 0.0,
            held_out_loss,
            figures,
            seconds,
        }))
    }

    fn save(&self, path: &Path) -> std::result::Result<(), CheckpointError> {
        let extra = self.moments.iter().flat_map(|LatentMoments { mean, variance }| {
            [
                ("latent_mean".to_owned(), mean.clone()),
                ("latent_variance".to_owned(), variance.clone()),
            ]
        });
        let checkpoint = Checkpoint {
            stage: self.stage().to_owned(),
            settings: self.settings.clone(),
            data: self.pool.fingerprint().to_owned(),
            n_steps: self.adam.n_steps(),
            history: self.curve.history().to_vec(),
            parameters: self.parameters.clone(),
            adam: self.adam.clone(),
            extra: extra.collect(),
        };
        checkpoint.write(path)
    }

    /// The last layer makes latents of mean 0 and variance 1 by itself; the outer ones know the level of music. Only the decoder, where
    /// nothing else was learned.
    fn weights(&self) -> Result<Weights> {
        let Some(moments) = &self.moments else {
            candle_core::bail!("a codec without one step of training")
        };
        let scale = moments.deviation()?.recip()?;
        let tensors = self
            .parameters
            .iter()
            .filter(|(name, _)| is_kept(name))
            .filter(|(name, _)| !self.settings.decoder_only || name.starts_with(DECODER))
            .map(|(name, var)| {
                let tensor = match name {
                    "codec.encoder.conv_out.weight" => {
                        var.broadcast_mul(&scale.reshape(((), 1, 1))?)?
                    }
                    "codec.encoder.conv_out.bias" => ((var.as_tensor() - &moments.mean)? * &scale)?,
                    _ => var.affine(level_inside(name), 0.0)?,
                };
                let values = tensor.flatten_all()?.to_vec1::<f32>()?;
                Ok((name.to_owned(), tensor.dims().to_vec(), values))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Weights::from_memory(tensors))
    }
}

#[cfg(test)]
mod tests {
    use super::super::SeanetSizes;
    use super::super::tests::{codec_settings, pool};
    use super::*;
    use crate::codec::{CodecDecoder, CodecEncoder};
    use crate::tensor::{Kernel, Precision};

    #[test]
    fn a_codec_that_is_gone_on_with_is_the_one_that_was_there() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(folder.path());
        let mut trainer =
            CodecTrainer::new(codec_settings(), None, Arc::clone(&pool), &Device::Cpu)?;
        trainer.step()?;
        let weights = trainer.weights()?;
        let other = SeanetSizes { n_filters: 2, ..codec_settings().sizes };
        let settings = CodecSettings { sizes: other, n_waveform_steps: 9, ..codec_settings() };
        let settings = settings.going_on_from(&weights, "abc".to_owned()).unwrap();
        assert_eq!((&settings.sizes, settings.n_waveform_steps), (&codec_settings().sizes, 0));
        let trainer = CodecTrainer::new(settings, Some(&weights), pool, &Device::Cpu)?;
        let again = trainer.weights()?;
        for ((name, shape, values), (other, _, wanted)) in again.tensors().zip(weights.tensors()) {
            assert_eq!(name, other);
            let apart = values.iter().zip(&*wanted).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-5, "{name} {shape:?}");
        }
        Ok(())
    }

    #[test]
    fn a_decoder_that_is_taught_alone_leaves_the_encoder_as_it_is() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(folder.path());
        let mut codec = CodecTrainer::new(codec_settings(), None, Arc::clone(&pool), &Device::Cpu)?;
        codec.step()?;
        let before = codec.weights()?;
        let settings = codec_settings().of_decoder(&before, "abc".to_owned()).unwrap();
        let mut trainer =
            CodecTrainer::new(settings, Some(&before), Arc::clone(&pool), &Device::Cpu)?;
        for _ in 0..2 {
            trainer.step()?;
        }
        for (name, shape, values) in before.tensors().filter(|(name, ..)| is_kept(name)) {
            let var = trainer.parameters.get(name).unwrap().flatten_all()?.to_vec1::<f32>()?;
            let scale = (1.0 / level_inside(name)) as f32;
            let is_same = var.iter().zip(&*values).all(|(a, b)| *a == b * scale);
            match name.starts_with(DECODER) {
                false => assert!(is_same, "{name} has moved"),
                // A bias may be where it should be.
                true => assert!(!is_same || shape.len() == 1, "{name} has not moved"),
            }
        }
        let after = trainer.weights()?;
        assert!(after.names().count() > 0 && after.names().all(|name| name.starts_with(DECODER)));
        let whole = before.joined([after]);
        let root = whole.root().pp("codec");
        let frozen = CodecDecoder::load(&root.pp("decoder"), Kernel::best(Precision::F32)).unwrap();
        let latents = gaussian_noise(1, 5, codec_settings().sizes.latent)?.unsqueeze(0)?;
        let (found, wanted) = (frozen.decode(&latents)?, trainer.sound(&latents)?);
        let apart = (found - &wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(apart < 1e-4 * wanted.abs()?.max_all()?.to_scalar::<f32>()?, "{apart}");
        Ok(())
    }

    #[test]
    fn the_exported_codec_hears_and_sounds_as_the_trained_one() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(folder.path());
        let mut trainer =
            CodecTrainer::new(codec_settings(), None, Arc::clone(&pool), &Device::Cpu)?;
        for _ in 0..2 {
            trainer.step()?;
        }
        let pcm = pool.crops(Part::HeldOut, 2, 8000, 1, &Device::Cpu)?;
        let moments = trainer.moments.clone().unwrap();
        let latents = moments.normalize(&trainer.latents(&pcm)?)?;
        let weights = trainer.weights()?;
        let (root, kernel) = (weights.root().pp("codec"), Kernel::best(Precision::F32));
        let encoder = CodecEncoder::load(&root.pp("encoder"), kernel).unwrap();
        let decoder = CodecDecoder::load(&root.pp("decoder"), kernel).unwrap();
        for (found, wanted) in [
            (encoder.encode(&pcm)?, latents.clone()),
            (decoder.decode(&latents)?, trainer.sound(&latents)?),
        ] {
            let apart = (found - &wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
            let most = wanted.abs()?.max_all()?.to_scalar::<f32>()?;
            assert!(apart < 1e-4 * most, "{apart} of {most}");
        }
        Ok(())
    }
}
