//! Cross-validation: every track is tested once.

use super::unit::{share_out, units};
use super::{Dataset, Split, SplitError};

/// A data set in `k` parts of about equal size, grouped and stratified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    /// Number of folds.
    pub k: usize,
    /// The fold that tests each track: `[track]`.
    pub of_track: Vec<usize>,
    /// Classes that some fold lacks.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// Cuts the tracks into `k` folds, whatever splits the source states; groups stay whole, each class is shared out by
    /// itself, and a file that is added moves others as little as in [`super::SplitPlan`].
    ///
    /// # Errors
    /// There are fewer than 2 folds, or more of them than groups.
    pub fn folds(&self, k: usize, seed: u64) -> Result<Folds, SplitError> {
        let units = units(self, seed, |_| true);
        if k < 2 || k > units.len() {
            return Err(SplitError::Folds { found: k, n_groups: units.len() });
        }
        let mut of_track = vec![0; self.tracks.len()];
        let mut lacks = std::collections::BTreeSet::new();
        let mut n_scattered = 0;
        for (unit, fold) in units.iter().zip(share_out(&units, &vec![1.0 / k as f64; k])) {
            let fold = fold.unwrap_or_else(|| {
                lacks.extend(&self.tracks[unit.members[0]].labels);
                n_scattered += 1;
                (n_scattered - 1) % k
            });
            unit.members.iter().for_each(|i| of_track[*i] = fold);
        }
        let name = |label: &u32| {
            format!(
                "{:?} has fewer groups than the {k} folds; some have none of it",
                self.labels[*label as usize]
            )
        };
        Ok(Folds { k, of_track, warnings: lacks.iter().map(name).collect() })
    }
}

impl Folds {
    /// The splits of one run, `[track]`: fold `test` tests, the next one validates, the others train. With two folds, none
    /// is left to train on beside both, so nothing validates.
    pub fn splits(&self, test: usize) -> Vec<Split> {
        let validation = if self.k > 2 { (test + 1) % self.k } else { test };
        let split = |fold: &usize| match *fold {
            fold if fold == test => Split::Test,
            fold if fold == validation => Split::Validation,
            _ => Split::Train,
        };
        self.of_track.iter().map(split).collect()
    }
}
