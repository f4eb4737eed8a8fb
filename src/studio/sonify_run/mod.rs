//! A run's prototypes → WAV files in `sounds/` of its folder, and whether the model hears in them what it should.
//!
//! ```text
//! classifier ─ adapted, de-normalized prototypes ─ z ──┐
//!                                                      ├─▶ CLASS_INDEX_takeT.wav ─ (check) ─▶ z ─▶ class, probability, distance
//! seed + take ─ noise, the same for all prototypes ────┘
//! ```
//!
//! A take has the same noise for all prototypes, so what differs between the sounds of a take is the prototypes, and what differs
//! between the takes of a prototype is chance. With several candidates each take draws as many, from noises that again are the
//! same for all prototypes, and keeps the one that the run hears as most similar to its prototype. Sounds are kept by what decides them; only
//! what is not there is rendered.

mod candidates;
mod check;
mod error;
mod folder;
mod names;
mod record;
mod wanted;

use std::num::NonZeroUsize;

use candle_core::Tensor;

pub use error::SonifyRunError;
pub use folder::sounds_of;
pub use record::{Check, Made, Sound, SoundsRecord};

use self::candidates::{Listener, candidate_seed};
use self::check::check;
use self::folder::SoundsFolder;
use self::wanted::{Wanted, choose};
use super::level::Level;
use super::rendering::RenderError;
use super::sonify::SonifyProgress;
use super::synthesizer::{NoiseShape, Synthesizer, check_decoder};
use crate::audio::{WavFormat, Waveform, write_wav};
use crate::decoder::SamplerConfig;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::runs::RunFolder;
use crate::tensor::Precision;

/// Candidates where nobody says how many: each costs as much time as the first.
pub const CANDIDATES: NonZeroUsize = NonZeroUsize::MIN;

/// What to render, and how.
#[derive(Debug, Clone)]
pub struct SonifyRunJob {
    /// Names of prototypes or classes; none for every prototype that is enabled.
    pub only: Vec<String>,
    /// Sounds of each prototype; take t has seed `seed + t`.
    pub n_takes: NonZeroUsize,
    /// Seed of the first take.
    pub seed: u64,
    /// How latents are sampled.
    pub sampler: SamplerConfig,
    /// Sounds that are drawn for each one that is kept.
    pub n_candidates: NonZeroUsize,
    /// Sounds computed together.
    pub n_batch: NonZeroUsize,
    /// Also embeds each sound again, to see what the model hears in it.
    pub check: bool,
}

/// What a rendering tells while it goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SonifyRunEvent {
    /// Sounds are being rendered.
    Render(SonifyProgress),
    /// Sounds are being embedded again.
    Check {
        /// Sounds done.
        n_done: usize,
        /// Sounds to be checked.
        n_items: usize,
    },
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub struct SonifiedRun {
    /// The sounds that were asked for, by prototype and take.
    pub sounds: Vec<Sound>,
    /// How many of them were there already.
    pub n_kept: usize,
    /// Prototypes that they belong to.
    pub n_prototypes: usize,
    /// Length of each, in seconds.
    pub seconds_each: f64,
}

/// Renders a run's prototypes.
///
/// # Errors
/// The run has no classifier, the model is another one or lacks its codec decoder, a name is unknown, a file cannot be
/// written, somebody else is rendering the same run, or the job is cancelled; finished sounds then stay.
pub fn sonify_run(
    run: &RunFolder,
    job: &SonifyRunJob,
    model: &ModelFolder,
    precision: Precision,
    on_event: &mut dyn FnMut(SonifyRunEvent),
    cancel: &CancelToken,
) -> Result<SonifiedRun, SonifyRunError> {
    check_decoder(model).map_err(RenderError::from)?;
    let classifier = run.classifier()?;
    let (expected, found) =
        (&classifier.embeddings().model_fingerprint, model.fingerprint().to_string());
    if *expected != found {
        let (expected, name) = (expected.clone(), model.name().to_owned());
        return Err(SonifyRunError::OtherModel { expected, name, found });
    }
    let architecture = model.architecture();
    let made = Made {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        model: model.name().to_owned(),
        model_fingerprint: found,
        precision: precision.to_string(),
        sampler: job.sampler,
        seed: job.seed,
        n_candidates: job.n_candidates,
        sample_rate_hz: architecture.sample_rate_hz,
        n_samples: architecture.segment_samples,
    };
    let wanted = choose(&classifier, &job.only, job.n_takes.get(), &made)?;
    let mut folder = SoundsFolder::open(run, &classifier, &wanted)?;
    let missing: Vec<&Wanted> = wanted.iter().filter(|sound| !folder.holds(sound)).collect();
    let n_kept = wanted.len() - missing.len();
    if !missing.is_empty() {
        let synthesizer =
            Synthesizer::load(model, precision, &job.sampler).map_err(RenderError::from)?;
        let listener = match job.n_candidates.get() {
            1 => None,
            _ => Some(Listener::load(model, precision, &classifier).map_err(RenderError::from)?),
        };
        let (on_event, n_items) = (&mut *on_event, wanted.len());
        let mut rendering = Rendering {
            job,
            synthesizer,
            listener,
            folder: &mut folder,
            n_done: n_kept,
            n_items,
            on_event,
            cancel,
        };
        rendering.render_all(&missing)?;
    }
    if job.check {
        check(&classifier, &mut folder, &wanted, model, on_event, cancel)?;
    }
    let mut prototypes: Vec<_> = wanted.iter().map(|sound| sound.row).collect();
    prototypes.sort_unstable();
    prototypes.dedup();
    Ok(SonifiedRun {
        sounds: folder.sounds(&wanted),
        n_kept,
        n_prototypes: prototypes.len(),
        seconds_each: architecture.segment_samples as f64 / f64::from(architecture.sample_rate_hz),
    })
}

