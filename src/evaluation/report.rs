//! Everything that is measured of one model on one set.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Units, intervals};
use super::items::Decided;
use super::summary::Summarizer;
use super::{
    Averages, BootstrapSettings, Calibration, ClassCounts, Confusion, Decision, EvaluationError,
    Interval, Items, Scarcity, Summary,
};

/// What a report holds besides the obvious.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportSettings {
    /// Intervals of the summary.
    pub bootstrap: BootstrapSettings,
    /// Bins of the reliability diagram.
    pub n_bins: usize,
    /// Each k of top-k accuracy; those not below the number of classes are left out.
    pub top_k: Vec<usize>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self { bootstrap: BootstrapSettings::default(), n_bins: 15, top_k: vec![2, 3, 5] }
    }
}

/// Everything that is measured of one model on one set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Number of items.
    pub n: u64,
    /// Number of units that were resampled: items, or groups of items.
    pub n_units: u64,
    /// Whether items were grouped.
    pub grouped: bool,
    /// How probabilities became labels.
    pub decision: Decision,
    /// The figures at the head.
    pub summary: Summary,
    /// Their intervals, if any were asked for and there are enough units.
    pub intervals: Option<Summary<Interval>>,
    /// Why there are no intervals, or why they are narrower than they ought to be.
    #[serde(default)]
    pub scarcity: Option<Scarcity>,
    /// How the intervals were made.
    pub bootstrap: BootstrapSettings,
    /// One entry a class, in the order of the labels.
    pub classes: Vec<ClassScores>,
    /// Averages of precision, recall and F1.
    pub averages: Averages,
    /// Which class is taken for which; only where each item has one label.
    pub confusion: Option<Confusion>,
    /// Share of items whose label is among the k most probable; only where each item has one label.
    pub top_k: Vec<TopK>,
    /// Whether probabilities are what they say.
    pub calibration: Calibration,
}

/// What is measured of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Its name.
    pub label: String,
    /// How often it is true, was given, and both.
    pub counts: ClassCounts,
    /// See [`ClassCounts::precision`].
    pub precision: f64,
    /// See [`ClassCounts::recall`].
    pub recall: f64,
    /// See [`ClassCounts::f1`].
    pub f1: f64,
    /// Area under the ROC curve against all other items; `None` unless items with and without the label exist.
    pub roc_auc: Option<f64>,
    /// Average precision; `None` if the label is never true.
    pub average_precision: Option<f64>,
    /// Intervals of the three ratios, where there are some of the summary.
    #[serde(default)]
    pub intervals: Option<ClassIntervals>,
}

/// Intervals of what is measured of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassIntervals {
    /// Of [`ClassScores::precision`].
    pub precision: Interval,
    /// Of [`ClassScores::recall`].
    pub recall: Interval,
    /// Of [`ClassScores::f1`].
    pub f1: Interval,
}

/// Top-k accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TopK {
    /// How many labels an item may guess.
    pub k: usize,
    /// Share of items with a right guess.
    pub accuracy: f64,
}

impl Report {
    /// Measures everything.
    ///
    /// # Errors
    /// Shapes do not fit each other, labels do not fit the decision, a probability is none, or a setting makes no sense.
    pub fn new<L: AsRef<[u32]>>(
        items: &Items<'_, L>,
        labels: &[String],
        decision: &Decision,
        settings: &ReportSettings,
    ) -> Result<Self, EvaluationError> {
        settings.bootstrap.check()?;
        let decided = Decided::new(items, labels.len(), decision)?;
        let summarizer = Summarizer::new(&decided);
        let once = vec![1; decided.n()];
        let counts = summarizer.counts(&once);
        let units = Units::new(decided.n(), items.groups);
        let scarcity = units.scarcity(&decided.truth, labels);
        let resampled = match scarcity {
            Some(Scarcity::Units) => Vec::new(),
            _ => units.resampled(&settings.bootstrap, |times| {
                let counts = summarizer.counts(times);
                (summarizer.summary_of(times, &counts), counts)
            }),
        };
        let (summaries, resampled_counts): (Vec<_>, Vec<_>) = resampled.into_iter().unzip();
        let level = settings.bootstrap.level;
        let single = !decided.multi_label;
        let top_k = settings.top_k.iter().filter(|&&k| single && (1..labels.len()).contains(&k));
        let classes = labels.iter().zip(&counts).zip(summarizer.rankings());
        Ok(Self {
            n: decided.n() as u64,
            n_units: units.n() as u64,
            grouped: items.groups.is_some(),
            decision: decision.clone(),
            summary: summarizer.summary_of(&once, &counts),
            intervals: intervals(&summaries, level),
            scarcity,
            bootstrap: settings.bootstrap,
            classes: classes
                .enumerate()
                .map(|(class, ((label, counts), ranking))| ClassScores {
                    label: label.clone(),
                    counts: *counts,
                    precision: counts.precision(),
                    recall: counts.recall(),
                    f1: counts.f1(),
                    roc_auc: ranking.roc_auc(&once),
                    average_precision: ranking.average_precision(&once),
                    intervals: ClassIntervals::of(class, &resampled_counts, level),
                })
                .collect(),
            averages: Averages::new(&decided, &counts),
            confusion: single.then(|| Confusion::new(&decided, labels)),
            top_k: top_k.map(|&k| TopK { k, accuracy: top_k_accuracy(&decided, k) }).collect(),
            calibration: Calibration::new(&decided, settings.n_bins)?,
        })
    }
}

