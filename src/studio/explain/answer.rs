//! What is asked, and the answers.

use ndarray::Axis;
use serde::{Deserialize, Serialize};

use super::{Asking, ExplainError};
use crate::classifier::{Classifier, InputError, Objective};
use crate::explanation::{Account, Evidence, Question, Total, View, nearest_segments};
use crate::studio::listen::Heard;
use crate::studio::trained::Training;
use crate::studio::{NearSegment, Verdict};

/// What similarities are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// From zero; the sum starts at the bias.
    Absolute,
    /// From what is usual in training; the sum starts at the logit of the average segment.
    Centered,
}

/// Why one logit, or the difference of two, is what it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Why this class.
    pub class: String,
    /// Rather than this one.
    pub against: Option<String>,
    /// What similarities are measured from.
    pub view: ViewKind,
    /// What every enabled prototype contributes, the largest first, of whatever sign.
    pub contributions: Vec<Contribution>,
    /// What the sum starts from: the bias, or the logit of the average training segment.
    pub start: f64,
    /// `start + Σ contributions`, next to the logit.
    #[serde(flatten)]
    pub total: Total,
    /// `[segment]`: the same logit, or difference, of each segment.
    pub logit_of_segment: Vec<f64>,
    /// The segment where it is the highest.
    pub strongest: Strongest,
}

/// What one prototype contributes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// Its name.
    pub prototype: String,
    /// How similar the track is to it.
    pub similarity: f64,
    /// What is usual; `None` in the absolute view.
    pub usual: Option<f64>,
    /// Its weight, or the difference of its two weights.
    pub weight: f64,
    /// `weight · (similarity − usual)`.
    pub contribution: f64,
}

/// The segment that speaks most for the class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Strongest {
    /// Where it begins, in seconds.
    pub start_s: f64,
    /// Where its audio ends, in seconds.
    pub end_s: f64,
    /// Its logit, or difference.
    pub logit: f64,
    /// The training segments nearest to it.
    pub nearest: Vec<NearSegment>,
}

/// The job's question, as far as it can be checked before the file is heard.
pub(super) struct Asked {
    why: Option<usize>,
    against: Option<usize>,
    view: ViewKind,
    n_nearest: usize,
}

impl Asked {
    pub(super) fn new(
        asking: &Asking,
        classifier: &Classifier,
        training: Option<&Training>,
    ) -> Result<Self, ExplainError> {
        let number = |name: &String| {
            let found = classifier.labels().iter().position(|label| label == name);
            let there = || classifier.labels().to_vec();
            found.ok_or_else(|| ExplainError::NoClass { found: name.clone(), there: there() })
        };
        let why = asking.why.as_ref().map(number).transpose()?;
        let against = asking.against.as_ref().map(number).transpose()?;
        let view = match (asking.view, training) {
            (Some(ViewKind::Centered), None) => return Err(ExplainError::NoTraining),
            (Some(view), _) => view,
            (None, Some(_)) => ViewKind::Centered,
            (None, None) => ViewKind::Absolute,
        };
        Ok(Self { why, against, view, n_nearest: asking.n_nearest })
    }

    /// The classes to explain: what was asked for, else what the file is called, rather than the runner-up where one label is
    /// given.
    fn pairs(
        &self,
        classifier: &Classifier,
        verdict: &Verdict,
    ) -> Result<Vec<(usize, Option<usize>)>, ExplainError> {
        let number = |name: &String| {
            classifier.labels().iter().position(|label| label == name).unwrap_or_default()
        };
        let ranked = |i: usize| verdict.ranking.get(i).map(|ranked| number(&ranked.label));
        let most_probable = ranked(0).unwrap_or_default();
        let given: Vec<_> = verdict.labels.iter().map(number).collect();
        let pairs = match (self.why, self.against) {
            (Some(why), against) => vec![(why, against)],
            (None, Some(against)) => vec![(most_probable, Some(against))],
            (None, None) => match classifier.objective() {
                Objective::Softmax { .. } => vec![(most_probable, ranked(1))],
                Objective::Sigmoid { .. } if given.is_empty() => vec![(most_probable, None)],
                Objective::Sigmoid { .. } => given.into_iter().map(|class| (class, None)).collect(),
            },
        };
        match pairs.iter().find(|(class, against)| Some(*class) == *against) {
            Some((class, _)) => {
                Err(ExplainError::SameClass { class: classifier.labels()[*class].clone() })
            }
            None => Ok(pairs),
        }
    }
}

/// A file that was heard, and what was found in it.
pub(super) struct Found<'a> {
    pub(super) classifier: &'a Classifier,
    pub(super) training: Option<&'a Training>,
    pub(super) heard: &'a Heard,
    pub(super) track: &'a Evidence,
    pub(super) segments: &'a [Evidence],
}

impl Found<'_> {
    pub(super) fn answers(
        &self,
        asked: &Asked,
        verdict: &Verdict,
    ) -> Result<Vec<Answer>, ExplainError> {
        let pairs = asked.pairs(self.classifier, verdict)?;
        let answers = pairs.into_iter().map(|pair| self.answer(asked, pair));
        Ok(answers.collect::<Result<_, _>>()?)
    }

    fn answer(
        &self,
        asked: &Asked,
        (class, against): (usize, Option<usize>),
    ) -> Result<Answer, InputError> {
        let view = match (asked.view, self.training) {
            (ViewKind::Centered, Some(training)) => {
                View::Centered(&training.survey.mean_similarities)
            }
            _ => View::Absolute,
        };
        let question = Question { class, against, view };
        let Account { terms, start, total } = self.track.account(self.classifier, question);
        let contributions = terms.into_iter().map(|term| Contribution {
            prototype: self.classifier.info()[term.prototype].name.clone(),
            similarity: term.similarity,
            usual: term.usual,
            weight: term.weight,
            contribution: term.contribution,
        });
        let logit = |evidence: &Evidence| {
            let of = |class: usize| f64::from(evidence.logits[class]);
            of(class) - against.map_or(0.0, of)
        };
        let logit_of_segment: Vec<_> = self.segments.iter().map(logit).collect();
        let name = |class: usize| self.classifier.labels()[class].clone();
        Ok(Answer {
            class: name(class),
            against: against.map(name),
            view: asked.view,
            contributions: contributions.collect(),
            start,
            total,
            strongest: self.strongest(&logit_of_segment, asked.n_nearest)?,
            logit_of_segment,
        })
    }

    /// The first segment with the highest logit.
    fn strongest(&self, logits: &[f64], n_nearest: usize) -> Result<Strongest, InputError> {
        let higher = |best: usize, i: usize| if logits[i] > logits[best] { i } else { best };
        let segment = (0..logits.len()).reduce(higher).unwrap_or_default();
        let place = self.heard.places[segment];
        let nearest = match self.training {
            None => Vec::new(),
            Some(training) => {
                let vector = self.heard.z.index_axis(Axis(0), segment);
                let found =
                    nearest_segments(self.classifier, vector, training.part.z.view(), n_nearest)?;
                found.iter().map(|neighbor| training.name(neighbor)).collect()
            }
        };
        let (start_s, end_s) = (place.start_s, place.end_s);
        Ok(Strongest { start_s, end_s, logit: logits[segment], nearest })
    }
}
