//! A run and labeled tracks → everything that can be measured of it, beside what simple models reach.
//!
//! ```text
//! run ─ classifier ──┐
//!                    ├─ scores ─▶ report, predictions, mistakes ──┐
//! tracks ─ z ────────┤                                            ├─▶ evaluation/NAME/
//!                    └─ baselines: majority … probe (ceiling) ────┘
//! ```

mod baselines;
mod error;
mod files;
mod result;
mod subject;
mod text;

pub use error::EvaluateError;
pub use result::{Evaluation, Prediction};

use self::baselines::baselines;
pub(in crate::studio) use self::baselines::ceiling;
use self::subject::Subject;
use crate::dataset::Split;
use crate::job::CancelToken;
use crate::runs::{DataSettings, RunFolder};
use crate::studio::embed;
use crate::studio::scoring::{Level, Scored};
use crate::studio::train::Embeddings;

/// What to measure.
#[derive(Debug)]
pub struct EvaluateJob {
    /// On which tracks.
    pub on: On,
    /// What is counted.
    pub level: Level,
    /// Whether simple models are measured beside it.
    pub baselines: bool,
}

/// Which tracks a run is measured on.
#[derive(Debug)]
pub enum On {
    /// A split of its own.
    Split(Split),
    /// Another source with the same classes.
    Data {
        /// How it is read.
        settings: Box<DataSettings>,
        /// Where its z come from.
        embeddings: Embeddings,
        /// Only the tracks for which the source states this split.
        split: Option<Split>,
    },
}

/// What an evaluation tells while it goes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EvaluateEvent {
    /// Something is probably not as it was meant.
    Warning(String),
    /// Of the embedding of another source.
    Embed(embed::Event),
    /// The run is scored; the baselines are being trained.
    Baselines,
}

/// Measures a run and writes what it found to `evaluation/` in its folder: the split's name, or `data-NAME` for another source,
/// with `-segments` behind it where segments are counted.
///
/// # Errors
/// The run has no classifier, no track is there, the source has other classes or cannot be embedded, or the disk fails.
pub fn evaluate(
    run: &RunFolder,
    job: &EvaluateJob,
    on_event: &mut dyn FnMut(EvaluateEvent),
    cancel: &CancelToken,
) -> Result<Evaluation, EvaluateError> {
    let evaluation = measure(run, job, on_event, cancel)?;
    evaluation.write(run.classifier()?.labels())?;
    Ok(evaluation)
}

/// The same without writing anything.
///
/// # Errors
/// As [`evaluate`].
pub fn measure(
    run: &RunFolder,
    job: &EvaluateJob,
    on_event: &mut dyn FnMut(EvaluateEvent),
    cancel: &CancelToken,
) -> Result<Evaluation, EvaluateError> {
    let classifier = run.classifier()?;
    let own = run.examples()?;
    let subject = match &job.on {
        On::Split(split) => Subject::of_run(own.clone(), *split, run)?,
        On::Data { settings, embeddings, split } => {
            let data = (settings.as_ref(), embeddings, *split);
            Subject::of_source(data, &classifier, &own, on_event, cancel)?
        }
    };
    let scored = Scored::of(&classifier, &subject.examples, &subject.part, job.level)?;
    let predictions = Prediction::all(&subject, &classifier, &scored, job.level);
    let (baselines, no_baselines) = match job.baselines {
        true => {
            on_event(EvaluateEvent::Baselines);
            match baselines(&own, &subject, classifier.normalization(), job.level)? {
                Ok(found) => (found, None),
                Err(reason) => (Vec::new(), Some(reason)),
            }
        }
        false => (Vec::new(), None),
    };
    let mut tracks = subject.part.tracks.clone();
    tracks.dedup();
    let name = match job.level {
        Level::Track => subject.name,
        Level::Segment => subject.name + "-segments",
    };
    let evaluation = Evaluation {
        schema: Evaluation::SCHEMA,
        run: run.name(),
        classifier: classifier.fingerprint().to_string(),
        n_edits: run.edit_log()?.in_force().len(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        on: subject.title,
        level: job.level,
        n_tracks: tracks.len(),
        n_segments: subject.part.rows.len(),
        grouped_by: subject.examples.grouped_by.clone(),
        known_groups: subject.known_groups.clone(),
        report: scored.report(&classifier)?,
        mistakes: Prediction::mistakes(&predictions),
        baselines,
        no_baselines,
        skipped: subject.skipped,
        predictions,
        folder: run.evaluations_path().join(name),
    };
    if !evaluation.known_groups.is_empty() {
        on_event(EvaluateEvent::Warning(format!("leak: {}", evaluation.leak())));
    }
    Ok(evaluation)
}
