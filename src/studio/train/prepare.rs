//! Examples → what a trainer takes.

use std::sync::Arc;

use super::TrainError;
use super::control::shuffle_labels;
use super::event::DataFacts;
use crate::classifier::Normalization;
use crate::dataset::Split;
use crate::examples::{Examples, Part};
use crate::runs::{DataSettings, SkippedFile};
use crate::training::{self, Data};

/// What a run learns from, normalized.
#[derive(Debug)]
pub(super) struct Prepared {
    /// As joined, with true labels even where the run learns shuffled ones.
    pub(super) examples: Examples,
    pub(super) normalization: Normalization,
    pub(super) data: Arc<Data>,
}

impl Prepared {
    pub(super) fn new(
        examples: Examples,
        settings: &DataSettings,
        training: &training::Settings,
    ) -> Result<Self, TrainError> {
        if examples.multi_label && !training.is_multi_label() {
            return Err(TrainError::SeveralLabels);
        }
        for split in [Split::Train, Split::Validation] {
            if split == Split::Train && examples.n_tracks_of(split) == 0 {
                return Err(TrainError::NoTraining);
            }
        }
        let learned = match settings.shuffle_labels {
            true => {
                let mut shuffled = examples.clone();
                shuffle_labels(&mut shuffled, settings.seed);
                shuffled
            }
            false => examples.clone(),
        };
        let train = learned.part(Split::Train);
        let normalization = Normalization::of(train.z.view())?;
        let normalized = |Part { z, labels, .. }: Part| training::Examples {
            z: normalization.apply(z.view()),
            labels,
        };
        let validation = Some(learned.part(Split::Validation)).filter(|part| !part.rows.is_empty());
        let data = Data::new(learned.labels.len(), normalized(train), validation.map(normalized))?;
        Ok(Self { examples, normalization, data: Arc::new(data) })
    }

    /// Splits that nothing will be measured on.
    pub(super) fn absent_splits(&self) -> impl Iterator<Item = String> + '_ {
        let absent = |split: &Split| self.examples.n_tracks_of(*split) == 0;
        [Split::Validation, Split::Test].into_iter().filter(absent).map(|split| {
            format!("the {split} split has no track, so nothing can be measured on it; `pecmae data check` says why")
        })
    }

    /// What there is to tell before the first step.
    pub(super) fn facts(
        &self,
        training: &training::Settings,
        skipped: &[SkippedFile],
    ) -> DataFacts {
        let examples = &self.examples;
        let n_tracks = Split::ALL.map(|split| examples.n_tracks_of(split));
        let n_segments = Split::ALL.map(|split| examples.rows_of(split).len());
        DataFacts {
            labels: examples.labels.clone(),
            n_tracks,
            n_segments,
            grouped_by: examples.grouped_by.clone(),
            n_skipped: skipped.len(),
            n_steps: training.steps,
            n_epochs: (training.steps * training.batch) as f64 / n_segments[0].max(1) as f64,
        }
    }
}
