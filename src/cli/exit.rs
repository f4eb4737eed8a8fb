//! Which error ends the program with which code, all in one place.

use std::path::PathBuf;

use crate::audio::AudioError;
use crate::classifier::TensorFileError;
use crate::embeddings::{AssembleError, JournalError, TableError};
use crate::examples::JoinError;
use crate::models::pull::PullError;
use crate::models::{ImportError, LibraryError, VerifyError};
use crate::runs::RunError;
use crate::studio::compare::CompareError;
use crate::studio::data::DataError;
use crate::studio::edit::EditRunError;
use crate::studio::embed::EmbedError;
use crate::studio::evaluate::EvaluateError;
use crate::studio::explain::ExplainError;
use crate::studio::listen::ListenError;
use crate::studio::merge::MergeError;
use crate::studio::models::{CheckError, ChooseError};
use crate::studio::predict::PredictError;
use crate::studio::prototypes::PrototypesError;
use crate::studio::reconstruct::ReconstructError;
use crate::studio::sonify::SonifyError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::sweep::SweepError;
use crate::studio::train::TrainError;
use crate::studio::trained::TrainedError;
use crate::studio::{NoFolder, RunModelError, SynthesisError};
use crate::training::{CheckpointError, TrainerError};
use crate::weights::canonical::CanonicalError;
use crate::weights::{SaveError, StoreError};

/// The exit codes that `--help` lists, as far as errors have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Internal = 1,
    Usage = 2,
    Data = 3,
    Weights = 4,
    Skipped = 6,
    Under = 7,
    Network = 8,
    Interrupted = 130,
}

