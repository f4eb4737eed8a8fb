//! Which error ends the program with which code: one file for the errors of a group of use cases.

mod data;
mod demo;
mod embed;
mod export;
mod hearing;
mod learning;
mod models;
mod pages;
mod pretraining;
mod sound;

use std::path::{Path, PathBuf};

#[cfg(feature = "gui")]
use crate::gui::GuiError;
use crate::models::pull::PullError;
use crate::models::{ImportError, LibraryError, VerifyError};
use crate::runs::RunError;
use crate::studio::compare::CompareError;
use crate::studio::data::DataError;
use crate::studio::demo::DemoError;
use crate::studio::edit::EditRunError;
use crate::studio::embed::EmbedError;
use crate::studio::evaluate::EvaluateError;
use crate::studio::explain::ExplainError;
use crate::studio::export::ExportError;
use crate::studio::export::html::HtmlError;
use crate::studio::import::ImportDataError;
use crate::studio::listen::ListenError;
use crate::studio::merge::MergeError;
use crate::studio::models::{CheckError, ChooseError};
use crate::studio::predict::PredictError;
use crate::studio::pretrain::PretrainError;
use crate::studio::prototypes::PrototypesError;
use crate::studio::reconstruct::ReconstructError;
use crate::studio::sonify::SonifyError;
use crate::studio::sonify_run::SonifyRunError;
use crate::studio::sweep::SweepError;
use crate::studio::synth::SynthError;
use crate::studio::train::TrainError;
use crate::studio::trained::TrainedError;
use crate::studio::{NoFolder, OutputError, RunModelError};
use crate::synthesis::SoundFontError;
use crate::weights::StoreError;

/// The exit codes that `--help` lists, as far as errors have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Internal = 1,
    Usage = 2,
    Data = 3,
    Weights = 4,
    Device = 5,
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
    Demo(Box<DemoError>),
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
    ExportHtml(Box<HtmlError>),
    #[error(transparent)]
    Prototypes(#[from] PrototypesError),
    #[error(transparent)]
    Pretrain(Box<PretrainError>),
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    SoundFont(#[from] SoundFontError),
    #[error(
        "--per-class takes three whole numbers that are not all 0, as in 200,50,50, not {given:?}"
    )]
    PerClass { given: Vec<u64> },
    #[error(transparent)]
    Export(Box<ExportError>),
    #[error(transparent)]
    ImportData(Box<ImportDataError>),
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
    #[error("cannot read ({source}), check the path: {}", path.display())]
    Read { source: std::io::Error, path: PathBuf },
    #[error("standard input holds no paths; give one a line")]
    NoPaths,
    #[error("cannot read paths from standard input ({0})")]
    Input(std::io::Error),
    #[error(transparent)]
    Folder(#[from] NoFolder),
    #[error(transparent)]
    Place(#[from] OutputError),
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
    #[error("{}", unknown_run(run, runs, there))]
    UnknownRun { run: PathBuf, there: Vec<String>, runs: PathBuf },
    #[error("cannot start {n_threads} threads ({source}); give a smaller --threads")]
    Threads { n_threads: usize, source: rayon::ThreadPoolBuildError },
    #[error("cannot write the manual ({source}): {}", path.display())]
    Manual { source: std::io::Error, path: PathBuf },
    #[error("cannot write to standard output ({0})")]
    Output(std::io::Error),
    #[cfg(feature = "gui")]
    #[error(transparent)]
    Gui(#[from] GuiError),
}

fn unknown_run(run: &Path, runs: &Path, there: &[String]) -> String {
    let there = match there {
        [] => "where there is none".to_owned(),
        names => format!("where there are {}", names.join(", ")),
    };
    let (name, runs) = (run.display(), runs.display());
    match run.is_dir() {
        true => format!("{name:?} is a folder, but no run; nor is one in {runs}, {there}"),
        false => format!("no run {name:?} is here or in {runs}, {there}"),
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        Self::Demo(Box::new(error))
    }
}

impl From<HtmlError> for Failure {
    fn from(error: HtmlError) -> Self {
        Self::ExportHtml(Box::new(error))
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        Self::Export(Box::new(error))
    }
}

impl From<ImportDataError> for Failure {
    fn from(error: ImportDataError) -> Self {
        Self::ImportData(Box::new(error))
    }
}

impl From<PretrainError> for Failure {
    fn from(error: PretrainError) -> Self {
        Self::Pretrain(Box::new(error))
    }
}

impl Failure {
    /// The exit code.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Data(error) => data::data(error),
            Self::UnusableData { .. } => Code::Data,
            #[cfg(feature = "gui")]
            Self::Gui(_) => Code::Device,
            Self::Demo(error) => demo::demo(error),
            Self::Embed(error) => embed::embed(error),
            Self::Merge(error) => embed::merge(error),
            Self::Reconstruct(error) => sound::reconstruct(error),
            Self::Sonify(error) => sound::sonify(error),
            Self::SonifyRun(error) => sound::sonify_run(error),
            Self::Train(error) => learning::train(error),
            Self::Evaluate(error) => learning::evaluate(error),
            Self::Edit(error) => learning::edit(error),
            Self::Compare(CompareError::Run(error)) => learning::run(error),
            Self::Compare(_) => Code::Data,
            Self::Sweep(error) => learning::sweep(error),
            Self::Run(error) => learning::run(error),
            Self::RunModel(error) => models::run_model(error),
            Self::Under { .. } => Code::Under,
            Self::Trained(error) => learning::trained(error),
            Self::Listen(error) => hearing::listen(error),
            Self::Predict(error) => hearing::predict(error),
            Self::Explain(error) => hearing::explain(error),
            Self::ExportHtml(error) => pages::html(error),
            Self::Prototypes(error) => learning::prototypes(error),
            Self::Pretrain(error) => pretraining::pretrain(error),
            Self::Synth(error) => sound::synth(error),
            Self::Export(error) => export::export(error),
            Self::ImportData(error) => export::import(error),
            Self::SoundFont(_) => Code::Data,
            Self::Library(error) => models::library(error),
            Self::Choose(error) | Self::Check(CheckError::Choose(error)) => models::choose(error),
            Self::Import(error) => models::importing(error),
            Self::Pull(error) => models::pull(error),
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
            | Self::Place(_)
            | Self::PerClass { .. }
            | Self::ManyTracks { .. } => Code::Usage,
            Self::NoPaths | Self::Input(_) | Self::Read { .. } => Code::Data,
            Self::Write { .. } | Self::Output(_) | Self::Manual { .. } => Code::Internal,
        }
    }
}
