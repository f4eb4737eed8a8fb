//! Values → files that other people and programs read: folders with a manifest, sheets, ONNX, model cards, notebooks, figures.
//!
//! Everything here is a form; what goes into it is gathered by `studio::export`. Equal values make equal bytes.

mod array_file;
mod file;
mod folder;
pub mod model_folder;
pub mod notebook;
mod onnx;
mod place;
pub mod plots;
mod projector;
mod provenance;
mod sheet;

pub use array_file::ArrayFile;
pub use file::ExportFile;
pub use folder::{Committed, ExportFolder, MANIFEST};
pub use onnx::onnx_bytes;
pub use place::PlaceError;
pub use projector::{Projector, ProjectorFiles};
pub use provenance::{Licenses, ModelFacts, Provenance, UNKNOWN};
pub use sheet::{Cells, Column, Sheet, SheetError};
