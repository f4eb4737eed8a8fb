//! Cross-validation: every track is tested once.

use std::collections::BTreeSet;

use super::remarks::torn_groups;
use super::unit::{share_out, units};
use super::{Dataset, Split, SplitError, TrackEntry};

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
    /// Cuts the tracks into `k` folds, whatever splits the source states: into its own, where it numbers `k` of them, and
    /// otherwise anew. Then groups stay whole, each class is shared out by itself, and a file that is added moves others as
    /// little as in [`super::SplitPlan`].
    ///
    /// # Errors
    /// There are fewer than 2 folds, or more of them than groups.
    pub fn folds(&self, k: usize, seed: u64) -> Result<Folds, SplitError> {
        match self.given_folds(k) {
            Given::All(folds) => Ok(folds),
            Given::None => self.drawn_folds(k, seed),
            Given::Unusable(reason) => {
                let mut folds = self.drawn_folds(k, seed)?;
                folds.warnings.push(reason);
                Ok(folds)
            }
        }
    }

    /// The folds of the source, by their numbers.
    fn given_folds(&self, k: usize) -> Given {
        let numbers: BTreeSet<u32> = self.tracks.iter().filter_map(|track| track.fold).collect();
        let n_without = self.tracks.iter().filter(|track| track.fold.is_none()).count();
        match (numbers.len(), n_without) {
            (0, _) => Given::None,
            (n, _) if n != k || k < 2 => {
                Given::Unusable(format!("the source numbers {n} folds, so {k} are drawn anew"))
            }
            (_, 1..) => Given::Unusable(format!(
                "{n_without} tracks have no fold in the source, so {k} folds are drawn anew"
            )),
            _ => {
                let numbers: Vec<_> = numbers.into_iter().collect();
                let fold =
                    |track: &TrackEntry| track.fold.and_then(|n| numbers.binary_search(&n).ok());
                let of_track: Vec<_> = self.tracks.iter().map(fold).collect();
                let warnings = torn_groups(self, &of_track, "folds").into_iter().collect();
                let of_track = of_track.into_iter().map(Option::unwrap_or_default).collect();
                Given::All(Folds { k, of_track, warnings })
            }
        }
    }

    fn drawn_folds(&self, k: usize, seed: u64) -> Result<Folds, SplitError> {
        let units = units(self, seed, |_| true);
        if k < 2 || k > units.len() {
            return Err(SplitError::Folds { found: k, n_groups: units.len() });
        }
        let mut of_track = vec![0; self.tracks.len()];
        let mut lacks = BTreeSet::new();
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

/// What the source says about folds.
enum Given {
    None,
    All(Folds),
    /// Why they cannot be taken.
    Unusable(String),
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
