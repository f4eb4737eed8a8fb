//! The run folder: everything about one training, in one place.
//!
//! ```text
//! NAME/
//!   run.toml                  every setting, resolved; may be given back as --config
//!   status.json               how far it is, by which version, from which weights
//!   model.safetensors         the classifier of the lowest validation loss
//!   checkpoint.safetensors    the training itself, to go on from
//!   history.csv               losses and accuracies, one line an evaluation
//!   data/tracks.csv           path, labels, split, group, digest of every track
//!   data/skipped.csv          what could not be used, and why
//!   data/embeddings.parquet   the z that it learned from
//!   evaluation/SPLIT/         report.txt, report.json, predictions.csv, confusion.csv
//!   sounds/                   prototypes as WAV files, and sounds.json
//!   edits.jsonl               one line an edit, never rewritten
//!   exports/                  tables and pictures that somebody saved from the window
//! ```

mod edits;
mod error;
mod folder;
mod history;
mod remove;
mod settings;
mod status;
mod tracks;

pub use edits::{Edit, EditError, EditLine, EditLog, Revision, Step, timestamp};
pub use error::RunError;
pub use folder::{RunFolder, RunSummary, check_name, list_runs};
pub use history::HistoryRow;
pub use settings::{
    DataSettings, EmbeddingSettings, Fold, InitKind, PrototypeSettings, RunSettings,
};
pub use status::{State, Status};
pub use tracks::SkippedFile;
