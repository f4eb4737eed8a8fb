//! Whether probabilities are what they say.

use serde::{Deserialize, Serialize};

use super::EvaluationError;
use super::items::Decided;

/// How far probabilities are from frequencies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Expected calibration error: the mean over bins of |confidence − accuracy|, weighted by the bins' counts.
    /// Source: Guo et al. 2017, "On calibration of modern neural networks".
    pub ece: f64,
    /// Equally wide bins of `(lower, upper]`, the first closed below. One label an item: of the given label's probability
    /// against whether it is right. Several: of every label's probability against whether the label is true.
    pub bins: Vec<ReliabilityBin>,
    /// One label an item: mean over items of `Σ_c (p_c − y_c)²`, from 0 to 2. Several: mean over items and labels of
    /// `(p − y)²`.
    pub brier: f64,
    /// Mean negative log likelihood in nats, over items, or over items and labels where an item may have several. No
    /// probability counts as less than 2⁻⁵².
    pub nll: f64,
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lower edge.
    pub lower: f64,
    /// Upper edge.
    pub upper: f64,
    /// Decisions in the bin.
    pub count: u64,
    /// Their mean probability; `None` in an empty bin.
    pub confidence: Option<f64>,
    /// The share of them that is right; `None` in an empty bin.
    pub accuracy: Option<f64>,
}

impl Calibration {
    pub(super) fn new(decided: &Decided, n_bins: usize) -> Result<Self, EvaluationError> {
        if n_bins == 0 {
            let (field, rule) = ("the number of calibration bins", "at least 1");
            return Err(EvaluationError::Setting { field, rule, found: 0.0 });
        }
        let cells = || decided.probabilities.iter().zip(&decided.truth);
        let squares = cells().map(|(p, y)| (p - f64::from(u8::from(*y))).powi(2)).sum::<f64>();
        let (pairs, n): (Vec<(f64, bool)>, _) = if decided.multi_label {
            (cells().map(|(p, y)| (*p, *y)).collect(), decided.truth.len())
        } else {
            (given_labels(decided).collect(), decided.n())
        };
        let surprise = |p: f64| -p.max(f64::EPSILON).ln();
        let nll: f64 = cells()
            .filter(|(_, y)| decided.multi_label || **y)
            .map(|(p, y)| if *y { surprise(*p) } else { surprise(1.0 - p) })
            .sum();
        let (ece, bins) = reliability(&pairs, n_bins);
        Ok(Self { ece, bins, brier: squares / n as f64, nll: nll / n as f64 })
    }
}

/// The probability of each item's given label, and whether it is right.
fn given_labels(decided: &Decided) -> impl Iterator<Item = (f64, bool)> + '_ {
    let rows = decided.probabilities.outer_iter().zip(decided.truth.outer_iter());
    rows.zip(decided.predicted.outer_iter()).filter_map(|((p, truth), given)| {
        let class = given.iter().position(|yes| *yes)?;
        Some((p[class], truth[class]))
    })
}

fn reliability(pairs: &[(f64, bool)], n_bins: usize) -> (f64, Vec<ReliabilityBin>) {
    let edge = |i: usize| i as f64 / n_bins as f64;
    let edges: Vec<f64> = (1..n_bins).map(edge).collect();
    let mut sums = vec![(0_u64, 0.0_f64, 0_u64); n_bins];
    for &(p, right) in pairs {
        let (count, confidence, rights) = &mut sums[edges.partition_point(|edge| *edge < p)];
        *count += 1;
        *confidence += p;
        *rights += u64::from(right);
    }
    let off = |&(_, confidence, rights): &(u64, f64, u64)| (confidence - rights as f64).abs();
    let ece = sums.iter().map(off).sum::<f64>() / pairs.len().max(1) as f64;
    let bins = sums.iter().enumerate().map(|(i, &(count, confidence, rights))| ReliabilityBin {
        lower: edge(i),
        upper: edge(i + 1),
        count,
        confidence: (count > 0).then(|| confidence / count as f64),
        accuracy: (count > 0).then(|| rights as f64 / count as f64),
    });
    (ece, bins.collect())
}
