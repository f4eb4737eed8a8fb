//! Runs side by side, and whether what parts them is more than chance.

use serde::Serialize;

use crate::dataset::Split;
use crate::evaluation::{Answers, BootstrapSettings, Comparison, EvaluationError, Report, compare};
use crate::examples::{ExampleTrack, Examples};
use crate::runs::{RunError, RunFolder};
use crate::studio::scoring::{Level, Scored, ScoringError};

/// Why runs were not compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A run cannot be scored.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// Two runs cannot be compared.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// Nothing to measure a run on.
    #[error("run {run} has no track in its {split} split; choose another --split")]
    EmptySplit {
        /// The run.
        run: String,
        /// The split.
        split: Split,
    },
}

/// Several runs on one split each.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedRuns {
    /// In the order that was asked for.
    pub runs: Vec<ComparedRun>,
    /// The first against each other.
    pub pairs: Vec<Pair>,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedRun {
    /// Its name.
    pub name: String,
    /// Edits in force.
    pub n_edits: usize,
    /// Prototypes that take part.
    pub n_prototypes: usize,
    /// Numbers that training learned, before any edit.
    pub n_parameters: usize,
    /// Everything that is measured.
    pub report: Report,
}

/// Two of them on the same items.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    /// Name of the first.
    pub first: String,
    /// Name of the second.
    pub second: String,
    /// What parts them; nothing where they were not measured on the same items.
    pub comparison: Option<Comparison>,
    /// Why there is no comparison.
    pub reason: Option<String>,
}

/// A run with what was scored of it.
struct Measured {
    run: ComparedRun,
    labels: Vec<String>,
    examples: Examples,
    scored: Scored,
    given: Vec<Vec<u32>>,
    /// Rows of segments; empty where tracks are counted.
    segments: Vec<usize>,
}

/// Measures every run on a split of its own, and compares the first with each other where both have the same items.
///
/// # Errors
/// A run has no classifier or no track in the split, or is damaged.
pub fn compare_runs(
    runs: &[RunFolder],
    split: Split,
    level: Level,
) -> Result<ComparedRuns, CompareError> {
    let measured =
        runs.iter().map(|run| measure(run, split, level)).collect::<Result<Vec<_>, _>>()?;
    let mut pairs = Vec::new();
    if let Some((first, others)) = measured.split_first() {
        for other in others {
            pairs.push(pair(first, other, split)?);
        }
    }
    Ok(ComparedRuns { runs: measured.into_iter().map(|found| found.run).collect(), pairs })
}

fn measure(run: &RunFolder, split: Split, level: Level) -> Result<Measured, CompareError> {
    let (classifier, examples) = (run.classifier()?, run.examples()?);
    let part = examples.part(split);
    if part.rows.is_empty() {
        return Err(CompareError::EmptySplit { run: run.name(), split });
    }
    let scored = Scored::of(&classifier, &examples, &part, level)?;
    let given = scored.given(&classifier);
    let run = ComparedRun {
        name: run.name(),
        n_edits: run.edit_log()?.in_force().len(),
        n_prototypes: classifier.info().iter().filter(|info| info.enabled).count(),
        // An edit that adds a prototype puts the adapted ones in place of the adaptor; they were learned with it all the same.
        n_parameters: run.trained_classifier()?.n_parameters(),
        report: scored.report(&classifier)?,
    };
    let segments = if level == Level::Segment { part.rows } else { Vec::new() };
    let labels = classifier.labels().to_vec();
    Ok(Measured { run, labels, examples, scored, given, segments })
}

impl Measured {
    /// What tells each item from all others: track, part, segment, and the labels that are true.
    fn items(&self) -> Vec<(&str, String, &[u32])> {
        let item = |(i, track): (usize, &usize)| {
            let ExampleTrack { id, content, start_s, end_s, .. } = &self.examples.tracks[*track];
            let segment = self.segments.get(i).map(|row| self.examples.places[*row].segment);
            let place = format!("{content} {start_s:?} {end_s:?} {segment:?}");
            (id.as_str(), place, self.scored.truth[i].as_slice())
        };
        self.scored.tracks.iter().enumerate().map(item).collect()
    }
}

fn pair(first: &Measured, second: &Measured, split: Split) -> Result<Pair, CompareError> {
    let names = (first.run.name.clone(), second.run.name.clone());
    let (a, b) = (first.items(), second.items());
    let reason = if first.labels != second.labels {
        Some("they have different classes".to_owned())
    } else if a != b {
        let n_common = a.iter().filter(|item| b.contains(item)).count();
        let (n_a, n_b) = (a.len(), b.len());
        Some(format!(
            "their {split} splits are not the same: {n_a} and {n_b}, of which {n_common} in common"
        ))
    } else {
        None
    };
    let comparison = match reason {
        Some(_) => None,
        None => Some(compare(
            &first.scored.truth,
            [first, second].map(|run| Answers {
                labels: run.given.as_slice(),
                scores: run.scored.probabilities.view(),
            }),
            Some(&first.scored.groups),
            first.labels.len(),
            &BootstrapSettings::default(),
        )?),
    };
    Ok(Pair { first: names.0, second: names.1, comparison, reason })
}
