//! Runs: making, measuring and editing them.

use super::{Code, data, embed};
use crate::classifier::TensorFileError;
use crate::examples::JoinError;
use crate::runs::RunError;
use crate::studio::edit::EditRunError;
use crate::studio::evaluate::EvaluateError;
use crate::studio::prototypes::PrototypesError;
use crate::studio::sweep::SweepError;
use crate::studio::train::TrainError;
use crate::studio::trained::TrainedError;
use crate::training::{CheckpointError, TrainerError};

pub(super) fn train(error: &TrainError) -> Code {
    match error {
        TrainError::Table(error) | TrainError::Join(JoinError::Table(error)) => data::table(error),
        TrainError::Embed(error) => embed::embed(error),
        TrainError::Run(error) => run(error),
        TrainError::Weights(_) => Code::Weights,
        TrainError::SeveralLabels
        | TrainError::Trainer(TrainerError::Settings(_))
        | TrainError::NothingLeft { .. } => Code::Usage,
        TrainError::Cancelled { .. } => Code::Interrupted,
        TrainError::Cache { .. }
        | TrainError::Unsaved { .. }
        | TrainError::Checkpoint(CheckpointError::File(TensorFileError::Write { .. })) => {
            Code::Internal
        }
        _ => Code::Data,
    }
}

pub(super) fn sweep(error: &SweepError) -> Code {
    match error {
        SweepError::Train(error) => train(error),
        SweepError::Run(error) => run(error),
        SweepError::OtherSettings { .. } => Code::Usage,
        SweepError::Ceiling(error) => evaluate(error),
        SweepError::Write { .. } => Code::Internal,
        SweepError::Scoring(_) => Code::Data,
    }
}

pub(super) fn evaluate(error: &EvaluateError) -> Code {
    match error {
        EvaluateError::Run(error) => run(error),
        EvaluateError::Source(error) => train(error),
        EvaluateError::Write { .. } => Code::Internal,
        _ => Code::Data,
    }
}

pub(super) fn edit(error: &EditRunError) -> Code {
    match error {
        EditRunError::Run(error) => run(error),
        EditRunError::Input(_) | EditRunError::Scoring(_) | EditRunError::NoTraining => Code::Data,
        _ => Code::Usage,
    }
}

pub(super) fn prototypes(error: &PrototypesError) -> Code {
    match error {
        PrototypesError::Trained(error) => trained(error),
        PrototypesError::NoPrototype { .. } => Code::Usage,
        PrototypesError::NoTraining | PrototypesError::Ablation(_) => Code::Data,
    }
}

pub(super) fn trained(error: &TrainedError) -> Code {
    match error {
        TrainedError::Run(error) => run(error),
        TrainedError::Bundle(_) | TrainedError::Input(_) => Code::Data,
    }
}

pub(super) fn run(error: &RunError) -> Code {
    match error {
        RunError::Exists { .. }
        | RunError::NameTaken { .. }
        | RunError::Name { .. }
        | RunError::NoFolder { .. }
        | RunError::NotARun { .. }
        | RunError::NotOnlyARun { .. }
        | RunError::Settings { .. }
        | RunError::NoStartFile => Code::Usage,
        RunError::Io { verb: "read", .. } => Code::Data,
        RunError::Io { .. } => Code::Internal,
        RunError::Table(error) => data::table(error),
        RunError::Missing { .. }
        | RunError::Damaged { .. }
        | RunError::EditsOfAnother { .. }
        | RunError::EditedMeanwhile { .. } => Code::Data,
    }
}
