//! An audio file → what the model makes of it.
//!
//! ```text
//! file ──▶ segments ──▶ latents ──────────────────────────────────▶ codec decoder ──▶ WAV     through the codec
//!                          └──▶ z ──▶ sampler, from seeded noise ──┘                          through z
//! ```
//!
//! One batch of segments is in memory at a time, so an hour takes no more than a minute does.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::damage::DamagedModel;
use super::output::{OutputError, check_file};
use super::synthesizer::{SynthesisError, Synthesizer, check_decoder};
use crate::audio::{
    AudioError, Segment, SegmentPlan, SegmentReader, TailPolicy, WavFormat, WavStream, read_part,
    write_wav, write_wav_in_pieces,
};
use crate::autoencoder::Embedder;
use crate::codec::{CodecDecoder, CodecEncoder};
use crate::decoder::SamplerConfig;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::tensor::{Kernel, Precision};
use crate::weights::StoreError;

/// How far into the model a sound goes before it comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Through {
    /// To z: one vector a segment, and back by the sampler.
    Z {
        /// How latents are sampled.
        sampler: SamplerConfig,
        /// The first segment's noise; each further segment has the next seed.
        seed: u64,
    },
    /// To the codec's latents only: the best that the model's sound can be.
    Codec,
}

/// What to reconstruct, and where to.
#[derive(Debug, Clone)]
pub struct ReconstructJob {
    /// The audio file.
    pub source: PathBuf,
    /// The WAV file to write; its name ends in `.wav`.
    pub output: PathBuf,
    /// The way.
    pub through: Through,
    /// How samples are stored.
    pub format: WavFormat,
    /// Segments computed together.
    pub n_batch: NonZeroUsize,
}

/// How far a reconstruction has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReconstructProgress {
    /// Audio written, in seconds.
    pub seconds_done: f64,
    /// Audio in all, in seconds, where the file states it.
    pub seconds: Option<f64>,
    /// Audio of the batch at hand, in seconds.
    pub seconds_in_batch: f64,
    /// Steps of the sampler done for that batch, of how many; of 0 through the codec, which has none.
    pub step: (usize, usize),
}

