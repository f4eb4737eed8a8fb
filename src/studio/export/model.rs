//! A run → a folder that a hub of models takes as it is.

use serde_json::Map;

use super::arrays;
use super::exhibit::measured;
use super::origin::{Origin, WantedSounds};
use super::{ExportError, ExportJob, Exported};
use crate::dataset::Split;
use crate::exports::model_folder::{Card, Config, Figures, LearnedFrom, PREDICT};
use crate::exports::onnx_bytes;
use crate::studio::trained::Training;

/// What the manifest calls it.
const KIND: &str = "pecmae model";
/// Where exports go unless something else is said.
const HOME: &str = "models-export";

/// Exports the classifier of a run, edits included.
///
/// # Errors
/// The run is damaged, the folder must not be replaced, or the disk fails.
pub fn export_model(job: &ExportJob) -> Result<Exported, ExportError> {
    let folder = job.begin(KIND, HOME, "")?;
    let origin = Origin::open(job)?;
    let training = origin.trained.training(0)?;
    let (classifier, provenance) = (&origin.trained.classifier, &origin.provenance);
    classifier.save(&folder.place("model.safetensors")?)?;
    folder.write("classifier.onnx", onnx_bytes(classifier, provenance))?;
    folder.write("predict.py", PREDICT)?;
    let weights = classifier.counting_weight();
    let arrays = arrays::write(&folder, arrays::of_classifier(classifier, weights.view()))?;
    folder.write("labels.txt", classifier.labels().join("\n") + "\n")?;
    let audio = origin.copy_sounds(&folder, "prototypes", WantedSounds::ALL)?;
    folder.write_json("config.json", &Config::new(classifier, &audio, provenance))?;
    let figures = match &training {
        Some(training) => figures(&origin, training)?,
        None => None,
    };
    let data = training.as_ref().map(learned_from);
    let card = Card {
        classifier,
        provenance,
        figures: figures.as_ref(),
        data: data.as_ref(),
        arrays: &arrays,
        n_sounds: origin.sounds.len(),
    };
    folder.write("README.md", card.markdown())?;
    let mut manifest = Map::new();
    manifest.insert("provenance".to_owned(), serde_json::json!(provenance));
    let notes = origin.note_on_sounds().into_iter().collect();
    Ok(Exported { folder: folder.commit(manifest)?, notes })
}

/// What was measured on the test split, or on validation where there is no test.
fn figures(origin: &Origin, training: &Training) -> Result<Option<Figures>, ExportError> {
    for split in [Split::Test, Split::Validation] {
        if let Some(report) = measured(origin, training, split)? {
            return Ok(Some(Figures {
                split: split.to_string(),
                n_tracks: report.n,
                summary: report.summary,
                intervals: report.intervals,
            }));
        }
    }
    Ok(None)
}

fn learned_from(training: &Training) -> LearnedFrom {
    let examples = &training.examples;
    LearnedFrom {
        n_tracks: Split::ALL.map(|split| examples.n_tracks_of(split)),
        n_segments: Split::ALL.map(|split| examples.rows_of(split).len()),
        grouped_by: examples.grouped_by.clone(),
    }
}
