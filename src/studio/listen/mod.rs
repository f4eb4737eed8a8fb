//! Audio → z in memory, by the model that a classifier was trained with.

mod error;
mod stream;

use std::path::PathBuf;

pub use error::ListenError;
pub use stream::{Heard, Hearing};

use super::embed::{ModelEncoder, SegmentEncoder, open_audio};
use super::model_of_run;
use crate::audio::{SegmentPlan, TailPolicy};
use crate::classifier::Classifier;
use crate::embeddings::Settings;
use crate::job::CancelToken;
use crate::models::Library;
use crate::tensor::Precision;
use stream::Stream;

/// Which model listens, as far as somebody says.
#[derive(Debug, Clone, Default)]
pub struct ListenSettings {
    /// An installed model, or the path of one; `None` looks for the one with the right weights.
    pub model: Option<String>,
    /// Arithmetic; `None` takes that of the classifier.
    pub precision: Option<Precision>,
}

/// The ears of a classifier: they make z as it knows them.
#[derive(Debug)]
pub struct Listener {
    encoder: ModelEncoder,
    plan: SegmentPlan,
    is_built_in: bool,
}

impl Listener {
    /// Opens the model of a classifier, which its user calls `known_as`.
    ///
    /// # Errors
    /// The model is not installed, or the one that was named makes other z.
    pub fn open(
        library: &Library,
        classifier: &Classifier,
        known_as: Option<&str>,
        settings: &ListenSettings,
    ) -> Result<Self, ListenError> {
        let wanted = classifier.embeddings();
        let unknown = |what, found: &str| ListenError::Unknown { what, found: found.to_owned() };
        let precision: Precision =
            wanted.precision.parse().map_err(|_| unknown("precision", &wanted.precision))?;
        if let Some(asked) = settings.precision.filter(|asked| *asked != precision) {
            return Err(ListenError::Precision { wanted: precision, asked });
        }
        let tail: TailPolicy =
            wanted.tail.parse().map_err(|_| unknown("tail policy", &wanted.tail))?;
        let (named, known_as) = (settings.model.as_deref(), known_as.unwrap_or("unknown"));
        let model = model_of_run(library, named, known_as, &wanted.model_fingerprint)?;
        let encoder = ModelEncoder::load(&model, precision)?;
        let plan = encoder.plan(tail);
        let found = settings_of(&encoder, &plan);
        if found != *wanted {
            let differences = wanted.differences(&found);
            return Err(ListenError::Settings { differences, path: model.path().to_owned() });
        }
        Ok(Self { encoder, plan, is_built_in: model.is_built_in() })
    }

    /// Whether the model is the one that is part of the program.
    pub fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// The rate that the model hears at, in Hz.
    pub fn sample_rate_hz(&self) -> u32 {
        self.plan.sample_rate_hz
    }

    /// The length of a segment, in seconds.
    pub fn segment_seconds(&self) -> f64 {
        self.plan.segment_samples as f64 / f64::from(self.plan.sample_rate_hz)
    }

    /// The z of files, one after the other in the order given, or why one cannot be used.
    ///
    /// Segments of short files are computed together. In memory are a few segments of audio and the z of the files under way.
    ///
    /// # Errors
    /// The computation fails or is cancelled.
    pub fn hear(
        &self,
        paths: &[PathBuf],
        on_event: &mut dyn FnMut(Hearing),
        cancel: &CancelToken,
    ) -> Result<(), ListenError> {
        let open = open_audio(self.plan.clone());
        let rate_hz = self.plan.sample_rate_hz;
        Stream { encoder: &self.encoder, open: &open, rate_hz, paths, cancel }.run(on_event)
    }
}

/// What decides the z, as a table of them would say.
fn settings_of(encoder: &dyn SegmentEncoder, plan: &SegmentPlan) -> Settings {
    let identity = encoder.identity();
    Settings {
        model_fingerprint: identity.fingerprint,
        precision: identity.precision,
        sample_rate_hz: plan.sample_rate_hz,
        segment_samples: plan.segment_samples,
        tail: plan.tail.to_string(),
        dim: encoder.dim(),
        frames: None,
        more: identity.more,
    }
}
