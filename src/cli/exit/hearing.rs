//! Labels for audio, and the reasons for them.

use super::{Code, models, sound};
use crate::studio::explain::ExplainError;
use crate::studio::listen::ListenError;
use crate::studio::predict::PredictError;

pub(super) fn predict(error: &PredictError) -> Code {
    match error {
        PredictError::Listen(error) => listen(error),
        PredictError::Source(_) | PredictError::NothingUsable { .. } => Code::Data,
    }
}

pub(super) fn explain(error: &ExplainError) -> Code {
    match error {
        ExplainError::Listen(error) => listen(error),
        ExplainError::Audio(error) => sound::audio(error),
        ExplainError::NoClass { .. } | ExplainError::SameClass { .. } => Code::Usage,
        ExplainError::Unusable { .. } | ExplainError::Input(_) | ExplainError::NoTraining => {
            Code::Data
        }
    }
}

pub(super) fn listen(error: &ListenError) -> Code {
    match error {
        ListenError::Model(error) => models::run_model(error),
        ListenError::Weights(_) | ListenError::Damaged(_) => Code::Weights,
        ListenError::Precision { .. } => Code::Usage,
        ListenError::Unknown { .. } | ListenError::Settings { .. } => Code::Data,
        ListenError::Encoder(_) => Code::Internal,
        ListenError::Cancelled { .. } => Code::Interrupted,
    }
}