impl ReconstructProgress {
    /// The part of the work that is done, from 0 to 1; 0 throughout if the file does not state its length.
    pub fn fraction(&self) -> f64 {
        let (step, n_steps) = self.step;
        // What follows the last step, decoding and writing, counts as one more.
        let under_way = self.seconds_in_batch * step as f64 / (n_steps + 1) as f64;
        let done = self.seconds_done + under_way;
        self.seconds.map_or(0.0, |seconds| (done / seconds.max(1e-9)).min(1.0))
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reconstruction {
    /// Samples at the model's rate: as many as the source has at that rate.
    pub n_samples: u64,
    /// Its length, in seconds.
    pub seconds: f64,
    /// Segments it was made of.
    pub n_segments: usize,
    /// Samples beyond [-1, 1], which 16 bits cannot hold.
    pub n_clipped: u64,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconstructError {
    /// Players would not know what the file is.
    #[error("sound is written as WAV, so the name of the output ends in .wav: {}", path.display())]
    OutputName {
        /// The output.
        path: PathBuf,
    },
    /// The source would be lost.
    #[error("the output would replace the source, choose another -o: {}", path.display())]
    Overwrite {
        /// Both.
        path: PathBuf,
    },
    /// The output has no folder to lie in.
    #[error(transparent)]
    Place(#[from] OutputError),
    /// The source cannot be read, or the output not be written.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The model cannot make sound.
    #[error(transparent)]
    Synthesis(#[from] SynthesisError),
    /// A part has nowhere to lie.
    #[error("there is no place for temporary files ({source}), free some space or set TMPDIR")]
    Temporary {
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody asked to stop.
    #[error("stopped after {seconds_done:.1} s of sound; nothing was written")]
    Cancelled {
        /// Audio made by then, in seconds.
        seconds_done: f64,
    },
}

impl From<StoreError> for ReconstructError {
    fn from(error: StoreError) -> Self {
        Self::Synthesis(error.into())
    }
}

impl From<candle_core::Error> for ReconstructError {
    fn from(error: candle_core::Error) -> Self {
        Self::Synthesis(error.into())
    }
}

/// Sends a file through the model and writes what comes back, sample for sample as long as the source.
///
/// # Errors
/// The source cannot be read, the model lacks its codec decoder, the output cannot be written, or the run is cancelled;
/// no output is then left.
pub fn reconstruct(
    job: &ReconstructJob,
    model: &ModelFolder,
    precision: Precision,
    on_progress: &mut dyn FnMut(ReconstructProgress),
    cancel: &CancelToken,
) -> Result<Reconstruction, ReconstructError> {
    job.check_names()?;
    check_decoder(model)?;
    let architecture = model.architecture();
    let rate_hz = architecture.sample_rate_hz;
    let plan = SegmentPlan {
        sample_rate_hz: rate_hz,
        segment_samples: architecture.segment_samples,
        hop_samples: architecture.codec.hop,
        // The silence after the end is heard, comes back as silence, and is cut off again.
        tail: TailPolicy::Pad,
    };
    let segments = SegmentReader::open(&job.source, &plan)?;
    let info = segments.audio().info();
    let seconds = info.n_frames.map(|n| n as f64 / f64::from(info.sample_rate_hz));
    let way = Way::load(job.through, model, precision)?;
    let mut run = Run { job, model, way, rate_hz, seconds, n_segments: 0, on_progress, cancel };
    let mut done = None;
    write_wav_in_pieces(&job.output, rate_hz, job.format, |file| {
        run.write_all(segments, file)?;
        done = Some((file.n_samples(), file.n_clipped()));
        Ok::<_, ReconstructError>(())
    })?;
    let (n_samples, n_clipped) = done.unwrap_or_default();
    let seconds = n_samples as f64 / f64::from(rate_hz);
    Ok(Reconstruction { n_samples, seconds, n_segments: run.n_segments, n_clipped })
}

/// Sends what lies between two moments of a file, in seconds, through z and back, as [`reconstruct`] does with a file.
///
/// # Errors
/// As [`reconstruct`]; or there is no folder for temporary files.
pub fn reconstruct_part(
    job: &ReconstructJob,
    ends_s: (f64, f64),
    model: &ModelFolder,
    precision: Precision,
    on_progress: &mut dyn FnMut(ReconstructProgress),
    cancel: &CancelToken,
) -> Result<Reconstruction, ReconstructError> {
    let part = read_part(&job.source, model.architecture().sample_rate_hz, ends_s)?;
    let folder = tempfile::tempdir().map_err(|source| ReconstructError::Temporary { source })?;
    let source = folder.path().join("part.wav");
    write_wav(&source, &part, WavFormat::Float32)?;
    let job = ReconstructJob { source, ..job.clone() };
    reconstruct(&job, model, precision, on_progress, cancel)
}

impl ReconstructJob {
    fn check_names(&self) -> Result<(), ReconstructError> {
        let path = self.output.clone();
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav")) {
            return Err(ReconstructError::OutputName { path });
        }
        let real = |path: &Path| path.canonicalize().ok();
        if real(&self.output).is_some_and(|output| real(&self.source) == Some(output)) {
            return Err(ReconstructError::Overwrite { path });
        }
        Ok(check_file(&self.output)?)
    }
}

/// The networks that a way needs.
#[derive(Debug)]
enum Way {
    Z { embedder: Box<Embedder>, synthesizer: Box<Synthesizer>, sampler: SamplerConfig, seed: u64 },
    Codec { encoder: Box<CodecEncoder>, decoder: Box<CodecDecoder> },
}

impl Way {
    fn load(
        through: Through,
        model: &ModelFolder,
        precision: Precision,
    ) -> Result<Self, ReconstructError> {
        let (kernel, root) = (Kernel::best(precision), model.weights().root());
        Ok(match through {
            Through::Z { sampler, seed } => {
                let settings = model.architecture().settings();
                let embedder = Embedder::load(model.weights(), &settings, kernel)?;
                let synthesizer = Synthesizer::load(model, precision, &sampler)?;
                let (embedder, synthesizer) = (Box::new(embedder), Box::new(synthesizer));
                Self::Z { embedder, synthesizer, sampler, seed }
            }
            Through::Codec => Self::Codec {
                encoder: Box::new(CodecEncoder::load(&root.pp("codec.encoder"), kernel)?),
                decoder: Box::new(CodecDecoder::load(&root.pp("codec.decoder"), kernel)?),
            },
        })
    }

    /// Steps of the sampler a batch.
    fn n_steps(&self) -> usize {
        match self {
            Self::Z { sampler, .. } => sampler.steps_in_all(),
            Self::Codec { .. } => 0,
        }
    }

    /// One sound a segment; `None` if `on_step` broke off.
    fn render(
        &self,
        batch: &[Segment],
        on_step: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Vec<f32>>>, SynthesisError> {
        let samples: Vec<f32> = batch.iter().flat_map(|s| &s.samples).copied().collect();
        let pcm = Tensor::from_vec(samples, (batch.len(), batch[0].samples.len()), &Device::Cpu)?;
        match self {
            Self::Z { embedder, synthesizer, sampler, seed } => {
                let visible: Vec<_> = batch.iter().map(|segment| segment.visible_samples).collect();
                let z = embedder.z(&pcm, &visible)?.to_vec2::<f32>()?;
                let z: Vec<&[f32]> = z.iter().map(Vec::as_slice).collect();
                let draw = |s: &Segment| synthesizer.shape.draw(*seed, s.index as u64);
                let noise = batch.iter().map(draw).collect::<candle_core::Result<Vec<_>>>()?;
                synthesizer.render(&z, &noise, *sampler, on_step)
            }
            Self::Codec { encoder, decoder } => {
                Ok(Some(decoder.decode(&encoder.encode(&pcm)?)?.to_vec2()?))
            }
        }
    }
}

/// A reconstruction under way.
struct Run<'a> {
    job: &'a ReconstructJob,
    model: &'a ModelFolder,
    way: Way,
    rate_hz: u32,
    seconds: Option<f64>,
    n_segments: usize,
    on_progress: &'a mut dyn FnMut(ReconstructProgress),
    cancel: &'a CancelToken,
}

impl Run<'_> {
    fn write_all(
        &mut self,
        mut segments: SegmentReader,
        file: &mut WavStream<'_>,
    ) -> Result<(), ReconstructError> {
        loop {
            let batch: Vec<Segment> =
                segments.by_ref().take(self.job.n_batch.get()).collect::<Result<_, _>>()?;
            if batch.is_empty() {
                // Whatever the file states, this is all of it.
                let seconds = file.n_samples() as f64 / f64::from(self.rate_hz);
                let (seconds_in_batch, step) = (0.0, (0, self.way.n_steps()));
                (self.on_progress)(ReconstructProgress {
                    seconds_done: seconds,
                    seconds: Some(seconds),
                    seconds_in_batch,
                    step,
                });
                return Ok(());
            }
            self.write_batch(&batch, file)?;
        }
    }

    fn write_batch(
        &mut self,
        batch: &[Segment],
        file: &mut WavStream<'_>,
    ) -> Result<(), ReconstructError> {
        let seconds_of = |n_samples: u64| n_samples as f64 / f64::from(self.rate_hz);
        let n_samples = batch.iter().map(|segment| segment.true_samples as u64).sum();
        let (n_steps, cancel) = (self.way.n_steps(), self.cancel);
        let progress = ReconstructProgress {
            seconds_done: seconds_of(file.n_samples()),
            seconds: self.seconds,
            seconds_in_batch: seconds_of(n_samples),
            step: (0, n_steps),
        };
        let tell = &mut self.on_progress;
        let on_step = |step: usize| {
            tell(ReconstructProgress { step: (step, n_steps), ..progress });
            cancel.control_flow()
        };
        let sounds = self.way.render(batch, on_step)?;
        let (Some(sounds), false) = (sounds, cancel.is_cancelled()) else {
            return Err(ReconstructError::Cancelled { seconds_done: progress.seconds_done });
        };
        if !sounds.iter().flatten().all(|sample| sample.is_finite()) {
            DamagedModel::check(self.model).map_err(SynthesisError::from)?;
        }
        for (segment, sound) in batch.iter().zip(&sounds) {
            file.write(sound.get(..segment.true_samples).unwrap_or(sound))?;
        }
        self.n_segments += batch.len();
        let seconds_done = seconds_of(file.n_samples());
        (self.on_progress)(ReconstructProgress { seconds_done, seconds_in_batch: 0.0, ..progress });
        Ok(())
    }
}
