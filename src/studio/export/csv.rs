//! A run → CSV files for spreadsheets, a list for audio-folder readers, and the embedding projector's files.

use serde_json::{Map, Value, json};

use super::exhibit::Exhibit;
use super::tables::{Sounds, class_report, summary};
use super::{ExportError, ExportJob, Exported};
use crate::dataset::Split;
use crate::exports::{Projector, Sheet};

/// What the manifest calls it.
const KIND: &str = "pecmae csv";
/// Where exports go unless something else is said.
const HOME: &str = "tables-export";

/// Exports every table of a run.
///
/// # Errors
/// The run is damaged or has no copy of its z, the folder must not be replaced, or the disk fails.
pub fn export_csv(job: &ExportJob) -> Result<Exported, ExportError> {
    let folder = job.begin(KIND, HOME, "")?;
    let exhibit = Exhibit::open(job)?;
    let mut tables = Map::new();
    let mut write = |name: String, sheet: Sheet| -> Result<(), ExportError> {
        folder.write(&name, sheet.csv()?)?;
        tables.insert(name, sheet.dictionary());
        Ok(())
    };
    let none = Sounds::none(&exhibit);
    for (name, sheet) in [
        ("files", exhibit.files()),
        ("segments", exhibit.segments(&none)),
        ("prototypes", exhibit.prototypes(&none)),
        ("weights", exhibit.weights()),
        ("history", exhibit.history()),
        ("metadata", exhibit.audio_folder()),
    ] {
        write(format!("{name}.csv"), sheet)?;
    }
    for split in Split::ALL {
        let Some(report) = exhibit.report(split)? else { continue };
        write(format!("{split}/report.csv"), class_report(&report))?;
        write(format!("{split}/summary.csv"), summary(&report))?;
        write(format!("{split}/predictions.csv"), exhibit.predictions(split))?;
        if let Some(confusion) = &report.confusion {
            folder.write(&format!("{split}/confusion.csv"), confusion.to_csv())?;
        }
    }
    let classifier = &exhibit.origin.trained.classifier;
    let vectors = [exhibit.training.examples.z.view(), classifier.sonifiable()];
    let points = exhibit.points();
    let files = Projector { vectors: &vectors, points: &points }.files();
    folder.write("projector/vectors.tsv", files.vectors)?;
    folder.write("projector/metadata.tsv", files.metadata)?;
    folder.write("projector/projector_config.pbtxt", files.config)?;

    let mut manifest = Map::new();
    manifest.insert("provenance".to_owned(), json!(exhibit.origin.provenance));
    manifest.insert("classes".to_owned(), json!(classifier.labels()));
    manifest.insert("tables".to_owned(), Value::Object(tables));
    manifest.insert(
        "notes".to_owned(),
        json!({
            "metadata.csv": "goes into the folder of the audio, where readers of audio folders look for it",
            "confusion.csv": "rows are true classes, columns predicted ones; tracks",
            "projector": "z of segments, then prototypes as z; load both .tsv files in the embedding projector",
        }),
    );
    Ok(Exported { folder: folder.commit(manifest)?, notes: Vec::new() })
}
