//! Values → files that other programs read: folders with a manifest, sheets, ONNX, model cards, notebooks.
//!
//! Everything here is a form; what goes into it is gathered by `studio::export`. Equal values make equal bytes.

mod folder;
pub mod model_folder;
pub mod notebook;
mod onnx;
mod projector;
mod provenance;
mod sheet;

pub use folder::{Committed, ExportFolder, FolderError, MANIFEST};
pub use onnx::onnx_bytes;
pub use projector::{Projector, ProjectorFiles};
pub use provenance::{Licenses, ModelFacts, Provenance, UNKNOWN};
pub use sheet::{Cells, Column, Sheet, SheetError};
