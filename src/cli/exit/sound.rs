//! Making sound.

use super::{Code, learning};
use crate::audio::AudioError;
use crate::studio::reconstruct::ReconstructError;
use crate::studio::sonify::SonifyError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::synth::SynthError;
use crate::studio::{RenderError, SynthesisError};

pub(super) fn reconstruct(error: &ReconstructError) -> Code {
    match error {
        ReconstructError::OutputName { .. }
        | ReconstructError::Overwrite { .. }
        | ReconstructError::Place(_) => Code::Usage,
        ReconstructError::Audio(error) => audio(error),
        ReconstructError::Synthesis(error) => synthesis(error),
        ReconstructError::Temporary { .. } => Code::Usage,
        ReconstructError::Cancelled { .. } => Code::Interrupted,
    }
}

pub(super) fn sonify(error: &SonifyError) -> Code {
    match error {
        SonifyError::Array(_)
        | SonifyError::NoVectors { .. }
        | SonifyError::Vectors { .. }
        | SonifyError::NoiseShape { .. }
        | SonifyError::OtherRun { .. }
        | SonifyError::InTheWay { .. } => Code::Data,
        SonifyError::Folder(_) => Code::Usage,
        SonifyError::Render(error) => render(error),
    }
}

pub(super) fn sonify_run(error: &SonifyRunError) -> Code {
    match error {
        SonifyRunError::Run(error) => learning::run(error),
        SonifyRunError::OtherModel { .. } | SonifyRunError::Weights(_) => Code::Weights,
        SonifyRunError::Unknown { .. } | SonifyRunError::AllDisabled => Code::Usage,
        SonifyRunError::Render(error) => render(error),
        SonifyRunError::Input(_) | SonifyRunError::Record { .. } => Code::Data,
        SonifyRunError::Busy { .. } | SonifyRunError::Embed { .. } => Code::Internal,
    }
}

pub(super) fn synth(error: &SynthError) -> Code {
    match error {
        SynthError::Folder(_) | SynthError::OtherSettings { .. } => Code::Usage,
        SynthError::InTheWay { .. } | SynthError::Record { .. } => Code::Data,
        SynthError::Audio(error) => audio(error),
        SynthError::Io { .. } => Code::Internal,
        SynthError::Cancelled { .. } => Code::Interrupted,
    }
}

fn render(error: &RenderError) -> Code {
    match error {
        RenderError::Synthesis(error) => synthesis(error),
        RenderError::Audio(error) => audio(error),
        RenderError::Io { .. } => Code::Internal,
        RenderError::Cancelled { .. } => Code::Interrupted,
    }
}

pub(super) fn synthesis(error: &SynthesisError) -> Code {
    match error {
        SynthesisError::NoCodecDecoder { .. }
        | SynthesisError::Weights(_)
        | SynthesisError::Damaged(_) => Code::Weights,
        SynthesisError::Compute(_) => Code::Internal,
    }
}

pub(super) fn audio(error: &AudioError) -> Code {
    match error {
        AudioError::Write { .. } | AudioError::Plan { .. } => Code::Internal,
        _ => Code::Data,
    }
}
