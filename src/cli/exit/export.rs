//! Handing runs to others, and taking over what others made.

use super::{Code, data, learning, pages, sound};
use crate::exports::PlaceError;
use crate::studio::export::ExportError;
use crate::studio::import::ImportDataError;

pub(super) fn export(error: &ExportError) -> Code {
    match error {
        ExportError::Run(error) => learning::run(error),
        ExportError::Trained(error) => learning::trained(error),
        ExportError::Sounds(error) => sound::sonify_run(error),
        ExportError::Prototypes(error) => learning::prototypes(error),
        ExportError::Audio(error) => sound::audio(error),
        ExportError::NoFolder(_) | ExportError::NoJupyter { .. } => Code::Usage,
        ExportError::Results(error) => pages::results(error),
        ExportError::Place(error) => place(error),
        ExportError::Cancelled => Code::Interrupted,
        ExportError::Home { .. }
        | ExportError::Sheet(_)
        | ExportError::Plot(_)
        | ExportError::Mel(_)
        | ExportError::Array(_)
        | ExportError::Bundle(_)
        | ExportError::Notebook { .. } => Code::Internal,
        ExportError::NoTraining { .. }
        | ExportError::Input(_)
        | ExportError::Scoring(_)
        | ExportError::Session(_) => Code::Data,
    }
}

pub(super) fn place(error: &PlaceError) -> Code {
    match error {
        PlaceError::Io { .. } => Code::Internal,
        _ => Code::Usage,
    }
}

pub(super) fn import(error: &ImportDataError) -> Code {
    match error {
        ImportDataError::Data(error) => learning::train(error),
        ImportDataError::Run(error) => learning::run(error),
        ImportDataError::Table(error) => data::table(error),
        ImportDataError::Labels { .. }
        | ImportDataError::OtherLabels { .. }
        | ImportDataError::NoLabels
        | ImportDataError::Uneven { .. }
        | ImportDataError::NoScale => Code::Usage,
        ImportDataError::Array(_)
        | ImportDataError::Shape { .. }
        | ImportDataError::Features { .. }
        | ImportDataError::Parts(_)
        | ImportDataError::Scoring(_)
        | ImportDataError::List { .. }
        | ImportDataError::Nothing { .. } => Code::Data,
    }
}
