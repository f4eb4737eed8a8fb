//! The stages, each from what the ones before left.

use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use serde::Serialize;
use serde_json::Value;

use super::drive::drive;
use super::work::Work;
use super::{
    CodecDecoderJob, CodecJob, InstallJob, Pace, PretrainError, PretrainEvent, PretrainSummary,
    StageJob,
};
use crate::codec::CodecEncoder;
use crate::dataset::files::walk;
use crate::job::CancelToken;
use crate::models::{InstallRequest, Library, ModelFolder};
use crate::pretraining::{
    AutoencoderSettings, AutoencoderTrainer, Checkpoint, CodebookSettings, CodecSettings,
    CodecTrainer, CropSettings, EncoderSettings, EncoderTrainer, LatentCrops, Part, Pool,
    PoolSource, Trainer, codebooks, digest,
};
use crate::tensor::{Kernel, Precision};
use crate::weights::{Settings, Weights};

/// The rate of every model, in Hz.
const RATE_HZ: u32 = 24_000;

/// Learns the codec, then makes its codebooks.
///
/// # Errors
/// There is too little audio, a checkpoint is of other settings, the disk fails, or the job is cancelled, which leaves a
/// checkpoint.
pub fn codec(
    job: &CodecJob,
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<PretrainSummary, PretrainError> {
    let device = job.pace.device.open()?;
    let sources = sources(&job.music, on_event)?;
    let (work, stage) = (Work::create(&job.pace.work)?, CodecTrainer::STAGE);
    let pool = Arc::new(pool(&work, &sources, on_event, cancel)?);
    restart_if_asked(&work, stage, &job.pace)?;
    let from = job.from.as_ref();
    let settings = job.settings.clone();
    let settings = match from {
        Some(model) => settings.going_on_from(model.weights(), model.fingerprint().to_string())?,
        None => settings,
    };
    let path = work.checkpoint(stage);
    let mut trainer = match path.exists() {
        true => {
            let checkpoint = CodecTrainer::read(&path, &device)?;
            same(&checkpoint, &settings, pool.fingerprint(), &path)?;
            CodecTrainer::resumed(checkpoint, Arc::clone(&pool))?
        }
        false => {
            let start = from.map(ModelFolder::weights);
            CodecTrainer::new(settings, start, Arc::clone(&pool), &device).map_err(refused(from))?
        }
    };
    if is_finished(&work, stage, &trainer) {
        return Ok(summary(&work, stage, &trainer, true));
    }
    drive(&mut trainer, (&work, stage), &job.pace, on_event, cancel)?;
    let weights = trainer.weights()?;
    let scope = weights.root().pp("codec.encoder");
    let encoder = CodecEncoder::load(&scope, Kernel::best(Precision::F32))?;
    // Little audio has fewer frames than are wanted; the same frame twice would tell nothing new.
    let n_there = pool.seconds(Part::Training) * f64::from(RATE_HZ) / encoder.hop() as f64;
    let n_frames = job.codebooks.n_frames.min(n_there as usize);
    let settings = CodebookSettings { n_frames, ..job.codebooks };
    let (codebooks, residuals) = codebooks(&encoder, &pool, &settings)?;
    on_event(PretrainEvent::Codebooks { residuals });
    work.finish(stage, &weights.joined([codebooks]))?;
    Ok(summary(&work, stage, &trainer, false))
}

/// Teaches the decoder of a finished codec alone. Latents are what they were, so that the stages that stand on them stay.
///
/// # Errors
/// The codec is not finished, and as [`codec`].
pub fn codec_decoder(
    job: &CodecDecoderJob,
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<PretrainSummary, PretrainError> {
    let device = job.pace.device.open()?;
    let (work, stage) = (Work::open(&job.pace.work)?.locked()?, CodecTrainer::DECODER_STAGE);
    let codec = work.finished(CodecTrainer::STAGE)?;
    let pool = Arc::new(Pool::open(&work.pool())?);
    restart_if_asked(&work, stage, &job.pace)?;
    let settings = job.settings.clone().of_decoder(&codec, digest(&codec))?;
    let path = work.checkpoint(stage);
    let mut trainer = match path.exists() {
        true => {
            let checkpoint = CodecTrainer::read(&path, &device)?;
            of_codec(&checkpoint, &codec, &path)?;
            same(&checkpoint, &settings, pool.fingerprint(), &path)?;
            CodecTrainer::resumed(checkpoint, pool)?
        }
        false => CodecTrainer::new(settings, Some(&codec), pool, &device)?,
    };
    finish(&work, stage, &mut trainer, &job.pace, on_event, cancel)
}

/// Learns the masked encoder on what the codec makes.
///
/// # Errors
/// The codec is not finished, and as [`codec`].
pub fn encoder(
    job: &StageJob<EncoderSettings>,
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<PretrainSummary, PretrainError> {
    let device = job.pace.device.open()?;
    let (work, stage) = (Work::open(&job.pace.work)?.locked()?, EncoderTrainer::STAGE);
    let codec = work.finished(CodecTrainer::STAGE)?;
    let wanted = (&job.crops, job.n_crops);
    let crops = Arc::new(crops(&work, (&codec, &device), wanted, on_event, cancel)?);
    restart_if_asked(&work, stage, &job.pace)?;
    let from = job.from.as_ref();
    let settings = EncoderSettings {
        from: from.map(|model| model.fingerprint().to_string()),
        ..job.settings.clone()
    };
    let path = work.checkpoint(stage);
    let mut trainer = match path.exists() {
        true => {
            let checkpoint = EncoderTrainer::read(&path, &device)?;
            same(&checkpoint, &settings, &EncoderTrainer::data(&crops), &path)?;
            EncoderTrainer::resumed(checkpoint, &codec, crops)?
        }
        false => {
            let start = (&codec, from.map(ModelFolder::weights));
            EncoderTrainer::new(settings, start, crops, &device).map_err(refused(from))?
        }
    };
    finish(&work, stage, &mut trainer, &job.pace, on_event, cancel)
}

/// Learns summarizer and denoiser behind the encoder.
///
/// # Errors
/// Codec or encoder are not finished, and as [`codec`].
pub fn autoencoder(
    job: &StageJob<AutoencoderSettings>,
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<PretrainSummary, PretrainError> {
    let device = job.pace.device.open()?;
    let (work, stage) = (Work::open(&job.pace.work)?.locked()?, AutoencoderTrainer::STAGE);
    let codec = work.finished(CodecTrainer::STAGE)?;
    let frozen = work.finished(EncoderTrainer::STAGE)?;
    let wanted = (&job.crops, job.n_crops);
    let crops = Arc::new(crops(&work, (&codec, &device), wanted, on_event, cancel)?);
    restart_if_asked(&work, stage, &job.pace)?;
    let from = job.from.as_ref();
    let settings = AutoencoderSettings {
        from: from.map(|model| model.fingerprint().to_string()),
        ..job.settings.clone()
    };
    let path = work.checkpoint(stage);
    let mut trainer = match path.exists() {
        true => {
            let checkpoint = AutoencoderTrainer::read(&path, &device)?;
            let data = AutoencoderTrainer::data(&frozen, &crops);
            same(&checkpoint, &settings, &data, &path)?;
            AutoencoderTrainer::resumed(checkpoint, &frozen, crops)?
        }
        false => {
            let start = (&frozen, from.map(ModelFolder::weights));
            AutoencoderTrainer::new(settings, start, crops, &device).map_err(refused(from))?
        }
    };
    finish(&work, stage, &mut trainer, &job.pace, on_event, cancel)
}

/// Puts the stages together as a model of the library. An unfinished last stage is taken as far as its checkpoint is.
///
/// # Errors
/// A stage has not even a checkpoint, the name is taken, or the disk fails.
pub fn install(
    library: &Library,
    job: &InstallJob,
    cancel: &CancelToken,
) -> Result<ModelFolder, PretrainError> {
    let (work, stage) = (Work::open(&job.work)?, AutoencoderTrainer::STAGE);
    let path = work.checkpoint(stage);
    if !path.is_file() {
        return Err(PretrainError::Unfinished { stage, path: job.work.clone() });
    }
    let checkpoint = AutoencoderTrainer::read(&path, &Device::Cpu)?;
    let settings = &checkpoint.settings;
    let (frozen, codec) =
        (work.finished(EncoderTrainer::STAGE)?, work.finished(CodecTrainer::STAGE)?);
    let decoder = decoder(&work, &codec)?;
    let heads = (settings.encoder_heads, settings.summarizer.n_heads);
    let crops = LatentCrops::settings_of(&work.latents())?;
    let averages = AutoencoderTrainer::averages(&checkpoint)?;
    let settings = Settings {
        encoder_heads: heads.0,
        heads: heads.1,
        segment_seconds: crops.crop_samples as f64 / f64::from(RATE_HZ),
    };
    let request = InstallRequest {
        weights: codec.joined(decoder.into_iter().chain([frozen, averages])),
        settings,
        name: &job.name,
        precision: job.precision,
        license: job.license.as_deref(),
        replace: job.replace,
    };
    Ok(library.install(&request, cancel)?)
}

/// The decoder that was taught alone, if one was.
fn decoder(work: &Work, codec: &Weights) -> Result<Option<Weights>, PretrainError> {
    let stage = CodecTrainer::DECODER_STAGE;
    let path = work.checkpoint(stage);
    if !path.is_file() {
        return Ok(None);
    }
    of_codec(&CodecTrainer::read(&path, &Device::Cpu)?, codec, &path)?;
    work.finished(stage).map(Some)
}

/// Whether what was learned of a codec's decoder was learned of this codec.
fn of_codec(
    checkpoint: &Checkpoint<CodecSettings>,
    codec: &Weights,
    path: &Path,
) -> Result<(), PretrainError> {
    let (found, wanted) = (checkpoint.settings.from.clone().unwrap_or_default(), digest(codec));
    match found == wanted {
        true => Ok(()),
        false => Err(PretrainError::OtherData { found, wanted, path: path.to_owned() }),
    }
}

fn finish(
    work: &Work,
    stage: &str,
    trainer: &mut impl Trainer,
    pace: &Pace,
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<PretrainSummary, PretrainError> {
    if is_finished(work, stage, trainer) {
        return Ok(summary(work, stage, trainer, true));
    }
    drive(trainer, (work, stage), pace, on_event, cancel)?;
    work.finish(stage, &trainer.weights()?)?;
    Ok(summary(work, stage, trainer, false))
}

fn is_finished(work: &Work, stage: &str, trainer: &impl Trainer) -> bool {
    trainer.n_steps() >= trainer.n_steps_wanted() && work.weights(stage).is_file()
}

fn summary(
    work: &Work,
    stage: &str,
    trainer: &impl Trainer,
    was_finished: bool,
) -> PretrainSummary {
    PretrainSummary {
        n_steps: trainer.n_steps(),
        last: trainer.history().last().cloned(),
        was_finished,
        weights: work.weights(stage),
    }
}

/// What a training says that cannot begin: if it was to begin with a model, that model does not fit.
fn refused(from: Option<&ModelFolder>) -> impl Fn(candle_core::Error) -> PretrainError {
    move |reason| match from {
        Some(model) => PretrainError::From { reason, model: model.name().to_owned() },
        None => PretrainError::Compute(reason),
    }
}

fn restart_if_asked(work: &Work, stage: &str, pace: &Pace) -> Result<(), PretrainError> {
    if pace.restart { work.restart(stage) } else { Ok(()) }
}

/// Every audio file below a folder; what cannot be looked at is told.
fn sources(
    music: &Path,
    on_event: &mut dyn FnMut(PretrainEvent),
) -> Result<Vec<PoolSource>, PretrainError> {
    if !music.is_dir() {
        return Err(PretrainError::NoFolder { path: music.to_owned() });
    }
    let found = walk(music);
    for problem in &found.problems {
        let warning = format!("{}: {}", problem.reason, problem.path.display());
        on_event(PretrainEvent::Warning(warning));
    }
    let sources: Vec<PoolSource> = found
        .audio
        .into_iter()
        .map(|file| {
            let n_bytes = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
            PoolSource { id: file.id, path: file.path, n_bytes }
        })
        .collect();
    if sources.is_empty() {
        return Err(PretrainError::NoAudio { path: music.to_owned() });
    }
    Ok(sources)
}

fn pool(
    work: &Work,
    sources: &[PoolSource],
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<Pool, PretrainError> {
    let n_files = sources.len();
    let mut told = |n_done| on_event(PretrainEvent::Decoded { n_done, n_files });
    let pool = Pool::of(&work.pool(), sources, RATE_HZ, &mut told, cancel)?;
    let skipped = pool.skipped().iter();
    work.write_skipped(skipped.map(|file| (file.path.as_path(), file.reason.as_str())))?;
    for file in pool.skipped() {
        let warning = format!("left out ({}): {}", file.reason, file.path.display());
        on_event(PretrainEvent::Warning(warning));
    }
    on_event(PretrainEvent::Pool {
        n_tracks: [Part::Training, Part::HeldOut].map(|part| pool.n_tracks(part)),
        seconds: [Part::Training, Part::HeldOut].map(|part| pool.seconds(part)),
        n_skipped: pool.skipped().len(),
    });
    Ok(pool)
}

fn crops(
    work: &Work,
    (codec, device): (&Weights, &Device),
    (settings, n_training): (&CropSettings, Option<usize>),
    on_event: &mut dyn FnMut(PretrainEvent),
    cancel: &CancelToken,
) -> Result<LatentCrops, PretrainError> {
    let pool = Pool::open(&work.pool())?;
    let there = || Some(LatentCrops::settings_of(&work.latents()).ok()?.n_training);
    let n_training = n_training.or_else(there).unwrap_or(settings.n_training);
    let settings = &CropSettings { n_training, ..settings.clone() };
    let n_crops = n_training + settings.n_held_out;
    let mut told = |n_done| on_event(PretrainEvent::Latents { n_done, n_crops });
    Ok(LatentCrops::of(&work.latents(), (codec, device), &pool, settings, &mut told, cancel)?)
}

/// Whether a checkpoint is of these settings and of this data.
fn same<S: Serialize>(
    checkpoint: &Checkpoint<S>,
    wanted: &S,
    data: &str,
    path: &Path,
) -> Result<(), PretrainError> {
    let plain = |settings: &S| serde_json::to_value(settings).unwrap_or(Value::Null);
    if let Some((name, found, wanted)) =
        first_difference("", &plain(&checkpoint.settings), &plain(wanted))
    {
        return Err(PretrainError::OtherSettings { name, found, wanted, path: path.to_owned() });
    }
    if checkpoint.data != data {
        return Err(PretrainError::OtherData {
            found: checkpoint.data.clone(),
            wanted: data.to_owned(),
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// The first place where two settings differ: its name, and both values.
fn first_difference(name: &str, a: &Value, b: &Value) -> Option<(String, String, String)> {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => x.iter().find_map(|(key, value)| {
            let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            first_difference(&name, value, y.get(key).unwrap_or(&Value::Null))
        }),
        _ if a == b => None,
        _ => Some((name.to_owned(), a.to_string(), b.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_setting_that_differs_is_named_with_both_values() {
        let a = json!({ "seed": 1, "sizes": { "latent": 64, "strides": [4, 5] } });
        assert_eq!(first_difference("", &a, &a), None);
        let b = json!({ "seed": 1, "sizes": { "latent": 64, "strides": [4, 8] } });
        let found = first_difference("", &a, &b).unwrap();
        assert_eq!(found, ("sizes.strides".to_owned(), "[4,5]".to_owned(), "[4,8]".to_owned()));
    }
}