/// Why a verb did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error(transparent)]
    Reconstruct(#[from] ReconstructError),
    #[error(transparent)]
    Sonify(#[from] SonifyError),
    #[error(transparent)]
    SonifyRun(#[from] SonifyRunError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(transparent)]
    Edit(#[from] EditRunError),
    #[error(transparent)]
    Compare(#[from] CompareError),
    #[error(transparent)]
    Sweep(#[from] SweepError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    RunModel(#[from] RunModelError),
    /// Only with `--fail-under`.
    #[error("{name} is {value:.3} on {on}, expected {least} or more")]
    Under { name: String, value: f64, least: f64, on: String },
    #[error(transparent)]
    Trained(#[from] TrainedError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Predict(#[from] PredictError),
    #[error(transparent)]
    Explain(#[from] ExplainError),
    #[error(transparent)]
    Prototypes(#[from] PrototypesError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Choose(#[from] ChooseError),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Pull(#[from] PullError),
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// Only with `--strict`.
    #[error("files were skipped ({n_skipped}), which --strict does not allow; see {}", report.display())]
    Skipped { n_skipped: usize, report: PathBuf },
    /// Only with `--strict`.
    #[error("files were skipped ({n_skipped}), which --strict does not allow")]
    Unusable { n_skipped: usize },
    #[error("--json and --format both go to standard output; give a file by -o")]
    TwoOutputs,
    #[error("the name says no format, name one by --format or end it in .csv, .jsonl or .txt: {}", path.display())]
    NoFormat { path: PathBuf },
    #[error("{n_files} files have a label track each; give a folder by -o")]
    ManyTracks { n_files: usize },
    #[error("standard input holds no paths; give one a line")]
    NoPaths,
    #[error("cannot read paths from standard input ({0})")]
    Input(std::io::Error),
    #[error(transparent)]
    Folder(#[from] NoFolder),
    #[error("cannot write ({source}), check the folder and the free space: {}", path.display())]
    Write { source: std::io::Error, path: PathBuf },
    /// Only with `--strict`.
    #[error(
        "the table is not whole, which --strict does not allow; these shards are missing: {missing}"
    )]
    NotWhole { missing: String },
    #[error("the data cannot be used ({reason}): {}", path.display())]
    UnusableData { reason: String, path: PathBuf },
    /// Only with `--strict`.
    #[error("there are problems and warnings ({n_findings}), which --strict does not allow")]
    Findings { n_findings: usize },
    #[error("nobody can be asked here whether to remove {what}; give -y to remove it")]
    NobodyToAsk { what: String },
    #[error(
        "no run {:?} is here or in {}, {}", run.display(), runs.display(), known_runs(there)
    )]
    UnknownRun { run: PathBuf, there: Vec<String>, runs: PathBuf },
    #[error("cannot start {n_threads} threads ({source}); give a smaller --threads")]
    Threads { n_threads: usize, source: rayon::ThreadPoolBuildError },
    #[error("cannot write the manual ({source}): {}", path.display())]
    Manual { source: std::io::Error, path: PathBuf },
    #[error("cannot write to standard output ({0})")]
    Output(std::io::Error),
}

/// What runs there are, as the end of a sentence.
fn known_runs(there: &[String]) -> String {
    match there {
        [] => "where there is none".to_owned(),
        names => format!("where there are {}", names.join(", ")),
    }
}

impl Failure {
    /// The exit code.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Data(error) => of_data(error),
            Self::UnusableData { .. } => Code::Data,
            Self::Embed(error) => of_embed(error),
            Self::Merge(error) => of_merge(error),
            Self::Reconstruct(error) => of_reconstruct(error),
            Self::Sonify(error) => of_sonify(error),
            Self::SonifyRun(error) => of_sonify_run(error),
            Self::Train(error) => of_train(error),
            Self::Evaluate(error) => of_evaluate(error),
            Self::Edit(error) => of_edit(error),
            Self::Compare(CompareError::Run(error)) => of_run(error),
            Self::Compare(_) => Code::Data,
            Self::Sweep(error) => of_sweep(error),
            Self::Run(error) => of_run(error),
            Self::RunModel(error) => of_run_model(error),
            Self::Under { .. } => Code::Under,
            Self::Trained(error) => of_trained(error),
            Self::Listen(error) => of_listen(error),
            Self::Predict(error) => of_predict(error),
            Self::Explain(error) => of_explain(error),
            Self::Prototypes(error) => of_prototypes(error),
            Self::Library(error) => of_library(error),
            Self::Choose(error) | Self::Check(CheckError::Choose(error)) => of_choose(error),
            Self::Import(error) => of_import(error),
            Self::Pull(error) => of_pull(error),
            Self::Check(CheckError::Verify(VerifyError::Cancelled { .. })) => Code::Interrupted,
            Self::Weights(_) | Self::Check(CheckError::Verify(_)) => Code::Weights,
            Self::Skipped { .. }
            | Self::Unusable { .. }
            | Self::NotWhole { .. }
            | Self::Findings { .. } => Code::Skipped,
            Self::NobodyToAsk { .. }
            | Self::Threads { .. }
            | Self::UnknownRun { .. }
            | Self::TwoOutputs
            | Self::NoFormat { .. }
            | Self::Folder(_)
            | Self::ManyTracks { .. } => Code::Usage,
            Self::NoPaths | Self::Input(_) => Code::Data,
            Self::Write { .. } | Self::Output(_) | Self::Manual { .. } => Code::Internal,
        }
    }
}

fn of_data(error: &DataError) -> Code {
    match error {
        DataError::Dataset(_) => Code::Data,
        DataError::Table(error) => of_table(error),
        DataError::Cancelled { .. } => Code::Interrupted,
    }
}

fn of_embed(error: &EmbedError) -> Code {
    match error {
        EmbedError::TableName { .. }
        | EmbedError::SameTable { .. }
        | EmbedError::Folder(_)
        | EmbedError::Layer(_) => Code::Usage,
        EmbedError::Source(_)
        | EmbedError::OtherSettings(_)
        | EmbedError::OtherSource { .. }
        | EmbedError::NothingUsable { .. } => Code::Data,
        EmbedError::Table(error) | EmbedError::Assemble(AssembleError::Table(error)) => {
            of_table(error)
        }
        EmbedError::Journal(error) | EmbedError::Assemble(AssembleError::Journal(error)) => {
            of_journal(error)
        }
        EmbedError::Encoder(_) | EmbedError::Abandoned { .. } | EmbedError::Report { .. } => {
            Code::Internal
        }
        EmbedError::Cancelled { .. } => Code::Interrupted,
    }
}

fn of_merge(error: &MergeError) -> Code {
    match error {
        MergeError::Folder(_) => Code::Usage,
        MergeError::Table(error) => of_table(error),
        MergeError::ReadReport { .. } => Code::Data,
        MergeError::WriteReport { .. } => Code::Internal,
    }
}

fn of_train(error: &TrainError) -> Code {
    match error {
        TrainError::Table(error) | TrainError::Join(JoinError::Table(error)) => of_table(error),
        TrainError::Embed(error) => of_embed(error),
        TrainError::Run(error) => of_run(error),
        TrainError::Weights(_) => Code::Weights,
        TrainError::SeveralLabels
        | TrainError::Trainer(TrainerError::Settings(_))
        | TrainError::NothingLeft { .. } => Code::Usage,
        TrainError::Cancelled { .. } => Code::Interrupted,
        TrainError::Cache { .. }
        | TrainError::Checkpoint(CheckpointError::File(TensorFileError::Write { .. })) => {
            Code::Internal
        }
        _ => Code::Data,
    }
}

fn of_evaluate(error: &EvaluateError) -> Code {
    match error {
        EvaluateError::Run(error) => of_run(error),
        EvaluateError::Source(error) => of_train(error),
        EvaluateError::Write { .. } => Code::Internal,
        _ => Code::Data,
    }
}

fn of_edit(error: &EditRunError) -> Code {
    match error {
        EditRunError::Run(error) => of_run(error),
        EditRunError::Input(_) | EditRunError::Scoring(_) | EditRunError::NoTraining => Code::Data,
        _ => Code::Usage,
    }
}

fn of_sweep(error: &SweepError) -> Code {
    match error {
        SweepError::Train(error) => of_train(error),
        SweepError::Run(error) => of_run(error),
        SweepError::OtherSettings { .. } => Code::Usage,
        SweepError::Ceiling(error) => of_evaluate(error),
        SweepError::Write { .. } => Code::Internal,
        SweepError::Scoring(_) => Code::Data,
    }
}

fn of_run(error: &RunError) -> Code {
    match error {
        RunError::Exists { .. }
        | RunError::Name { .. }
        | RunError::NotARun { .. }
        | RunError::NotOnlyARun { .. }
        | RunError::Settings { .. }
        | RunError::NoStartFile => Code::Usage,
        RunError::Io { verb: "read", .. } => Code::Data,
        RunError::Io { .. } => Code::Internal,
        RunError::Table(error) => of_table(error),
        RunError::Missing { .. }
        | RunError::Damaged { .. }
        | RunError::EditsOfAnother { .. }
        | RunError::EditedMeanwhile { .. } => Code::Data,
    }
}

fn of_run_model(error: &RunModelError) -> Code {
    match error {
        RunModelError::Library(error) => of_library(error),
        RunModelError::Other { .. } | RunModelError::NotInstalled { .. } => Code::Weights,
    }
}

fn of_trained(error: &TrainedError) -> Code {
    match error {
        TrainedError::Run(error) => of_run(error),
        TrainedError::Bundle(_) | TrainedError::Input(_) => Code::Data,
    }
}

fn of_listen(error: &ListenError) -> Code {
    match error {
        ListenError::Model(error) => of_run_model(error),
        ListenError::Weights(_) => Code::Weights,
        ListenError::Precision { .. } => Code::Usage,
        ListenError::Unknown { .. } | ListenError::Settings { .. } => Code::Data,
        ListenError::Encoder(_) => Code::Internal,
        ListenError::Cancelled { .. } => Code::Interrupted,
    }
}

fn of_predict(error: &PredictError) -> Code {
    match error {
        PredictError::Listen(error) => of_listen(error),
        PredictError::Source(_) | PredictError::NothingUsable { .. } => Code::Data,
    }
}

fn of_explain(error: &ExplainError) -> Code {
    match error {
        ExplainError::Listen(error) => of_listen(error),
        ExplainError::Audio(error) => of_audio(error),
        ExplainError::NoClass { .. } | ExplainError::SameClass { .. } => Code::Usage,
        ExplainError::Unusable { .. } | ExplainError::Input(_) | ExplainError::NoTraining => {
            Code::Data
        }
    }
}

fn of_prototypes(error: &PrototypesError) -> Code {
    match error {
        PrototypesError::Trained(error) => of_trained(error),
        PrototypesError::NoPrototype { .. } => Code::Usage,
        PrototypesError::NoTraining | PrototypesError::Ablation(_) => Code::Data,
    }
}

fn of_table(error: &TableError) -> Code {
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

fn of_journal(error: &JournalError) -> Code {
    match error {
        JournalError::Io { .. } | JournalError::Locked { .. } => Code::Internal,
        JournalError::NotAJournal { .. }
        | JournalError::Damaged { .. }
        | JournalError::OtherSettings(_) => Code::Data,
    }
}

fn of_audio(error: &AudioError) -> Code {
    match error {
        AudioError::Write { .. } | AudioError::Plan { .. } => Code::Internal,
        _ => Code::Data,
    }
}

fn of_synthesis(error: &SynthesisError) -> Code {
    match error {
        SynthesisError::NoCodecDecoder { .. } | SynthesisError::Weights(_) => Code::Weights,
        SynthesisError::Compute(_) => Code::Internal,
    }
}

fn of_reconstruct(error: &ReconstructError) -> Code {
    match error {
        ReconstructError::OutputName { .. }
        | ReconstructError::Overwrite { .. }
        | ReconstructError::Folder(_) => Code::Usage,
        ReconstructError::Audio(error) => of_audio(error),
        ReconstructError::Synthesis(error) => of_synthesis(error),
        ReconstructError::Cancelled { .. } => Code::Interrupted,
    }
}

fn of_sonify(error: &SonifyError) -> Code {
    match error {
        SonifyError::Array(_)
        | SonifyError::NoVectors { .. }
        | SonifyError::Vectors { .. }
        | SonifyError::NoiseShape { .. }
        | SonifyError::OtherRun { .. }
        | SonifyError::InTheWay { .. } => Code::Data,
        SonifyError::Folder(_) => Code::Usage,
        SonifyError::Synthesis(error) => of_synthesis(error),
        SonifyError::Audio(error) => of_audio(error),
        SonifyError::Io { .. } => Code::Internal,
        SonifyError::Cancelled { .. } => Code::Interrupted,
    }
}

fn of_sonify_run(error: &SonifyRunError) -> Code {
    match error {
        SonifyRunError::Run(error) => of_run(error),
        SonifyRunError::OtherModel { .. } | SonifyRunError::Weights(_) => Code::Weights,
        SonifyRunError::Unknown { .. } | SonifyRunError::AllDisabled => Code::Usage,
        SonifyRunError::Synthesis(error) => of_synthesis(error),
        SonifyRunError::Audio(error) => of_audio(error),
        SonifyRunError::Input(_) | SonifyRunError::Record { .. } => Code::Data,
        SonifyRunError::Busy { .. } | SonifyRunError::Embed { .. } | SonifyRunError::Io { .. } => {
            Code::Internal
        }
        SonifyRunError::Cancelled { .. } => Code::Interrupted,
    }
}

fn of_choose(error: &ChooseError) -> Code {
    match error {
        ChooseError::Library(error) => of_library(error),
        ChooseError::NoneInstalled { .. } => Code::Weights,
        ChooseError::Several { .. } => Code::Usage,
    }
}

fn of_library(error: &LibraryError) -> Code {
    match error {
        LibraryError::Name { .. } | LibraryError::NotOnlyAModel { .. } => Code::Usage,
        LibraryError::Unknown { .. }
        | LibraryError::NoModel { .. }
        | LibraryError::File { .. }
        | LibraryError::Open(_) => Code::Weights,
        LibraryError::NoHome | LibraryError::Io { .. } => Code::Internal,
    }
}

fn of_import(error: &ImportError) -> Code {
    match error {
        ImportError::Exists { .. }
        | ImportError::Segment { .. }
        | ImportError::Canonical(CanonicalError::Hints(_))
        | ImportError::Save(SaveError::Overflow { .. }) => Code::Usage,
        ImportError::Checkpoint(_)
        | ImportError::Canonical(_)
        | ImportError::Open(_)
        | ImportError::Store(_) => Code::Weights,
        ImportError::Library(error) => of_library(error),
        ImportError::Cancelled { .. } => Code::Interrupted,
        ImportError::Save(_) | ImportError::Json { .. } | ImportError::Io { .. } => Code::Internal,
    }
}

fn of_pull(error: &PullError) -> Code {
    match error {
        PullError::UnknownModel { .. } => Code::Weights,
        PullError::Import(error) => of_import(error),
        PullError::Offline { .. } | PullError::Download { .. } => Code::Network,
        PullError::Cancelled { .. } => Code::Interrupted,
        PullError::Manifest { .. }
        | PullError::Incomplete { .. }
        | PullError::Busy { .. }
        | PullError::Io { .. } => Code::Internal,
    }
}
