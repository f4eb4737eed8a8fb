//! Handing results on.

use super::{Code, hearing, learning, models, sound};
use crate::studio::export::ResultsError;
use crate::studio::export::html::HtmlError;
use crate::studio::export::plots::PlotsError;

pub(super) fn html(error: &HtmlError) -> Code {
    match error {
        HtmlError::Results(error) => results(error),
        HtmlError::Run(error) => learning::run(error),
        HtmlError::Model(error) => models::run_model(error),
        HtmlError::Sonify(error) => sound::sonify_run(error),
        HtmlError::Audio(error) => sound::audio(error),
        HtmlError::Explain(error) => hearing::explain(error),
        HtmlError::Place(_) | HtmlError::InTheWay { .. } => Code::Usage,
        HtmlError::Cancelled => Code::Interrupted,
        HtmlError::Encode { .. }
        | HtmlError::Mel(_)
        | HtmlError::Plot(_)
        | HtmlError::Write { .. } => Code::Internal,
    }
}

pub(super) fn plots(error: &PlotsError) -> Code {
    match error {
        PlotsError::Results(error) => results(error),
        PlotsError::Sounds(error) => sound::sonify_run(error),
        PlotsError::Audio(error) => sound::audio(error),
        PlotsError::Folder(_) | PlotsError::InTheWay { .. } => Code::Usage,
        PlotsError::Cancelled => Code::Interrupted,
        PlotsError::Mel(_) | PlotsError::Plot(_) | PlotsError::Io { .. } => Code::Internal,
    }
}

fn results(error: &ResultsError) -> Code {
    match error {
        ResultsError::Run(error) => learning::run(error),
        ResultsError::Trained(error) => learning::trained(error),
        ResultsError::Prototypes(error) => learning::prototypes(error),
        ResultsError::Evaluate(error) => learning::evaluate(error),
    }
}
