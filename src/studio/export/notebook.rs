//! A run → a folder for notebooks: tables, arrays, sounds, and three notebooks that read them.

use std::path::PathBuf;

use ndarray::Array1;

use super::arrays;
use super::excerpts::Excerpts;
use super::execute::execute;
use super::exhibit::Exhibit;
use super::origin::WantedSounds;
use super::tables::Sounds;
use super::{ExportError, ExportJob, Exported};
use crate::exports::notebook::{Contents, NOTEBOOKS, REQUIREMENTS};
use crate::exports::{ArrayFile, ExportFolder};

/// What the manifest calls it.
const KIND: &str = "pecmae notebook";
/// Where exports go unless something else is said.
const HOME: &str = "notebooks-export";

/// What to put in besides tables and arrays.
#[derive(Debug, Clone, Default)]
pub struct NotebookJob {
    /// How many prototypes of each class have a sound in it; `None` for all that were rendered.
    pub n_sounds: Option<usize>,
    /// Whether those sounds are rounded to 16 bits and clipped at full scale: half the space.
    pub is_pcm16: bool,
    /// How many segments of the data to include as sound.
    pub n_excerpts: usize,
    /// The Jupyter that runs the notebooks; `None` leaves them without outputs.
    pub jupyter: Option<PathBuf>,
}

/// Exports a run for notebooks.
///
/// # Errors
/// The run is damaged or has no copy of its z, the folder must not be replaced, the disk fails, or a notebook does not run.
pub fn export_notebook(job: &ExportJob, more: &NotebookJob) -> Result<Exported, ExportError> {
    let folder = job.begin(KIND, HOME, "")?;
    let exhibit = Exhibit::open(job)?;
    let excerpts = Excerpts::choose(&exhibit, more.n_excerpts);
    let sounds = Sounds {
        prototypes: exhibit.origin.copy_sounds(&folder, "audio/prototypes", more.sounds())?,
        segments: excerpts.write(&exhibit, &folder, "audio/segments")?,
    };
    let (files, segments, prototypes) =
        (exhibit.files(), exhibit.segments(&sounds), exhibit.prototypes(&sounds));
    let tables = [("files", &files), ("segments", &segments), ("prototypes", &prototypes)];
    for (name, sheet) in tables {
        folder.write(&format!("{name}.parquet"), sheet.parquet()?)?;
    }
    let arrays = write_arrays(&exhibit, &folder)?;
    folder.write("history.csv", exhibit.history().csv()?)?;
    let edits = exhibit.origin.run.edits_path();
    if edits.exists() {
        folder.copy("edits.jsonl", &edits)?;
    }
    for (name, text) in NOTEBOOKS {
        folder.write(&format!("notebooks/{name}"), text)?;
    }
    folder.write("requirements.txt", REQUIREMENTS)?;
    let contents = Contents {
        classifier: &exhibit.origin.trained.classifier,
        provenance: &exhibit.origin.provenance,
        tables: &tables,
        arrays: &arrays,
        is_executed: more.jupyter.is_some(),
    };
    folder.write("README.md", contents.readme())?;
    if let Some(jupyter) = &more.jupyter {
        // The notebooks read the manifest, which is written once more when they are done.
        folder.write_json(crate::exports::MANIFEST, &contents.manifest())?;
        execute(&folder, jupyter)?;
    }
    let notes = [exhibit.origin.note_on_sounds(), excerpts.note(&sounds.segments)];
    let folder = folder.commit(contents.manifest())?;
    Ok(Exported { folder, notes: notes.into_iter().flatten().collect() })
}

impl NotebookJob {
    fn sounds(&self) -> WantedSounds {
        WantedSounds { per_class: self.n_sounds.unwrap_or(usize::MAX), is_pcm16: self.is_pcm16 }
    }
}

fn write_arrays(exhibit: &Exhibit, folder: &ExportFolder) -> Result<Vec<ArrayFile>, ExportError> {
    let classifier = &exhibit.origin.trained.classifier;
    let weights = classifier.counting_weight();
    let usual = Array1::from_vec(exhibit.mean_similarity());
    let [adapted, counting, bias] = arrays::of_classifier(classifier, weights.view());
    let arrays: [arrays::Described<'_>; 9] = [
        (
            "similarity",
            "[segment, prototype]",
            "S, from 0 to 1",
            exhibit.similarities.view().into_dyn(),
        ),
        (
            "embeddings",
            "[segment, feature]",
            "z, as the frozen encoder gives it",
            exhibit.training.examples.z.view().into_dyn(),
        ),
        (
            "prototypes",
            "[prototype, feature]",
            "prototypes as z: what a decoder makes audible",
            classifier.sonifiable().into_dyn(),
        ),
        adapted,
        counting,
        (
            "weights_trained",
            "[class, prototype]",
            "the same with those of disabled prototypes",
            classifier.parts().weight.view().into_dyn(),
        ),
        bias,
        (
            "mean_similarity",
            "[prototype]",
            "mean similarity of training segments: what is usual",
            usual.view().into_dyn(),
        ),
        (
            "logits",
            "[file, class]",
            "what the program prints of each file",
            exhibit.logits.view().into_dyn(),
        ),
    ];
    arrays::write(folder, arrays)
}
