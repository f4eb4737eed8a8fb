//! Percentile intervals by resampling tracks.

use std::collections::BTreeMap;

use ndarray::Array2;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::EvaluationError;
use super::summary::Summary;

/// Units below which resamples say nothing: of two right tracks every resample is all right.
pub const MIN_UNITS: usize = 10;

/// Why intervals are absent, or narrower than they ought to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scarcity {
    /// There are fewer than [`MIN_UNITS`] units, and therefore no intervals.
    Units,
    /// These classes are true of a single unit: one can only get it wholly right or wholly wrong.
    Classes(Vec<String>),
}

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapSettings {
    /// Resamples; 0 makes no intervals.
    pub n_resamples: usize,
    /// The share of resamples inside an interval.
    pub level: f64,
    /// Seeds the draws.
    pub seed: u64,
}

impl Default for BootstrapSettings {
    fn default() -> Self {
        Self { n_resamples: 1000, level: 0.95, seed: 0 }
    }
}

impl BootstrapSettings {
    pub(super) fn check(&self) -> Result<(), EvaluationError> {
        let found = self.level;
        match found > 0.0 && found < 1.0 {
            true => Ok(()),
            false => {
                let (field, rule) = ("the level of an interval", "between 0 and 1");
                Err(EvaluationError::Setting { field, rule, found })
            }
        }
    }
}

/// A percentile interval.
/// Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl Interval {
    /// The middle `level` of `values`; `None` of none.
    pub(super) fn of(mut values: Vec<f64>, level: f64) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let tail = (1.0 - level) / 2.0;
        Some(Self { lower: percentile(&values, tail)?, upper: percentile(&values, 1.0 - tail)? })
    }
}

/// The value below which a share `q` of sorted `values` lies, interpolated linearly.
fn percentile(values: &[f64], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let place = q * last as f64;
    let below = place.floor();
    let (low, high) = (values[below as usize], values[last.min(below as usize + 1)]);
    Some(low + (high - low) * (place - below))
}

/// What is drawn: items, or groups of items.
#[derive(Debug)]
pub(super) struct Units {
    unit_of_item: Vec<usize>,
    n: usize,
}

impl Units {
    pub(super) fn new(n_items: usize, groups: Option<&[Option<String>]>) -> Self {
        let mut numbers = BTreeMap::new();
        let mut n = 0;
        let mut next = || {
            n += 1;
            n - 1
        };
        let unit_of_item = (0..n_items).map(|item| {
            match groups.and_then(|groups| groups.get(item)).and_then(Option::as_ref) {
                Some(group) => *numbers.entry(group).or_insert_with(&mut next),
                None => next(),
            }
        });
        let unit_of_item = unit_of_item.collect();
        Self { unit_of_item, n }
    }

    /// Number of units.
    pub(super) fn n(&self) -> usize {
        self.n
    }

    /// Why resampling them says little, if it does.
    ///
    /// # Shapes
    /// - `truth`: `[item, class]`; `labels`: `[class]`
    pub(super) fn scarcity(&self, truth: &Array2<bool>, labels: &[String]) -> Option<Scarcity> {
        if self.n < MIN_UNITS {
            return Some(Scarcity::Units);
        }
        let is_single = |class: &usize| {
            let of_class = self.unit_of_item.iter().zip(truth.column(*class));
            let mut units = of_class.filter(|(_, is_true)| **is_true).map(|(unit, _)| unit);
            units.next().is_some_and(|first| units.all(|unit| unit == first))
        };
        let single: Vec<_> =
            (0..labels.len()).filter(is_single).map(|class| labels[class].clone()).collect();
        (!single.is_empty()).then_some(Scarcity::Classes(single))
    }

    /// `statistic(times)` of each resample, where item i is there `times[i]` times.
    pub(super) fn resampled<T: Send>(
        &self,
        settings: &BootstrapSettings,
        statistic: impl Fn(&[u32]) -> T + Sync,
    ) -> Vec<T> {
        let resample = |i: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
            rng.set_stream(i as u64); // its own draws, whichever thread makes them
            let mut times_of_unit = vec![0_u32; self.n];
            for _ in 0..self.n {
                times_of_unit[rng.random_range(0..self.n)] += 1;
            }
            let times: Vec<u32> =
                self.unit_of_item.iter().map(|unit| times_of_unit[*unit]).collect();
            statistic(&times)
        };
        (0..settings.n_resamples).into_par_iter().map(resample).collect()
    }
}