impl ClassIntervals {
    /// Of a class in the counts of all classes of each resample; those in which it neither is true nor was given say nothing
    /// of it.
    fn of(class: usize, resampled: &[Vec<ClassCounts>], level: f64) -> Option<Self> {
        let counts =
            || resampled.iter().map(|counts| counts[class]).filter(|counts| counts.occurs());
        let of = |ratio: fn(ClassCounts) -> f64| Interval::of(counts().map(ratio).collect(), level);
        Some(Self {
            precision: of(ClassCounts::precision)?,
            recall: of(ClassCounts::recall)?,
            f1: of(ClassCounts::f1)?,
        })
    }
}

/// Of equally probable labels the first ranks higher, as in [`Decision::MostProbable`].
fn top_k_accuracy(decided: &Decided, k: usize) -> f64 {
    let rows = decided.probabilities.outer_iter().zip(decided.truth.outer_iter());
    let hits = rows.filter(|(p, truth)| {
        truth.iter().position(|yes| *yes).is_some_and(|class| {
            let above =
                |(other, q): (usize, &f64)| *q > p[class] || (*q == p[class] && other < class);
            p.iter().enumerate().filter(|&entry| above(entry)).count() < k
        })
    });
    hits.count() as f64 / decided.n() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn labels(n: usize) -> Vec<String> {
        (0..n).map(|class| format!("class-{class}")).collect()
    }

    #[test]
    fn a_perfect_model_has_narrow_intervals_and_nothing_to_be_sorry_for() {
        let p = Array2::from_shape_fn((10, 2), |(i, c)| f64::from(u8::from(i % 2 == c)));
        let truth: Vec<[u32; 1]> = (0..10).map(|i| [i % 2]).collect();
        let items = Items { probabilities: p.view(), truth: &truth, groups: None };
        let report =
            Report::new(&items, &labels(2), &Decision::MostProbable, &ReportSettings::default())
                .unwrap();
        let summary = report.summary;
        assert_eq!(
            (summary.accuracy, summary.balanced_accuracy, summary.macro_f1),
            (1.0, 1.0, 1.0)
        );
        assert_eq!((summary.roc_auc, summary.average_precision), (Some(1.0), Some(1.0)));
        let accuracy = report.intervals.unwrap().accuracy;
        assert_eq!((accuracy.lower, accuracy.upper), (1.0, 1.0));
        let recall = report.classes[0].intervals.unwrap().recall;
        assert_eq!((recall.lower, recall.upper), (1.0, 1.0));
        assert_eq!(
            (report.calibration.ece, report.calibration.brier, report.calibration.nll),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn the_interval_of_a_class_is_about_as_wide_as_chance_makes_its_items() {
        // 40 of 80 items are of class 0, and 30 of those are right; class 2 is never true and never given.
        let given = |i: usize| usize::from(i >= 30);
        let p = Array2::from_shape_fn((80, 3), |(i, c)| if given(i) == c { 0.8 } else { 0.1 });
        let truth: Vec<[u32; 1]> = (0..80).map(|i| [u32::from(i >= 40)]).collect();
        let items = Items { probabilities: p.view(), truth: &truth, groups: None };
        let report =
            Report::new(&items, &labels(3), &Decision::MostProbable, &ReportSettings::default())
                .unwrap();
        let recall = report.classes[0].intervals.unwrap().recall;
        // Half the width of the normal interval of 30 of 40: 1.96 · √(0.75 · 0.25 / 40).
        let half = 0.134;
        assert!((recall.lower - (0.75 - half)).abs() < 0.03, "{recall:?}");
        assert!((recall.upper - (0.75 + half)).abs() < 0.03, "{recall:?}");
        assert_eq!(report.classes[2].intervals, None);
    }

    #[test]
    fn of_too_few_items_there_are_no_intervals_and_the_report_says_why() {
        let p = Array2::from_elem((9, 2), 0.5);
        let items = Items { probabilities: p.view(), truth: &[[0]; 9], groups: None };
        let report =
            Report::new(&items, &labels(2), &Decision::MostProbable, &ReportSettings::default())
                .unwrap();
        assert_eq!((report.intervals, report.scarcity), (None, Some(Scarcity::Units)));
    }

    #[test]
    fn the_same_seed_gives_the_same_report_whatever_the_threads_and_json_keeps_it() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let p = Array2::from_shape_fn((80, 4), |_| rng.random_range(0.0..1.0));
        let truth: Vec<[u32; 1]> = (0..80).map(|_| [rng.random_range(0..3)]).collect();
        let groups: Vec<_> =
            (0..80).map(|i| (i % 5 != 0).then(|| format!("artist-{}", i / 3))).collect();
        let with = |threads, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let bootstrap = BootstrapSettings { seed, ..Default::default() };
            let settings = ReportSettings { bootstrap, ..Default::default() };
            let items = Items { probabilities: p.view(), truth: &truth, groups: Some(&groups) };
            pool.install(|| {
                Report::new(&items, &labels(4), &Decision::MostProbable, &settings).unwrap()
            })
        };
        let report = with(1, 3);
        assert_eq!(with(3, 3), report);
        assert_ne!(with(1, 4).intervals, report.intervals);
        assert!(report.grouped && report.n_units < report.n);
        assert_eq!(report.classes[3].roc_auc, None, "a class without items has no ranking");
        let json = serde_json::to_string(&report).unwrap();
        let read: Report = serde_json::from_str(&json).unwrap();
        assert_eq!(read, report, "to the last bit");
    }
}
