//! Learning the encoder: what is masked of the latents is guessed from the rest (Pepino et al. 2023).
//!
//! ```text
//! latents ─▶ project + positions ─▶ visible frames ─▶ encoder ─▶ zeros put back + positions ─▶ two layers ─▶ codes
//! ```
//!
//! `L = Σ_q w_q (0.9 · mean over masked + 0.1 · mean over visible) cross-entropy of the q-th codebook's entry`, to which a small model may
//! add `w_m (…) (mean (m̂ − m)² + mean (ĉ − c)²)` over the mel spectra m and the chroma c of the frames: codes of a waveform codec say its phase as well, which nobody can
//! guess, and a short training has no time to find out what else they say; and `w_l · mean over visible (x̂ − x)²`, where x̂ is a linear
//! map of the encoder's own frames and x are their latents: who masks teaches to guess, not to keep what is there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};

use super::chroma_targets::N_PITCH_CLASSES;
use super::curve::Curve;
use super::frames::FrameNetwork;
use super::mel_targets::N_MELS;
use super::ops::cross_entropy;
use super::transformer::{Dense, Stack};
use super::{
    AdamW, AdamWSettings, Checkpoint, CheckpointError, Drawn, Gradients, Initial, LatentCrops,
    Measured, Parameters, Part, Schedule, StackSizes, Trainer, n_chunks, sums,
};
use crate::codec::Quantizer;
use crate::weights::Weights;

/// How an encoder is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSettings {
    /// The encoder; what guesses behind it has the same width, heads and feed-forward net.
    pub sizes: StackSizes,
    /// Layers that guess; they are thrown away afterwards.
    pub n_decoder_layers: usize,
    /// Codebooks whose entries are guessed, at most eight.
    pub n_codebooks: usize,
    /// Frames of a masked gap.
    pub gap_frames: usize,
    /// Weight of the squared errors of mel spectra and of chroma beside the codes; 0 as published.
    pub mel_weight: f64,
    /// Weight of the squared error of visible latents, told from their frames; 0 as published.
    #[serde(default)]
    pub latent_weight: f64,
    /// Steps, warm-up and rate.
    pub schedule: Schedule,
    /// Crops a step.
    pub n_crops: usize,
    /// Seeds parameters, crops and gaps.
    pub seed: u64,
    /// Fingerprint of the model whose encoder the first step starts from; `None` for weights by chance.
    #[serde(default)]
    pub from: Option<String>,
}

/// What the names of the tensors begin with that are part of the model.
const KEPT: &str = "encoder.";
/// Weights of the codebooks, first to last, as published.
const CODEBOOK_WEIGHTS: [f32; 8] = [0.224, 0.176, 0.145, 0.1215, 0.103, 0.0883, 0.0761, 0.0659];
/// The part of the loss that masked frames have.
const MASKED_PART: f32 = 0.9;
/// Crops of a measurement.
const MEASURED_CROPS: usize = 64;
/// Sets the draws of a step apart: crops and gaps.
const STREAMS: u64 = 2;

/// An encoder on its way.
#[derive(Debug)]
pub struct EncoderTrainer {
    crops: Arc<LatentCrops>,
    quantizer: Quantizer,
    settings: EncoderSettings,
    parameters: Parameters,
    network: MaskedNetwork,
    adam: AdamW,
    curve: Curve,
    /// Of the next step: made while the device computes this one.
    next: Option<Vec<Chunk>>,
}

/// The encoder and what guesses behind it.
#[derive(Debug)]
struct MaskedNetwork {
    frames: FrameNetwork,
    stack: Stack,
    guess: Dense,
    guess_mels: Dense,
    guess_chroma: Dense,
    tell_latents: Dense,
}

