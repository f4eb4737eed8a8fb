//! Handing results on.

use super::{Code, export, hearing, learning, models, sound};
use crate::studio::export::ResultsError;
use crate::studio::export::html::HtmlError;

pub(super) fn html(error: &HtmlError) -> Code {
    match error {
        HtmlError::Results(error) => results(error),
        HtmlError::Run(error) => learning::run(error),
        HtmlError::Model(error) => models::run_model(error),
        HtmlError::Sonify(error) => sound::sonify_run(error),
        HtmlError::Audio(error) => sound::audio(error),
        HtmlError::Explain(error) => hearing::explain(error),
        HtmlError::Output(_) => Code::Usage,
        HtmlError::Place(error) => export::place(error),
        HtmlError::Cancelled => Code::Interrupted,
        HtmlError::Encode { .. } | HtmlError::Mel(_) | HtmlError::Plot(_) => Code::Internal,
    }
}

pub(super) fn results(error: &ResultsError) -> Code {
    match error {
        ResultsError::Run(error) => learning::run(error),
        ResultsError::Trained(error) => learning::trained(error),
        ResultsError::Prototypes(error) => learning::prototypes(error),
        ResultsError::Evaluate(error) => learning::evaluate(error),
    }
}
