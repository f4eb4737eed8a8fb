//! A run → what each of its prototypes is good for, and what they are together.

mod error;
mod model;
mod row;

use serde::Serialize;

pub use error::PrototypesError;
pub use model::{ControlRow, EffectiveRow, ModelReport, PrunedRow};
pub use row::{ClosestRow, PrototypeRow, WeightRow};

use super::trained::{Trained, Training};
use crate::dataset::Split;
use crate::evaluation::Accuracy;
use crate::explanation::{Inspection, PURITY_AT};

/// What each prototype is good for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrototypesReport {
    /// The classes, in the order of weights.
    pub classes: Vec<String>,
    /// The prototypes, in the order of the classifier.
    pub prototypes: Vec<PrototypeRow>,
    /// Segments of training that shares are of.
    pub n_segments: usize,
    /// Tracks of validation that costs are measured on.
    pub n_validation: usize,
    /// What they reach there.
    pub validation: Option<Accuracy>,
    /// What they are together; only where it was asked for.
    pub model: Option<ModelReport>,
}

/// What to find out.
#[derive(Debug, Clone, Copy)]
pub struct PrototypesJob {
    /// Training segments to name that are nearest to each prototype.
    pub n_nearest: usize,
    /// Also finds out what they are together: the pruning curve and the controls.
    pub model: bool,
    /// Draws the random control.
    pub seed: u64,
}

/// Reports on a run's prototypes; needs the z that it learned from.
///
/// # Errors
/// A bundle by itself knows no training; the run is damaged.
pub fn report(trained: &Trained, job: &PrototypesJob) -> Result<PrototypesReport, PrototypesError> {
    let k = job.n_nearest.max(PURITY_AT);
    let training = trained.training(k)?.ok_or(PrototypesError::NoTraining)?;
    report_of(trained, &training, job)
}

/// The same of a training that is in memory, with as many nearest segments as it has.
///
/// # Errors
/// The run does not fit its data.
pub fn report_of(
    trained: &Trained,
    training: &Training,
    job: &PrototypesJob,
) -> Result<PrototypesReport, PrototypesError> {
    let validation = training.examples.part(Split::Validation);
    let validation = Some(&validation).filter(|part| !part.rows.is_empty());
    let classifier = &trained.classifier;
    let inspection = Inspection::new(classifier, &training.part, &training.survey, validation)?;
    let facts = inspection.prototypes()?;
    let rows = facts
        .iter()
        .enumerate()
        .map(|(m, facts)| PrototypeRow::of(classifier, training, m, facts, job.n_nearest));
    let n_validation = validation.map_or(0, |part| {
        let mut tracks = part.tracks.clone();
        tracks.dedup();
        tracks.len()
    });
    Ok(PrototypesReport {
        classes: classifier.labels().to_vec(),
        prototypes: rows.collect(),
        n_segments: training.part.rows.len(),
        n_validation,
        validation: inspection.accuracy(),
        model: match job.model {
            true => Some(ModelReport::of(classifier, &inspection.model(job.seed)?)),
            false => None,
        },
    })
}

impl PrototypesReport {
    /// The prototypes as a table, with a column of weights for each class.
    pub fn csv(&self) -> String {
        let names = [
            "name",
            "label",
            "enabled",
            "usage",
            "coverage",
            "purity",
            "dead",
            "cost_if_removed",
            "cost_if_blinded",
            "usual_similarity",
            "sibling",
            "sibling_distance",
            "stranger",
            "stranger_distance",
            "nearest_track",
            "nearest_start_s",
            "nearest_distance",
        ];
        let weights = self.classes.iter().map(|class| format!("weight {class}"));
        let header = names.iter().map(ToString::to_string).chain(weights);
        let mut writer = csv::Writer::from_writer(Vec::new());
        let lines = std::iter::once(header.collect())
            .chain(self.prototypes.iter().map(PrototypeRow::cells));
        for line in lines {
            writer.write_record(&line).expect("cells go into memory, as many in each line");
        }
        let bytes = writer.into_inner().expect("memory can be flushed");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The prototype of a name.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, name: &str) -> Result<&PrototypeRow, PrototypesError> {
        let found = self.prototypes.iter().find(|row| row.name == name);
        found.ok_or_else(|| PrototypesError::NoPrototype {
            found: name.to_owned(),
            there: self.prototypes.iter().map(|row| row.name.clone()).collect(),
        })
    }
}