/// A sound of a wanted one's candidates: which of them, and its samples.
type Kept = (usize, Vec<f32>);

/// A rendering under way.
struct Rendering<'a> {
    job: &'a SonifyRunJob,
    synthesizer: Synthesizer,
    /// Where there are candidates to choose from.
    listener: Option<Listener<'a>>,
    folder: &'a mut SoundsFolder,
    n_done: usize,
    n_items: usize,
    on_event: &'a mut dyn FnMut(SonifyRunEvent),
    cancel: &'a CancelToken,
}

impl Rendering<'_> {
    /// First takes first, so that soon there is something to hear of each prototype.
    fn render_all(&mut self, missing: &[&Wanted]) -> Result<(), SonifyRunError> {
        // Candidates count, so that memory stays what it is without them.
        let n_batch = (self.job.n_batch.get() / self.job.n_candidates).max(1);
        for batch in missing.chunks(n_batch) {
            let Some(sounds) = self.render(batch)? else {
                let (n_done, n_items) = (self.n_done, self.n_items);
                return Err(RenderError::Cancelled { n_done, n_items }.into());
            };
            for (wanted, (candidate, samples)) in batch.iter().zip(sounds) {
                let level = Level::of(&samples, wanted.made.sample_rate_hz);
                let path = self.folder.path_of(wanted);
                let sample_rate_hz = wanted.made.sample_rate_hz;
                write_wav(&path, &Waveform { samples, sample_rate_hz }, WavFormat::Float32)
                    .map_err(RenderError::from)?;
                self.folder.add(wanted, candidate, level)?;
            }
            self.folder.write()?;
            self.n_done += batch.len();
            self.tell(0, 0);
        }
        Ok(())
    }

    /// One sound an entry of the batch, and which candidate it is; `None` if somebody asked to stop.
    fn render(&mut self, batch: &[&Wanted]) -> Result<Option<Vec<Kept>>, SonifyRunError> {
        if self.cancel.is_cancelled() {
            return Ok(None);
        }
        let (shape, n_candidates): (NoiseShape, usize) =
            (self.synthesizer.shape, self.job.n_candidates.get());
        let z: Vec<&[f32]> = batch.iter().map(|wanted| wanted.z.as_slice()).collect();
        let noise = batch.iter().flat_map(|wanted| {
            let seed = |candidate| candidate_seed(wanted.made.seed, candidate);
            (0..n_candidates).map(move |candidate| shape.draw(seed(candidate), 0))
        });
        let noise: Vec<Tensor> =
            noise.collect::<candle_core::Result<_>>().map_err(RenderError::from)?;
        let (n_done, n_items, n_batch) = (self.n_done, self.n_items, batch.len());
        let (on_event, cancel, n_steps) =
            (&mut self.on_event, self.cancel, self.job.sampler.steps_in_all());
        let on_step = |step| {
            let step = (step, n_steps);
            on_event(SonifyRunEvent::Render(SonifyProgress { n_done, n_items, n_batch, step }));
            cancel.control_flow()
        };
        let all: Vec<&[f32]> =
            z.iter().flat_map(|z| std::iter::repeat_n(*z, n_candidates)).collect();
        let sounds = self
            .synthesizer
            .render(&all, &noise, self.job.sampler, on_step)
            .map_err(RenderError::from)?;
        let Some(mut sounds) = sounds else { return Ok(None) };
        let rows: Vec<usize> = batch.iter().map(|wanted| wanted.row).collect();
        let chosen = match &self.listener {
            None => vec![0; rows.len()],
            Some(listener) => listener.nearest(&sounds, &rows)?,
        };
        let kept = |(i, candidate): (usize, usize)| {
            (candidate, std::mem::take(&mut sounds[i * n_candidates + candidate]))
        };
        Ok(Some(chosen.into_iter().enumerate().map(kept).collect()))
    }

    fn tell(&mut self, step: usize, n_batch: usize) {
        let (n_done, n_items) = (self.n_done, self.n_items);
        let step = (step, self.job.sampler.steps_in_all());
        let progress = SonifyProgress { n_done, n_items, n_batch, step };
        (self.on_event)(SonifyRunEvent::Render(progress));
    }
}
