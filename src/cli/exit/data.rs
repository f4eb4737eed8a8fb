//! Labeled audio, and tables of z.

use super::Code;
use crate::embeddings::TableError;
use crate::studio::data::DataError;

pub(super) fn data(error: &DataError) -> Code {
    match error {
        DataError::Dataset(_) => Code::Data,
        DataError::Table(error) => table(error),
        DataError::Cancelled { .. } => Code::Interrupted,
    }
}

pub(super) fn table(error: &TableError) -> Code {
    match error {
        TableError::Io { verb: "write", .. } => Code::Internal,
        TableError::NoInput => Code::Usage,
        TableError::Io { .. }
        | TableError::Damaged { .. }
        | TableError::Kind { .. }
        | TableError::Version { .. }
        | TableError::OtherSettings(_)
        | TableError::Mixed { .. }
        | TableError::Repeated { .. }
        | TableError::Conflict { .. } => Code::Data,
        TableError::Cancelled { .. } => Code::Interrupted,
    }
}
