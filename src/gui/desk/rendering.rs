//! Making sound, on a worker.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::job::Worker;
use super::{Ask, Part, Told};
use crate::audio::WavFormat;
use crate::models::{Library, ModelFolder};
use crate::runs::RunFolder;
use crate::studio::model_of_run;
use crate::studio::reconstruct::{ReconstructJob, Through, reconstruct_part};
use crate::studio::sonify_run::{CANDIDATES, SonifyRunEvent, SonifyRunJob, sonify_run};
use crate::tensor::Precision;

/// Sounds rendered together: few, so that a cancellation is heeded soon. A constant is unwrapped when this is compiled.
const SOUNDS_PER_BATCH: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// Renders prototypes of a run and hears them again; the desk looks at the run anew.
pub(super) fn render(
    run: &RunFolder,
    library: &Library,
    only: Vec<String>,
    n_takes: NonZeroUsize,
    worker: &Worker,
) -> Ask {
    if let Err(error) = rendered(run, library, only, n_takes, worker) {
        worker.voice.fail("sonify", error);
    }
    Ask::Rendered(run.path().to_owned())
}

fn rendered(
    run: &RunFolder,
    library: &Library,
    only: Vec<String>,
    n_takes: NonZeroUsize,
    worker: &Worker,
) -> Result<(), String> {
    let model = model(run, library)?;
    let job = SonifyRunJob {
        only,
        n_takes,
        seed: 0,
        sampler: model.sampler(),
        n_candidates: CANDIDATES,
        n_batch: SOUNDS_PER_BATCH,
        check: true,
    };
    let mut tell = |event| match event {
        SonifyRunEvent::Render(progress) => {
            let words = format!("sound {} of {}", progress.n_done, progress.n_items);
            worker.progress(0.9 * progress.fraction() as f32, words);
        }
        SonifyRunEvent::Check { n_done, n_items } => {
            let fraction = n_done as f32 / n_items.max(1) as f32;
            worker.progress(0.9 + 0.1 * fraction, format!("hear sound {n_done} of {n_items}"));
        }
    };
    let cancel = &worker.job.cancel;
    match sonify_run(run, &job, &model, Precision::F32, &mut tell, cancel) {
        Err(_) if cancel.is_cancelled() => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(_) => Ok(()),
    }
}

/// Sends a part of a file through the run's model and back, into `output`.
pub(super) fn reconstruct(
    run: &RunFolder,
    library: &Library,
    part: &Part,
    output: PathBuf,
    worker: &Worker,
) {
    let done = model(run, library).and_then(|model| {
        let job = ReconstructJob {
            source: part.path.clone(),
            output: output.clone(),
            through: Through::Z { sampler: model.sampler(), seed: 0 },
            format: WavFormat::Pcm16,
            n_batch: NonZeroUsize::MIN,
        };
        let mut tell = |progress: crate::studio::reconstruct::ReconstructProgress| {
            let (step, n_steps) = progress.step;
            worker.progress(progress.fraction() as f32, format!("step {step} of {n_steps}"));
        };
        let (ends_s, cancel) = ((part.start_s, part.end_s), &worker.job.cancel);
        reconstruct_part(&job, ends_s, &model, Precision::F32, &mut tell, cancel)
            .map_err(|error| error.to_string())
    });
    match done {
        Ok(_) => worker.voice.tell(Told::Reconstructed(part.clone(), output)),
        Err(_) if worker.job.cancel.is_cancelled() => {}
        Err(reason) => worker.voice.fail("send a sound through the model", reason),
    }
}

fn model(run: &RunFolder, library: &Library) -> Result<ModelFolder, String> {
    let settings = run.settings().map_err(|error| error.to_string())?.embedding;
    model_of_run(library, None, &settings.model, &settings.model_fingerprint)
        .map_err(|error| error.to_string())
}
