//! `edits.jsonl`: what people changed about a trained classifier, one line an edit, never rewritten.
//!
//! ```text
//! model.safetensors ── replay of the edits in force ──▶ the classifier that everything downstream uses
//! ```
//!
//! Undoing appends a line, too, so the file is the whole history. A line holds all that its replay needs.

mod apply;
mod edit;
mod log;
mod timestamp;

pub use edit::{Edit, EditError, Step};
pub use log::{EditLine, EditLog, Revision};
pub use timestamp::timestamp;
