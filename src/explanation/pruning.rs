//! How well labels are found with fewer and fewer prototypes.
//!
//! Each step tries every prototype that is left on every track. Most trials change no label, which a bound tells: no logit
//! moves against another by more than the prototype's similarity times the spread of its weights, so that only the tracks
//! whose lead is smaller are labeled anew. What is left out changes no result.

use ndarray::Array2;
use rayon::prelude::*;

use super::ablation::Rule;
use super::{Ablation, AblationError};
use crate::evaluation::{Accuracy, Tally};

/// Far more than rounding can move a sum of two numbers by, as a share of the larger.
const ROUNDING: f64 = 1e-9;

/// What a few prototypes reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pruned {
    /// How many are left.
    pub n_kept: usize,
    /// The one that was taken away last; `None` where all are left.
    pub removed: Option<usize>,
    /// What they reach.
    pub accuracy: Accuracy,
}

impl Ablation<'_> {
    /// Takes prototypes away one by one, each time the one that is missed least: whose absence leaves the highest balanced
    /// accuracy, of equals the one with the smallest `usage`, of those the last.
    ///
    /// With `usual`, what is taken away leaves its usual part behind, as if that were added to the biases; see
    /// [`Ablation::blinded`].
    ///
    /// # Shapes
    /// - `usage`, `usual`: `[prototype]`
    /// - returns: one entry for each number of enabled prototypes, from all to none
    ///
    /// # Errors
    /// As [`Ablation::accuracy`].
    pub fn prune(
        &self,
        usage: &[f64],
        usual: Option<&[f64]>,
    ) -> Result<Vec<Pruned>, AblationError> {
        let info = self.classifier.info();
        let mut kept: Vec<_> = (0..info.len()).filter(|m| info[*m].enabled).collect();
        let constant = |m: usize| usual.map_or(0.0, |usual| usual[m]);
        let mut state = State::new(self, &constant)?;
        let accuracy = state.tally.accuracy();
        let mut curve = vec![Pruned { n_kept: kept.len(), removed: None, accuracy }];
        while !kept.is_empty() {
            let trial = |&m: &usize| (m, state.accuracy_without((m, constant(m))));
            let trials: Vec<_> = kept.par_iter().map(trial).collect();
            let least = trials.into_iter().max_by(|(m, a), (n, b)| {
                let by_usage = usage[*n].total_cmp(&usage[*m]);
                a.balanced.total_cmp(&b.balanced).then(by_usage).then(m.cmp(n))
            });
            let Some((removed, accuracy)) = least else { break };
            state.remove((removed, constant(removed)));
            kept.retain(|m| *m != removed);
            curve.push(Pruned { n_kept: kept.len(), removed: Some(removed), accuracy });
        }
        Ok(curve)
    }
}

/// The tracks with the prototypes that are left.
struct State<'a> {
    ablation: &'a Ablation<'a>,
    /// `[track, class]`
    logits: Array2<f64>,
    /// Their labels.
    tally: Tally,
    /// `[track]`: what logits may move by, one against another or against what they must reach, before a label changes.
    slack: Vec<f64>,
    /// `[prototype, track]`: how far its similarity moves when it goes, whichever way.
    moves: Array2<f64>,
    /// `[prototype]`: how far logits move, likewise, when its similarity moves by 1.
    reach: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(
        ablation: &'a Ablation<'a>,
        constant: &dyn Fn(usize) -> f64,
    ) -> Result<Self, AblationError> {
        let logits = ablation.logits.clone();
        let labels = ablation.labels(&logits, None);
        let (n_classes, multi_label) = (ablation.n_classes(), ablation.is_multi_label());
        let tally = Tally::new(&ablation.truth, &labels, n_classes, multi_label)?;
        let similarities = &ablation.similarities;
        let moves = |(m, track)| (constant(m) - similarities[[track, m]]).abs();
        let moves = Array2::from_shape_fn((similarities.ncols(), similarities.nrows()), moves);
        let reach = ablation.weights.outer_iter().map(|weights| {
            let (low, high) = range(weights.iter().copied());
            let largest = low.abs().max(high.abs());
            let reach = if multi_label { largest } else { high - low };
            reach + ROUNDING * largest
        });
        let reach = reach.collect();
        let mut state = Self { ablation, logits, tally, slack: Vec::new(), moves, reach };
        state.slack = (0..ablation.n_tracks()).map(|track| state.slack_of(track)).collect();
        Ok(state)
    }

    /// What the others reach without one that leaves a constant behind.
    fn accuracy_without(&self, gone: (usize, f64)) -> Accuracy {
        let (m, _) = gone;
        let moves = self.moves.row(m);
        let mut row = vec![0.0; self.ablation.n_classes()];
        let mut changes = Vec::new();
        for (track, (moved, slack)) in moves.iter().zip(&self.slack).enumerate() {
            if moved * self.reach[m] < *slack {
                continue;
            }
            self.ablation.logits_after(&self.logits, track, Some(gone), &mut row);
            changes.push((track, self.ablation.rule.labels(&row)));
        }
        self.tally.accuracy_with(&changes)
    }

    /// Takes one away.
    fn remove(&mut self, gone: (usize, f64)) {
        for track in 0..self.slack.len() {
            let mut logits = self.logits.row_mut(track);
            logits += &self.ablation.change(track, gone);
            let labels = self.ablation.rule.labels(&logits.to_vec());
            self.tally.give(track, &labels);
            self.slack[track] = self.slack_of(track);
        }
    }

    fn slack_of(&self, track: usize) -> f64 {
        let logits = self.logits.row(track);
        let (low, high) = range(logits.iter().copied());
        let lead = match &self.ablation.rule {
            Rule::Largest => {
                let first = logits.iter().position(|logit| *logit == high);
                let others = logits.iter().enumerate().filter(|(class, _)| Some(*class) != first);
                high - range(others.map(|(_, logit)| *logit)).1
            }
            Rule::Reached(least) => {
                range(logits.iter().zip(least).map(|(logit, least)| (logit - least).abs())).0
            }
        };
        lead - ROUNDING * low.abs().max(high.abs())
    }
}

