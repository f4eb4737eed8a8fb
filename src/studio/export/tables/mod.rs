//! An exhibit → sheets, one file for what each is about.

mod lists;
mod measures;
mod prototypes;
mod tracks;

pub(super) use measures::{class_report, summary};

use super::exhibit::Exhibit;
use crate::explanation::Reading;
use crate::exports::{Cells, Sheet};
use crate::studio::Verdict;

/// Between labels of one item.
const LABEL_SEPARATOR: &str = ";";

/// Where the sounds are that an export has; `None` for those that it has not.
#[derive(Debug)]
pub(super) struct Sounds {
    /// `[prototype]`
    pub(super) prototypes: Vec<Option<String>>,
    /// `[segment]`
    pub(super) segments: Vec<Option<String>>,
}

impl Sounds {
    /// No sound at all.
    pub(super) fn none(exhibit: &Exhibit) -> Self {
        let (n_segments, n_prototypes) = exhibit.similarities.dim();
        Self { prototypes: vec![None; n_prototypes], segments: vec![None; n_segments] }
    }
}

/// What items are called, and how sure that is.
fn with_verdicts(sheet: Sheet, verdicts: &[Verdict], over: &str) -> Sheet {
    let reading = |of: fn(Reading) -> f64| {
        Cells::Real(verdicts.iter().map(|verdict| verdict.familiarity.map(of)).collect())
    };
    sheet
        .text(
            "predicted",
            "predicted label; several are separated by semicolons",
            verdicts.iter().map(|verdict| verdict.labels.join(LABEL_SEPARATOR)),
        )
        .real(
            "confidence",
            "probability of the most probable class",
            verdicts.iter().map(|verdict| verdict.confidence),
        )
        .real(
            "margin",
            "lead of the most probable class over the next; where several labels are possible, the smallest distance of a \
             probability from its threshold",
            verdicts.iter().map(|verdict| verdict.margin),
        )
        .with(
            "top_prototype",
            "the enabled prototype that it is most similar to",
            Cells::Text(verdicts.iter().map(|verdict| verdict.top_prototype.clone()).collect()),
        )
        .real(
            "max_similarity",
            format!("{over}largest similarity to an enabled prototype"),
            verdicts.iter().map(|verdict| verdict.similarity),
        )
        .with(
            "familiarity",
            "share of the training items that are no more familiar",
            reading(|reading| reading.rank),
        )
}