/// Some crops with what is to be guessed.
#[derive(Debug)]
struct Chunk {
    /// `[crop, frame, latent]`.
    latents: Tensor,
    /// `[crop · frame · codebook]`, `u32`.
    codes: Tensor,
    /// `[crop · frame, mel]`.
    mels: Tensor,
    /// `[crop · frame, pitch class]`.
    chroma: Tensor,
    /// 1 where a frame is the visible one of that number, which are as many in every crop: `[crop, visible, frame]`.
    visible: Tensor,
    /// Of each row of `[crop · frame]`.
    is_masked: Vec<bool>,
    /// Of the batch.
    share: f64,
    /// Of each guess, `[crop · frame · codebook]`, and of each frame, `[crop · frame, 1]`.
    weights: [Tensor; 2],
}

/// What a chunk tells besides its gradient.
struct Told {
    /// Loss, error of the mel spectra, of chroma and of latents, which are only asked for when the device has all its work.
    values: Tensor,
    /// `[crop · frame · codebook, bin]`.
    logits: Tensor,
}

impl EncoderTrainer {
    /// The stage's name in checkpoints.
    pub const STAGE: &str = "encoder";

    /// Before the first step. `codec` holds the codebooks; `from` an encoder to go on from, if there is one.
    ///
    /// # Errors
    /// There are fewer codebooks than are to be guessed, the encoder to go on from has other sizes, or the device fails.
    pub fn new(
        settings: EncoderSettings,
        (codec, from): (&Weights, Option<&Weights>),
        crops: Arc<LatentCrops>,
        device: &Device,
    ) -> Result<Self> {
        let parameters = match from {
            None => Parameters::new(settings.seed, device),
            Some(from) => {
                let tensors = from.tensors().filter(|(name, ..)| name.starts_with(KEPT));
                Parameters::of_tensors(tensors, device)?.seeded(settings.seed)
            }
        };
        Self::of(settings, (parameters, AdamW::new(AdamWSettings::default())), codec, crops)
    }

    /// From where a checkpoint was written.
    ///
    /// # Errors
    /// The checkpoint holds tensors of other shapes.
    pub fn resumed(
        checkpoint: Checkpoint<EncoderSettings>,
        codec: &Weights,
        crops: Arc<LatentCrops>,
    ) -> Result<Self> {
        let Checkpoint { settings, parameters, adam, history, .. } = checkpoint;
        let trainer = Self::of(settings, (parameters, adam), codec, crops)?;
        Ok(Self { curve: Curve::resumed(history), ..trainer })
    }