/// The smallest and the largest.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let both = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    values.fold((f64::INFINITY, f64::NEG_INFINITY), both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Classifier;
    use crate::classifier::tests::{parts, vectors};
    use proptest::prelude::*;

    /// Every trial of every step by labeling all tracks anew.
    fn plainly(ablation: &Ablation<'_>, usage: &[f64], usual: Option<&[f64]>) -> Vec<Pruned> {
        let info = ablation.classifier.info();
        let mut kept: Vec<_> = (0..info.len()).filter(|m| info[*m].enabled).collect();
        let mut rest = ablation.clone();
        let gone = |m: usize| (m, usual.map_or(0.0, |usual| usual[m]));
        let accuracy = ablation.accuracy().unwrap();
        let mut curve = vec![Pruned { n_kept: kept.len(), removed: None, accuracy }];
        while !kept.is_empty() {
            let trial = |m: &usize| (*m, rest.blinded(*m, gone(*m).1).unwrap());
            let trials: Vec<_> = kept.iter().map(trial).collect();
            let (removed, accuracy) = trials
                .into_iter()
                .max_by(|(m, a), (n, b)| {
                    let by_usage = usage[*n].total_cmp(&usage[*m]);
                    a.balanced.total_cmp(&b.balanced).then(by_usage).then(m.cmp(n))
                })
                .unwrap();
            let changes: Vec<_> =
                (0..rest.n_tracks()).map(|track| rest.change(track, gone(removed))).collect();
            for (mut logits, change) in rest.logits.outer_iter_mut().zip(&changes) {
                logits += change;
            }
            kept.retain(|m| *m != removed);
            curve.push(Pruned { n_kept: kept.len(), removed: Some(removed), accuracy });
        }
        curve
    }

    proptest! {
        #[test]
        fn the_curve_is_that_of_labeling_every_track_anew(seed: u64, folded: bool, scale in -6_i32..6) {
            let mut parts = parts(seed);
            parts.info.iter_mut().for_each(|info| info.enabled = true);
            // From logits that are nearly the biases to such that forget them.
            parts.weight *= 2_f32.powi(scale);
            let classifier = Classifier::new(parts).unwrap();
            let n = 24;
            let z = vectors(seed, n, classifier.n_features());
            let tracks: Vec<_> = (0..n).collect();
            let n_classes = classifier.labels().len() as u64;
            let labels: Vec<_> = tracks
                .iter()
                .map(|track| vec![((*track as u64).wrapping_mul(seed | 1) % n_classes) as u32])
                .collect();
            let ablation = Ablation::new(&classifier, z.view(), &tracks, &labels).unwrap();
            let m = classifier.n_prototypes();
            let usage: Vec<_> = (0..m).map(|m| ((m as u64 ^ seed) % 5) as f64).collect();
            let usual: Vec<_> = (0..m).map(|m| 0.1 * (m % 7) as f64).collect();
            let usual = folded.then_some(&usual[..]);
            prop_assert_eq!(ablation.prune(&usage, usual).unwrap(), plainly(&ablation, &usage, usual));
        }
    }
}
