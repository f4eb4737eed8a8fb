//! Getting, keeping and choosing models.

use super::Code;
use crate::models::pull::PullError;
use crate::models::{ImportError, LibraryError};
use crate::studio::RunModelError;
use crate::studio::models::ChooseError;
use crate::weights::SaveError;
use crate::weights::canonical::CanonicalError;

pub(super) fn choose(error: &ChooseError) -> Code {
    match error {
        ChooseError::Library(error) => library(error),
        ChooseError::Several { .. } => Code::Usage,
    }
}

pub(super) fn run_model(error: &RunModelError) -> Code {
    match error {
        RunModelError::Library(error) => library(error),
        RunModelError::Other { .. } | RunModelError::NotInstalled { .. } => Code::Weights,
    }
}

pub(super) fn library(error: &LibraryError) -> Code {
    match error {
        LibraryError::Name { .. } | LibraryError::NotOnlyAModel { .. } => Code::Usage,
        LibraryError::Unknown { .. }
        | LibraryError::NoModel { .. }
        | LibraryError::BuiltIn
        | LibraryError::File { .. }
        | LibraryError::Open(_) => Code::Weights,
        LibraryError::NoHome | LibraryError::Io { .. } => Code::Internal,
    }
}

pub(super) fn importing(error: &ImportError) -> Code {
    match error {
        ImportError::Exists { .. }
        | ImportError::Segment { .. }
        | ImportError::Canonical(CanonicalError::Hints(_))
        | ImportError::Save(SaveError::Overflow { .. }) => Code::Usage,
        ImportError::Checkpoint(_)
        | ImportError::Canonical(_)
        | ImportError::Open(_)
        | ImportError::Store(_) => Code::Weights,
        ImportError::Library(error) => library(error),
        ImportError::Cancelled { .. } => Code::Interrupted,
        ImportError::Save(_) | ImportError::Json { .. } | ImportError::Io { .. } => Code::Internal,
    }
}

pub(super) fn pull(error: &PullError) -> Code {
    match error {
        PullError::UnknownModel { .. } => Code::Weights,
        PullError::Import(error) => importing(error),
        PullError::Offline { .. } | PullError::Download { .. } => Code::Network,
        PullError::Cancelled { .. } => Code::Interrupted,
        PullError::Manifest { .. }
        | PullError::Incomplete { .. }
        | PullError::Busy { .. }
        | PullError::Io { .. } => Code::Internal,
    }
}
