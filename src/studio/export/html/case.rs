//! Predictions that a page explains.

use super::super::results::Results;
use super::HtmlError;
use crate::exports::plots::{AccountFigure, AccountStep, Figure as _, Look};
use crate::studio::evaluate::Prediction;
use crate::studio::explain::{Answer, Asking, TrackExplanation, ViewKind, explain_track};

/// Prototypes that are named; the others are one term together.
pub(super) const TOP: usize = 6;
/// Training segments that are named beside the strongest segment.
const NEAREST: usize = 3;

/// One prediction with its reasons.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) prediction: &'a Prediction,
    pub(super) explanation: TrackExplanation,
    /// `[answer]`: the sum as a waterfall, as SVG.
    pub(super) figures: Vec<String>,
}

/// The most confident mistakes, and the most confident right predictions, each of another class; so many of each.
pub(super) fn cases<'a>(results: &'a Results, n: usize) -> Result<Vec<Case<'a>>, HtmlError> {
    let examples = &results.training.examples;
    let mut tracks = examples.part(results.split).tracks;
    tracks.dedup();
    let mut items: Vec<_> = results.evaluation.predictions.iter().zip(tracks).collect();
    items.sort_by(|a, b| b.0.confidence.total_cmp(&a.0.confidence));
    let wrong = items.iter().filter(|(item, _)| !item.is_correct()).take(n);
    let mut classes = Vec::new();
    let right = items.iter().filter(|(item, _)| {
        let is_new = item.is_correct() && !classes.contains(&&item.truth);
        classes.extend(is_new.then_some(&item.truth));
        is_new
    });
    let chosen = right.take(n).chain(wrong);
    let case = |(prediction, track): &(&'a Prediction, usize)| {
        let classifier = &results.trained.classifier;
        // A mistake rather than what it is, where that is one class; else rather than the runner-up.
        let truth = match &prediction.truth[..] {
            [truth] if !prediction.is_correct() && prediction.given.len() == 1 => {
                Some(truth.clone())
            }
            _ => None,
        };
        let asking = Asking { against: truth, n_nearest: NEAREST, ..Asking::default() };
        let explanation = explain_track(*track, &asking, classifier, &results.training)?;
        let figures = explanation.answers.iter().map(|answer| figure(answer).svg(Look::Page));
        let figures = figures.collect::<Result<_, _>>()?;
        Ok(Case { prediction, explanation, figures })
    };
    chosen.map(case).collect()
}

/// What is asked.
pub(super) fn question(answer: &Answer) -> String {
    match &answer.against {
        Some(against) => format!("Why {} rather than {against}", answer.class),
        None => format!("Why {}", answer.class),
    }
}

/// What the sum must be.
pub(super) fn logit(answer: &Answer) -> String {
    match &answer.against {
        Some(against) => format!("logit {} − logit {against}", answer.class),
        None => format!("logit {}", answer.class),
    }
}

/// What the sum starts from.
pub(super) fn start(answer: &Answer) -> &'static str {
    match (answer.view, &answer.against) {
        (ViewKind::Centered, _) => "average segment",
        (ViewKind::Absolute, Some(_)) => "biases",
        (ViewKind::Absolute, None) => "bias",
    }
}

/// What the prototypes that are not named contribute together, and how many they are.
pub(super) fn others(answer: &Answer) -> Option<(usize, f64)> {
    let others = answer.contributions.get(TOP..).filter(|others| !others.is_empty())?;
    Some((others.len(), others.iter().map(|term| term.contribution).sum()))
}

fn figure(answer: &Answer) -> AccountFigure {
    let step = |name: &str, value| AccountStep { name: name.to_owned(), value };
    let mut steps = vec![step(start(answer), answer.start)];
    let named = answer.contributions.iter().take(TOP);
    steps.extend(named.map(|term| step(&term.prototype, term.contribution)));
    steps.extend(others(answer).map(|(n, sum)| step(&format!("{n} others"), sum)));
    AccountFigure {
        title: question(answer),
        note: format!("The terms sum to {}", logit(answer)),
        steps,
        total: "sum".to_owned(),
    }
}