    /// Reads a checkpoint of this stage.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read(
        path: &Path,
        device: &Device,
    ) -> std::result::Result<Checkpoint<EncoderSettings>, CheckpointError> {
        Checkpoint::read(path, AdamWSettings::default(), device)
    }

    /// The identity of what it learns from, as its checkpoints state it.
    pub fn data(crops: &LatentCrops) -> String {
        crops.fingerprint().to_owned()
    }

    fn of(
        settings: EncoderSettings,
        (mut parameters, adam): (Parameters, AdamW),
        codec: &Weights,
        crops: Arc<LatentCrops>,
    ) -> Result<Self> {
        let quantizer = Quantizer::load(&codec.root().pp("codec.quantizer"))
            .map_err(candle_core::Error::wrap)?;
        let n_most = quantizer.n_codebooks().min(CODEBOOK_WEIGHTS.len());
        if settings.n_codebooks == 0 || settings.n_codebooks > n_most {
            candle_core::bail!("{} codebooks, expected 1 to {n_most}", settings.n_codebooks);
        }
        let n_choices = settings.n_codebooks * quantizer.n_bins();
        let network = MaskedNetwork::new(&mut parameters, &settings, crops.n_latents(), n_choices)?;
        let curve = Curve::default();
        Ok(Self { crops, quantizer, settings, parameters, network, adam, curve, next: None })
    }

    /// Cuts crops into chunks with codes and gaps.
    fn chunks(&self, drawn: &Drawn, seed: u64) -> Result<Vec<Chunk>> {
        let Drawn { latents, mels, chroma, .. } = drawn;
        let (n_crops, n_frames, _) = latents.dims3()?;
        let codes = self.quantizer.encode(latents, self.settings.n_codebooks)?;
        let device = self.parameters.device();
        let n_chunks = n_chunks(device, n_crops);
        let share = 1.0 / n_chunks as f32;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        (0..n_chunks)
            .map(|i| {
                let first = i * n_crops / n_chunks;
                let n = (i + 1) * n_crops / n_chunks - first;
                let is_masked: Vec<bool> = (0..n)
                    .flat_map(|_| gaps(n_frames, self.settings.gap_frames, &mut rng))
                    .collect();
                let rows = is_masked.iter().enumerate().filter(|(_, masked)| !**masked);
                let visible: Vec<f32> = rows
                    .flat_map(|(row, _)| (0..n_frames).map(move |frame| (row % n_frames, frame)))
                    .map(|(visible, frame)| f32::from(u8::from(visible == frame)))
                    .collect();
                let visible = Tensor::from_vec(visible, (n, (), n_frames), device)?;
                let guesses = row_weights(&is_masked, self.settings.n_codebooks, share);
                let frames = frame_weights(&is_masked, share);
                let codes = codes.narrow(1, first, n)?.permute((1, 2, 0))?.contiguous()?;
                Ok(Chunk {
                    latents: latents.narrow(0, first, n)?.to_device(device)?,
                    codes: codes.flatten_all()?.to_device(device)?,
                    mels: mels.narrow(0, first, n)?.flatten(0, 1)?.to_device(device)?,
                    chroma: chroma.narrow(0, first, n)?.flatten(0, 1)?.to_device(device)?,
                    visible,
                    share: f64::from(share),
                    weights: [
                        Tensor::new(guesses, device)?,
                        Tensor::from_vec(frames, (n * n_frames, 1), device)?,
                    ],
                    is_masked,
                })
            })
            .collect()
    }

    /// The crops of the step that follows `n_done` steps.
    fn batch(&self, n_done: u64) -> Result<Vec<Chunk>> {
        let EncoderSettings { n_crops, seed, .. } = self.settings;
        let stream = seed.wrapping_mul(1_000_003).wrapping_add(n_done).wrapping_mul(STREAMS);
        let drawn = self.crops.drawn(Part::Training, n_crops, stream, &Device::Cpu)?;
        self.chunks(&drawn, stream.wrapping_add(1))
    }

    /// The loss of a chunk.
    fn loss(&self, chunk: &Chunk) -> Result<(Tensor, Told)> {
        let n_frames = chunk.is_masked.len();
        let encoded = self.network.encoded(chunk)?;
        let features = self.network.features(chunk, &encoded)?;
        let logits = self.network.guess.forward(&features)?;
        let n_guesses = n_frames * self.settings.n_codebooks;
        let logits = logits.reshape((n_guesses, self.quantizer.n_bins()))?;
        let [guesses, frames] = &chunk.weights;
        let loss = cross_entropy(&logits, &chunk.codes, guesses)?;
        let error = |guess: &Dense, wanted: &Tensor| {
            let guessed = guess.forward(&features)?.flatten(0, 1)?;
            (guessed - wanted)?.sqr()?.mean_keepdim(1)?.mul(frames)?.sum_all()
        };
        let of_mels = error(&self.network.guess_mels, &chunk.mels)?;
        let of_chroma = error(&self.network.guess_chroma, &chunk.chroma)?;
        let told = self.network.tell_latents.forward(&encoded)?;
        let kept = chunk.visible.matmul(&chunk.latents)?;
        let forgotten = (told - kept)?.sqr()?.mean_all()?.affine(chunk.share, 0.0)?;
        let loss = (loss + (&of_mels + &of_chroma)?.affine(self.settings.mel_weight, 0.0)?)?;
        let loss = (loss + forgotten.affine(self.settings.latent_weight, 0.0)?)?;
        let values = Tensor::stack(&[&loss, &of_mels, &of_chroma, &forgotten], 0)?.detach();
        Ok((loss, Told { values, logits: logits.detach() }))
    }

    /// Guesses of the first codebook's entry over masked frames: how many are right, of how many.
    fn guesses(&self, chunk: &Chunk, logits: &Tensor) -> Result<[usize; 2]> {
        let n_codebooks = self.settings.n_codebooks;
        let found = logits.argmax(1)?.to_vec1::<u32>()?;
        let wanted = chunk.codes.to_vec1::<u32>()?;
        let first = found.iter().zip(&wanted).step_by(n_codebooks);
        let masked = first.zip(&chunk.is_masked).filter(|(_, masked)| **masked);
        let is_right = masked.map(|((found, wanted), _)| found == wanted);
        Ok(is_right.fold([0, 0], |[right, all], is| [right + usize::from(is), all + 1]))
    }
}

