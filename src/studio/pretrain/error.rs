//! Why a pretraining does not go on.

use std::io;
use std::path::PathBuf;

use crate::models::ImportError;
use crate::pretraining::{CheckpointError, CodebookError, LatentCropsError, PoolError};
use crate::weights::{SaveError, StoreError};

/// Why a stage is not finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PretrainError {
    /// There is no audio to learn from.
    #[error("no audio file is in the folder, give one that holds music: {}", path.display())]
    NoAudio {
        /// The folder.
        path: PathBuf,
    },
    /// What was named is no folder.
    #[error("not a folder, give one that holds music: {}", path.display())]
    NoFolder {
        /// What was named.
        path: PathBuf,
    },
    /// The folder of the work is not there.
    #[error("no pretraining is here, begin with `pecmae pretrain codec MUSIC -o {}`", path.display())]
    NoWork {
        /// The folder.
        path: PathBuf,
    },
    /// A stage before this one is not finished.
    #[error("the {stage} is not finished, `pecmae pretrain {stage}` comes first: {}", path.display())]
    Unfinished {
        /// The stage that is missing.
        stage: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// The checkpoint is of other settings.
    #[error(
        "this stage was begun {}; give the same again, or --restart to begin anew: {}",
        difference(name, found, wanted), path.display()
    )]
    OtherSettings {
        /// Which setting differs.
        name: String,
        /// What it was.
        found: String,
        /// What it is now.
        wanted: String,
        /// The checkpoint.
        path: PathBuf,
    },
    /// The checkpoint learned from something else.
    #[error(
        "this stage was begun on other audio or on other weights ({} instead of {}); give --restart to begin anew: {}",
        short(found), short(wanted), path.display()
    )]
    OtherData {
        /// What it stood on.
        found: String,
        /// What it would stand on now.
        wanted: String,
        /// The checkpoint.
        path: PathBuf,
    },
    /// Another process works there.
    #[error("another pretraining works here, wait for it or stop it: {}", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The audio cannot be used.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// Latents cannot be had.
    #[error(transparent)]
    Latents(#[from] LatentCropsError),
    /// Codebooks cannot be had.
    #[error(transparent)]
    Codebooks(#[from] CodebookError),
    /// A checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A finished stage cannot be read.
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// A finished stage cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The model cannot be put together.
    #[error(transparent)]
    Install(#[from] ImportError),
    /// The tensors of the model to begin with do not fit.
    #[error(
        "cannot begin with the weights of {model} ({reason}); name a model of the sizes of this training, or leave --from out"
    )]
    From {
        /// What does not fit.
        reason: candle_core::Error,
        /// The model.
        model: String,
    },
    /// A step cannot be computed.
    #[error("cannot go on ({0}); what was learned so far is kept in the checkpoint")]
    Compute(#[from] candle_core::Error),
    /// The device is not there.
    #[error("cannot compute on {device} ({reason})")]
    Device {
        /// What was asked for.
        device: String,
        /// Why not.
        reason: String,
    },
    /// The system refused.
    #[error("cannot write ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("stopped after step {step}; the same command goes on from there")]
    Cancelled {
        /// Steps done.
        step: u64,
    },
}

/// Enough of a digest to tell two apart.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// What a setting was, and what it is now; the model that a stage goes on from as one would name it.
fn difference(name: &str, found: &str, wanted: &str) -> String {
    if name != "from" {
        return format!("with {name} {found}, not {wanted}");
    }
    let model = |value: &str| match value {
        "null" => "without --from".to_owned(),
        fingerprint => format!("--from the model {}", short(fingerprint.trim_matches('"'))),
    };
    format!("{}, not {}", model(found), model(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_is_gone_on_from_is_told_by_its_option() {
        assert_eq!(difference("seed", "1", "2"), "with seed 1, not 2");
        let fingerprint = format!("\"{}\"", "0123456789abcdef".repeat(4));
        let told = difference("from", &fingerprint, "null");
        assert_eq!(told, "--from the model 0123456789ab, not without --from");
    }
}
