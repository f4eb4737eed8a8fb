//! Vectors z → one WAV file each, and the record of how they were made.
//!
//! A sound is decided by its z, its noise and the settings alone: neither the batch it was computed in nor the other sounds
//! of the run change a byte of it. Finished sounds stay when a run is cancelled, and the same run goes on after them.

mod error;
mod folder;
mod input;
mod record;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use candle_core::Tensor;

pub use error::SonifyError;
use folder::OutputFolder;
use input::{Noise, Vectors};
pub use record::{
    ArrayFile, ModelIdentity, NoiseOrigin, SonifiedItem, SonifyRecord, SonifySettings,
};

use super::level::Level;
use super::output::check_folder;
use super::rendering::{RenderError, digest};
use super::synthesizer::{NoiseShape, Synthesizer, check_decoder, item_seed};
use crate::audio::{WavFormat, Waveform, write_wav};
use crate::decoder::SamplerConfig;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::tensor::Precision;

/// What to make sound, and where to.
#[derive(Debug, Clone)]
pub struct SonifyJob {
    /// A `.npy` file of one z, `[feature]`, or several, `[item, feature]`.
    pub z: PathBuf,
    /// The folder for `NNN.wav` and `sonify.json`; it is made if need be, the one above it is not.
    pub output: PathBuf,
    /// How latents are sampled.
    pub sampler: SamplerConfig,
    /// What they are sampled from.
    pub noise: NoiseSource,
    /// Sounds computed together.
    pub n_batch: NonZeroUsize,
    /// Whether sounds of another run may be replaced.
    pub overwrite: bool,
}

/// Where the noise comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoiseSource {
    /// Drawn: item `i` has seed `seed + i`.
    Seed(u64),
    /// A `.npy` file: `[frame, latent]` for all items or `[item, frame, latent]`.
    File(PathBuf),
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SonifyProgress {
    /// Sounds written or found written.
    pub n_done: usize,
    /// Sounds of the run.
    pub n_items: usize,
    /// Sounds of the batch at hand.
    pub n_batch: usize,
    /// Steps of the sampler done for the batch at hand, of how many.
    pub step: (usize, usize),
}

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct Sonified {
    /// Everything about the sounds in the folder, as `sonify.json` says it.
    pub record: SonifyRecord,
    /// Sounds that an earlier run had finished.
    pub n_kept: usize,
    /// Length of each, in seconds.
    pub seconds_each: f64,
}

/// Makes one sound for each z.
///
/// # Errors
/// The vectors or the noise do not fit the model, the model lacks its codec decoder, the folder holds other sounds, a file
/// cannot be written, or the run is cancelled.
pub fn sonify(
    job: &SonifyJob,
    model: &ModelFolder,
    precision: Precision,
    on_progress: &mut dyn FnMut(SonifyProgress),
    cancel: &CancelToken,
) -> Result<Sonified, SonifyError> {
    check_folder(&job.output)?;
    check_decoder(model).map_err(RenderError::from)?;
    let architecture = model.architecture();
    let shape = NoiseShape::of(architecture);
    let vectors = Vectors::read(&job.z, model)?;
    let noise = Noise::read(&job.noise, shape, vectors.n_items)?;
    let settings = SonifySettings {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        model: ModelIdentity {
            name: model.name().to_owned(),
            fingerprint: model.fingerprint().to_string(),
            precision: precision.to_string(),
        },
        sampler: job.sampler,
        noise: noise.origin.clone(),
        z: vectors.file.clone(),
        sample_rate_hz: architecture.sample_rate_hz,
        n_samples: architecture.segment_samples,
    };
    let folder = OutputFolder::open(&job.output, settings, vectors.n_items, job.overwrite)?;
    let n_kept = folder.n_done();
    let synthesizer =
        Synthesizer::load(model, precision, &job.sampler).map_err(RenderError::from)?;
    let mut run = Run { job, vectors, noise, folder, synthesizer, on_progress, cancel };
    run.render_all()?;
    Ok(Sonified {
        record: run.folder.record,
        n_kept,
        seconds_each: architecture.segment_samples as f64 / f64::from(architecture.sample_rate_hz),
    })
}