/// The interval of each figure of the summaries; `None` without any.
pub(super) fn intervals(summaries: &[Summary], level: f64) -> Option<Summary<Interval>> {
    let of =
        |figure: fn(&Summary) -> f64| Interval::of(summaries.iter().map(figure).collect(), level);
    let of_defined = |figure: fn(&Summary) -> Option<f64>| {
        Interval::of(summaries.iter().filter_map(figure).collect(), level)
    };
    Some(Summary {
        accuracy: of(|summary| summary.accuracy)?,
        balanced_accuracy: of(|summary| summary.balanced_accuracy)?,
        macro_f1: of(|summary| summary.macro_f1)?,
        micro_f1: of(|summary| summary.micro_f1)?,
        roc_auc: of_defined(|summary| summary.roc_auc),
        average_precision: of_defined(|summary| summary.average_precision),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpy_s() {
        // numpy.percentile([1, 2, 4, 8], [2.5, 97.5])
        let interval = Interval::of(vec![8.0, 2.0, 1.0, 4.0], 0.95).unwrap();
        assert!((interval.lower - 1.075).abs() < 1e-12, "{interval:?}");
        assert!((interval.upper - 7.7).abs() < 1e-12, "{interval:?}");
        assert_eq!(Interval::of(Vec::new(), 0.95), None);
    }

    #[test]
    fn items_of_one_group_come_and_go_together() {
        let group = |name: &str| Some(name.to_owned());
        let groups = [group("a"), None, group("b"), group("a"), None];
        let units = Units::new(5, Some(&groups));
        assert_eq!(units.n(), 4);
        let settings = BootstrapSettings { n_resamples: 50, ..Default::default() };
        for times in units.resampled(&settings, <[u32]>::to_vec) {
            assert_eq!(times[0], times[3]);
            assert_eq!(times[0] + times[1] + times[2] + times[4], 4);
        }
    }

    #[test]
    fn few_units_and_classes_of_one_unit_are_scarce() {
        let labels = ["a", "b"].map(str::to_owned);
        let truth = |n: usize, of_b: &[usize]| {
            Array2::from_shape_fn((n, 2), |(item, class)| of_b.contains(&item) == (class == 1))
        };
        let alone = |n, of_b: &[usize]| Units::new(n, None).scarcity(&truth(n, of_b), &labels);
        assert_eq!(alone(MIN_UNITS - 1, &[0, 1]), Some(Scarcity::Units));
        assert_eq!(alone(MIN_UNITS, &[0, 1]), None);
        assert_eq!(alone(MIN_UNITS, &[3]), Some(Scarcity::Classes(vec!["b".to_owned()])));
        assert_eq!(alone(MIN_UNITS, &[]), None, "a class that is not there has no share");
        // Two items of one group are one unit.
        let groups: Vec<_> = (0..12).map(|i| (i < 2).then(|| "g".to_owned())).collect();
        let grouped = Units::new(12, Some(&groups)).scarcity(&truth(12, &[0, 1]), &labels);
        assert_eq!(grouped, Some(Scarcity::Classes(vec!["b".to_owned()])));
    }

    /// The share of heads among 400 throws with a chance of 0.3 has a standard error of 0.0229.
    #[test]
    fn an_interval_is_as_wide_as_theory_says() {
        let settings = BootstrapSettings { n_resamples: 4000, ..Default::default() };
        let heads = |times: &[u32]| f64::from(times.iter().take(120).sum::<u32>()) / 400.0;
        let shares = Units::new(400, None).resampled(&settings, heads);
        let interval = Interval::of(shares, 0.95).unwrap();
        assert!((interval.lower - (0.3 - 1.96 * 0.0229)).abs() < 0.004, "{interval:?}");
        assert!((interval.upper - (0.3 + 1.96 * 0.0229)).abs() < 0.004, "{interval:?}");
    }
}
