//! What is still missing before every prototype can be heard, and was heard again.

use std::num::NonZeroUsize;

use super::HtmlError;
use crate::classifier::Classifier;
use crate::decoder::SamplerConfig;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::runs::RunFolder;
use crate::studio::RunModelError;
use crate::studio::sonify_run::{
    CANDIDATES, Made, SonifyRunError, SonifyRunEvent, SonifyRunJob, Sound, sonify_run, sounds_of,
};
use crate::tensor::Precision;

/// Sounds computed together.
const BATCH: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Renders a first sound of every enabled prototype that has none, and has the model hear those that it has not heard with this
/// classifier. Sounds that are there stay as they are. The model is opened only where it is needed.
pub(super) fn complete(
    run: &RunFolder,
    classifier: &Classifier,
    precision: Precision,
    open: &dyn Fn() -> Result<ModelFolder, RunModelError>,
    on_event: &mut dyn FnMut(SonifyRunEvent),
    cancel: &CancelToken,
) -> Result<(), HtmlError> {
    let batches = batches(run, classifier)?;
    if batches.is_empty() {
        return Ok(());
    }
    let model = open().map_err(HtmlError::Model)?;
    let usual = Settings { sampler: model.sampler(), seed: 0, n_candidates: CANDIDATES, precision };
    for Batch { only, n_takes, made } in batches {
        let Settings { sampler, seed, n_candidates, precision } = made.unwrap_or(usual);
        let job = SonifyRunJob {
            only,
            n_takes,
            seed,
            sampler,
            n_candidates,
            n_batch: BATCH,
            check: true,
        };
        sonify_run(run, &job, &model, precision, on_event, cancel)?;
    }
    Ok(())
}

/// Prototypes whose sounds are made alike.
struct Batch {
    only: Vec<String>,
    n_takes: NonZeroUsize,
    /// As those that are there; `None` for a first sound.
    made: Option<Settings>,
}

#[derive(Clone, Copy, PartialEq)]
struct Settings {
    sampler: SamplerConfig,
    seed: u64,
    n_candidates: NonZeroUsize,
    precision: Precision,
}

fn batches(run: &RunFolder, classifier: &Classifier) -> Result<Vec<Batch>, SonifyRunError> {
    let sounds = sounds_of(run, classifier)?;
    let fingerprint = classifier.fingerprint().to_string();
    let is_unheard =
        |sound: &Sound| sound.check.as_ref().is_none_or(|check| check.classifier != fingerprint);
    let mut batches: Vec<Batch> = Vec::new();
    for (row, info) in classifier.info().iter().enumerate() {
        let takes: Vec<_> =
            sounds.iter().map(|(_, sound)| sound).filter(|sound| sound.row == row).collect();
        let (n_takes, made) = match takes.last() {
            None if info.enabled => (NonZeroUsize::MIN, None),
            Some(last) if takes.iter().any(|sound| is_unheard(sound)) => {
                // A sound of another version would be rendered anew, which nobody asked for.
                let is_current = last.made.tool_version == env!("CARGO_PKG_VERSION");
                let (true, Ok(precision)) = (is_current, last.made.precision.parse()) else {
                    continue;
                };
                let seed = last.made.seed.wrapping_sub(last.take as u64);
                let Made { sampler, n_candidates, .. } = last.made;
                let made = Some(Settings { sampler, seed, n_candidates, precision });
                (NonZeroUsize::MIN.saturating_add(last.take), made)
            }
            _ => continue,
        };
        match batches.iter_mut().find(|batch| batch.n_takes == n_takes && batch.made == made) {
            Some(batch) => batch.only.push(info.name.clone()),
            None => batches.push(Batch { only: vec![info.name.clone()], n_takes, made }),
        }
    }
    Ok(batches)
}
