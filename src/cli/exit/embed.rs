//! Making tables of z.

use super::{Code, data};
use crate::embeddings::{AssembleError, JournalError};
use crate::studio::embed::EmbedError;
use crate::studio::merge::MergeError;

pub(super) fn embed(error: &EmbedError) -> Code {
    match error {
        EmbedError::TableName { .. }
        | EmbedError::SameTable { .. }
        | EmbedError::Output(_)
        | EmbedError::Layer(_) => Code::Usage,
        EmbedError::Source(_)
        | EmbedError::OtherSettings(_)
        | EmbedError::OtherSource { .. }
        | EmbedError::NothingUsable { .. } => Code::Data,
        EmbedError::Table(error) | EmbedError::Assemble(AssembleError::Table(error)) => {
            data::table(error)
        }
        EmbedError::Journal(error) | EmbedError::Assemble(AssembleError::Journal(error)) => {
            journal(error)
        }
        EmbedError::Encoder(_) | EmbedError::Abandoned { .. } | EmbedError::Report { .. } => {
            Code::Internal
        }
        EmbedError::Damaged(_) => Code::Weights,
        EmbedError::Cancelled { .. } => Code::Interrupted,
    }
}

pub(super) fn merge(error: &MergeError) -> Code {
    match error {
        MergeError::Output(_) => Code::Usage,
        MergeError::Table(error) => data::table(error),
        MergeError::ReadReport { .. } => Code::Data,
        MergeError::WriteReport { .. } => Code::Internal,
    }
}

pub(super) fn journal(error: &JournalError) -> Code {
    match error {
        JournalError::Io { .. } | JournalError::Locked { .. } => Code::Internal,
        JournalError::NotAJournal { .. }
        | JournalError::Damaged { .. }
        | JournalError::OtherSettings(_) => Code::Data,
    }
}
