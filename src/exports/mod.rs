//! Values → files that other people and programs read: folders with a manifest, sheets, ONNX, model cards, notebooks, figures.
//!
//! Everything here is a form; what goes into it is gathered by `studio::export`. Equal values make equal bytes.

mod array_file;
mod folder;
pub mod model_folder;
pub mod notebook;
mod onnx;
pub mod plots;
mod projector;
mod provenance;
mod sheet;

pub use array_file::ArrayFile;
pub use folder::{Committed, ExportFolder, FolderError, MANIFEST};
pub use onnx::onnx_bytes;
pub use projector::{Projector, ProjectorFiles};
pub use provenance::{Licenses, ModelFacts, Provenance, UNKNOWN};
pub use sheet::{Cells, Column, Sheet, SheetError};