impl Trainer for EncoderTrainer {
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
        let (computed, next) = rayon::join(
            || Gradients::over_chunks(&chunks, &self.parameters, |chunk| self.loss(chunk)),
            || self.batch(self.n_steps() + 1),
        );
        let (gradients, told) = computed?;
        let rate = self.settings.schedule.rate(self.adam.n_steps());
        self.adam.step(&self.parameters, &gradients, rate)?;
        self.next = Some(next?);
        let [loss, ..] = sums::<4>(told.iter().map(|told| &told.values))?;
        self.curve.step(loss);
        Ok(loss)
    }

    fn measure(&mut self, seconds: f64) -> Result<Measured> {
        let n_crops = MEASURED_CROPS.min(self.crops.n_crops(Part::HeldOut));
        let places: Vec<usize> = (0..n_crops).collect();
        let drawn = self.crops.at(Part::HeldOut, &places, &Device::Cpu)?;
        let chunks = self.chunks(&drawn, u64::MAX)?;
        let (mut all, mut n_right, mut n_guessed) = (Vec::new(), 0, 0);
        for chunk in &chunks {
            let told = self.loss(chunk)?.1;
            let [right, guessed] = self.guesses(chunk, &told.logits)?;
            n_right += right;
            n_guessed += guessed;
            all.push(told);
        }
        let [held_out_loss, mel_error, chroma_error, latent_error] =
            sums(all.iter().map(|told| &told.values))?;
        let accuracy = n_right as f64 / n_guessed.max(1) as f64;
        Ok(self.curve.measured(Measured {
            step: self.n_steps(),
            training_loss: 0.0,
            held_out_loss,
            figures: BTreeMap::from([
                ("masked_accuracy".to_owned(), accuracy),
                ("mel_error".to_owned(), mel_error),
                ("chroma_error".to_owned(), chroma_error),
                ("latent_error".to_owned(), latent_error),
            ]),
            seconds,
        }))
    }

    fn save(&self, path: &Path) -> std::result::Result<(), CheckpointError> {
        let checkpoint = Checkpoint {
            stage: Self::STAGE.to_owned(),
            settings: self.settings.clone(),
            data: Self::data(&self.crops),
            n_steps: self.adam.n_steps(),
            history: self.curve.history().to_vec(),
            parameters: self.parameters.clone(),
            adam: self.adam.clone(),
            extra: BTreeMap::new(),
        };
        checkpoint.write(path)
    }

    fn weights(&self) -> Result<Weights> {
        self.parameters.to_weights_below(KEPT)
    }
}

