//! Why a logit is what it is: terms that sum to it.

use serde::Serialize;

/// What a similarity is measured from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum View<'a> {
    /// From zero: a term is `W · S`, the sum starts at the bias.
    Absolute,
    /// From what is usual, `[prototype]`: a term is `W · (S − usual)`, the sum starts at the logit of the average segment.
    ///
    /// Similarities are all positive and close to each other, so that this says more about one item.
    Centered(&'a [f64]),
}

/// What is to be explained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question<'a> {
    /// Why this class.
    pub class: usize,
    /// Rather than this one: then the logits' difference is explained.
    pub against: Option<usize>,
    /// What similarities are measured from.
    pub view: View<'a>,
}

/// What one prototype has to do with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The prototype; disabled ones have no term.
    pub prototype: usize,
    /// `S`, how similar the item is to it.
    pub similarity: f64,
    /// What the similarity is measured from; `None` in the absolute view.
    pub usual: Option<f64>,
    /// `W`, or the difference of two classes' weights.
    pub weight: f64,
    /// `weight · (similarity − usual)`.
    pub contribution: f64,
}

/// A sum next to what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Total {
    /// The sum of all terms and of what they start from.
    pub sum: f64,
    /// The logit by the classifier itself, or the difference of two logits.
    pub logit: f64,
    /// `sum − logit`: rounding, and nothing else.
    pub difference: f64,
}

/// The answer to a [`Question`]: `start + Σ contributions = logit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The terms, the largest contribution first, of whatever sign.
    pub terms: Vec<Term>,
    /// What the sum starts from: the bias, or the logit of the average segment.
    pub start: f64,
    /// That it adds up.
    pub total: Total,
}

impl Total {
    pub(super) fn new(sum: f64, logit: f64) -> Self {
        Self { sum, logit, difference: sum - logit }
    }
}

impl Account {
    pub(super) fn new(mut terms: Vec<Term>, start: f64, logit: f64) -> Self {
        let sum = start + terms.iter().map(|term| term.contribution).sum::<f64>();
        terms.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Self { terms, start, total: Total::new(sum, logit) }
    }
}