/// A run under way.
struct Run<'a> {
    job: &'a SonifyJob,
    vectors: Vectors,
    noise: Noise,
    folder: OutputFolder,
    synthesizer: Synthesizer,
    on_progress: &'a mut dyn FnMut(SonifyProgress),
    cancel: &'a CancelToken,
}

impl Run<'_> {
    fn render_all(&mut self) -> Result<(), RenderError> {
        let missing: Vec<usize> =
            (0..self.vectors.n_items).filter(|item| !self.folder.holds(*item)).collect();
        for batch in missing.chunks(self.job.n_batch.get()) {
            let Some(sounds) = self.render(batch)? else {
                let (n_done, n_items) = (self.folder.n_done(), self.vectors.n_items);
                return Err(RenderError::Cancelled { n_done, n_items });
            };
            self.keep(batch, sounds)?;
        }
        if missing.is_empty() {
            self.tell_done();
        }
        Ok(())
    }

    /// One sound an item of the batch; `None` if somebody asked to stop.
    fn render(&mut self, batch: &[usize]) -> Result<Option<Vec<Vec<f32>>>, RenderError> {
        let (n_done, n_items) = (self.folder.n_done(), self.vectors.n_items);
        let (n_batch, n_steps) = (batch.len(), self.job.sampler.steps_in_all());
        let z: Vec<&[f32]> = batch.iter().map(|item| self.vectors.row(*item)).collect();
        let noise = batch.iter().map(|item| self.noise.of(*item));
        let noise: Vec<Tensor> = noise.collect::<candle_core::Result<_>>()?;
        let (tell, cancel) = (&mut self.on_progress, self.cancel);
        let on_step = |step| {
            tell(SonifyProgress { n_done, n_items, n_batch, step: (step, n_steps) });
            cancel.control_flow()
        };
        if cancel.is_cancelled() {
            return Ok(None);
        }
        Ok(self.synthesizer.render(&z, &noise, self.job.sampler, on_step)?)
    }

    /// Writes the sounds of a batch, then the record of them.
    fn keep(&mut self, batch: &[usize], sounds: Vec<Vec<f32>>) -> Result<(), RenderError> {
        let sample_rate_hz = self.folder.record.settings.sample_rate_hz;
        for (&index, samples) in batch.iter().zip(sounds) {
            let file = self.folder.file_name(index);
            let path = self.folder.path().join(&file);
            let Level { lufs, gain_db, peak } = Level::of(&samples, sample_rate_hz);
            write_wav(&path, &Waveform { samples, sample_rate_hz }, WavFormat::Float32)?;
            let seed = match self.noise.origin {
                NoiseOrigin::Seed(seed) => Some(item_seed(seed, index as u64)),
                NoiseOrigin::File(_) => None,
            };
            let sha256 = digest(&path)?.unwrap_or_default();
            self.folder.add(SonifiedItem { index, file, seed, sha256, lufs, gain_db, peak });
        }
        self.folder.write_record()?;
        self.tell_done();
        Ok(())
    }

    fn tell_done(&mut self) {
        let (n_done, n_items) = (self.folder.n_done(), self.vectors.n_items);
        let step = (0, self.job.sampler.steps_in_all());
        (self.on_progress)(SonifyProgress { n_done, n_items, n_batch: 0, step });
    }
}

impl SonifyProgress {
    /// The part of the work that is done, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        let (step, n_steps) = self.step;
        // What follows the last step, decoding and writing, counts as one more.
        let under_way = self.n_batch as f64 * step as f64 / (n_steps + 1) as f64;
        (self.n_done as f64 + under_way) / self.n_items.max(1) as f64
    }
}