impl MaskedNetwork {
    fn new(
        parameters: &mut Parameters,
        settings: &EncoderSettings,
        n_latents: usize,
        n_choices: usize,
    ) -> Result<Self> {
        let frames = FrameNetwork::new(parameters, &settings.sizes, n_latents)?;
        let sizes = StackSizes { n_layers: settings.n_decoder_layers, ..settings.sizes };
        let mut scope = parameters.scope("masked_decoder");
        let shape = [n_choices, sizes.n_features];
        Ok(Self {
            frames,
            stack: Stack::new(scope.pp("transformer"), &sizes)?,
            guess: Dense::new(scope.pp("guess"), shape, Initial::lecun(sizes.n_features))?,
            guess_mels: Dense::new(
                scope.pp("guess_mels"),
                [N_MELS, sizes.n_features],
                Initial::Value(0.0),
            )?,
            guess_chroma: Dense::new(
                scope.pp("guess_chroma"),
                [N_PITCH_CLASSES, sizes.n_features],
                Initial::Value(0.0),
            )?,
            tell_latents: Dense::new(
                scope.pp("tell_latents"),
                [n_latents, sizes.n_features],
                Initial::Value(0.0),
            )?,
        })
    }

    /// # Shapes
    /// - returns: `[crop, visible, feature]`
    fn encoded(&self, chunk: &Chunk) -> Result<Tensor> {
        let embedded = self.frames.embed(&chunk.latents)?;
        self.frames.encode(&chunk.visible.matmul(&embedded)?)
    }

    /// # Shapes
    /// - `encoded`: `[crop, visible, feature]`; returns: `[crop, frame, feature]`, to guess from
    fn features(&self, chunk: &Chunk, encoded: &Tensor) -> Result<Tensor> {
        let whole = chunk.visible.t()?.matmul(encoded)?;
        let whole = self.frames.positions().add(&whole)?;
        self.stack.forward(&whole)
    }
}

/// Which frames of a crop are masked: gaps at random places until exactly half of the frames are.
fn gaps(n_frames: usize, gap_frames: usize, rng: &mut ChaCha20Rng) -> Vec<bool> {
    let mut is_masked = vec![false; n_frames];
    let mut left = n_frames / 2;
    while left > 0 {
        let start = rng.random_range(0..n_frames);
        for masked in is_masked.iter_mut().skip(start).take(gap_frames.max(1)) {
            if left > 0 && !*masked {
                *masked = true;
                left -= 1;
            }
        }
    }
    is_masked
}

/// The weight of every guess, `[frame · codebook]`; all together sum to `share`.
fn row_weights(is_masked: &[bool], n_codebooks: usize, share: f32) -> Vec<f32> {
    let used = &CODEBOOK_WEIGHTS[..n_codebooks];
    let total: f32 = used.iter().sum();
    let of_frame = |weight: f32| used.iter().map(move |codebook| weight * codebook / total);
    frame_weights(is_masked, share).into_iter().flat_map(of_frame).collect()
}

/// The weight of every frame; all together sum to `share`.
fn frame_weights(is_masked: &[bool], share: f32) -> Vec<f32> {
    let n_masked = is_masked.iter().filter(|masked| **masked).count().max(1) as f32;
    let n_visible = (is_masked.len() as f32 - n_masked).max(1.0);
    let weight = |masked: &bool| {
        share * if *masked { MASKED_PART / n_masked } else { (1.0 - MASKED_PART) / n_visible }
    };
    is_masked.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_frames_are_masked_in_gaps() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for n_frames in [150, 75] {
            let masked = gaps(n_frames, 15, &mut rng);
            assert_eq!(masked.iter().filter(|masked| **masked).count(), n_frames / 2);
            let n_edges = masked.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert!(n_edges <= n_frames / 4, "{n_edges} edges: not gaps");
        }
    }

    #[test]
    fn weights_sum_to_the_share_and_masked_frames_have_nine_tenths() {
        let is_masked = [true, false, true, true];
        let weights = row_weights(&is_masked, 3, 0.5);
        let sum: f32 = weights.iter().sum();
        let masked: f32 =
            weights.chunks(3).zip(is_masked).filter(|(_, m)| *m).flat_map(|(w, _)| w).sum();
        assert!((sum - 0.5).abs() < 1e-6 && (masked - 0.45).abs() < 1e-6, "{sum} {masked}");
        assert!(weights[0] > weights[1] && weights[1] > weights[2]);
    }
}
