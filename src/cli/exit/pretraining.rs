//! Training models.

use super::{Code, models};
use crate::pretraining::{LatentCropsError, PoolError};
use crate::studio::pretrain::PretrainError;

pub(super) fn pretrain(error: &PretrainError) -> Code {
    match error {
        PretrainError::OtherSettings { .. }
        | PretrainError::OtherData { .. }
        | PretrainError::Unfinished { .. }
        | PretrainError::NoWork { .. }
        | PretrainError::From { .. } => Code::Usage,
        PretrainError::Device { .. } => Code::Device,
        PretrainError::NoAudio { .. }
        | PretrainError::NoFolder { .. }
        | PretrainError::Pool(PoolError::TooFew { .. } | PoolError::Damaged { .. })
        | PretrainError::Latents(LatentCropsError::Damaged { .. })
        | PretrainError::Codebooks(_)
        | PretrainError::Checkpoint(_) => Code::Data,
        PretrainError::Weights(_) => Code::Weights,
        PretrainError::Install(error) => models::importing(error),
        PretrainError::Pool(PoolError::Cancelled)
        | PretrainError::Latents(LatentCropsError::Cancelled)
        | PretrainError::Cancelled { .. } => Code::Interrupted,
        PretrainError::Pool(_)
        | PretrainError::Latents(_)
        | PretrainError::Save(_)
        | PretrainError::Busy { .. }
        | PretrainError::Compute(_)
        | PretrainError::Io { .. } => Code::Internal,
    }
}
