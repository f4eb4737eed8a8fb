//! Two models on the same items: is the difference more than chance?

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::bootstrap::{MIN_UNITS, Units};
use super::counts::{mean, ratio};
use super::items::indicator;
use super::ranking::Ranking;
use super::{BootstrapSettings, EvaluationError, Interval};

/// Two models on the same items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Number of items.
    pub n: u64,
    /// Number of units that were resampled: items, or groups of items.
    pub n_units: u64,
    /// Share of the items whose labels are all right.
    pub accuracy: Difference,
    /// Mean recall of the labels that are true somewhere.
    pub mean_recall: Difference,
    /// Mean over classes of the area under the one-against-rest ROC curve; `None` where no class has items with it and
    /// without it.
    pub roc_auc: Option<Difference>,
    /// Items that only the first model has right.
    pub only_first_right: u64,
    /// Items that only the second model has right.
    pub only_second_right: u64,
    /// Exact McNemar test of equal accuracy; see [`mcnemar_exact_p`]. It takes the items as independent.
    pub mcnemar_p: f64,
}

/// A figure of two models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Of the first model.
    pub first: f64,
    /// Of the second model.
    pub second: f64,
    /// Second − first.
    pub difference: f64,
    /// Paired percentile interval of the difference: both models are resampled together; `None` of fewer than
    /// [`MIN_UNITS`] units.
    pub interval: Option<Interval>,
}

/// What a model says of items.
#[derive(Debug)]
pub struct Answers<'a, P> {
    /// `[item]`: the label numbers that it gives.
    pub labels: &'a [P],
    /// `[item, class]`: any scores that rise with what it believes.
    pub scores: ArrayView2<'a, f64>,
}

/// Compares what two models say of the same items.
///
/// # Shapes
/// - `truth`: the label numbers of each item; `groups`: as in [`super::Items`]
///
/// # Errors
/// Lengths differ, nothing is there, a label number is not below `n_classes`, or a setting makes no sense.
pub fn compare<L: AsRef<[u32]>, P: AsRef<[u32]>>(
    truth: &[L],
    [first, second]: [Answers<'_, P>; 2],
    groups: Option<&[Option<String>]>,
    n_classes: usize,
    settings: &BootstrapSettings,
) -> Result<Comparison, EvaluationError> {
    settings.check()?;
    let expected = truth.len();
    let lengths = [
        ("lists of labels of the first model, one an item", first.labels.len()),
        ("lists of labels of the second model, one an item", second.labels.len()),
        ("rows of scores of the first model, one an item", first.scores.nrows()),
        ("rows of scores of the second model, one an item", second.scores.nrows()),
        ("groups, one an item", groups.map_or(expected, <[_]>::len)),
    ];
    for (what, found) in lengths {
        if found != expected {
            return Err(EvaluationError::Length { what, expected, found });
        }
    }
    if expected == 0 {
        return Err(EvaluationError::Empty { what: "evaluation" });
    }
    let truth = indicator(truth, n_classes)?;
    for (what, scores) in [
        ("scores an item of the first model, one a class", &first.scores),
        ("scores an item of the second model, one a class", &second.scores),
    ] {
        if scores.ncols() != n_classes {
            let (expected, found) = (n_classes, scores.ncols());
            return Err(EvaluationError::Length { what, expected, found });
        }
    }
    let models = [indicator(first.labels, n_classes)?, indicator(second.labels, n_classes)?];
    let rankings = [first.scores, second.scores].map(|scores| -> Vec<_> {
        let classes = scores.columns().into_iter().zip(truth.columns());
        classes.map(|(scores, truth)| Ranking::new(scores, truth)).collect()
    });
    let units = Units::new(expected, groups);
    let figures = |times: &[u32]| {
        [0, 1].map(|model| figures(&truth, &models[model], &rankings[model], times))
    };
    let once = vec![1; expected];
    let [first, second] = figures(&once);
    let resampled = match units.n() {
        0..MIN_UNITS => Vec::new(),
        _ => units.resampled(settings, figures),
    };
    // A resample may lack what a figure needs; it then says nothing about it.
    let defined = |of: fn(&Figures) -> Option<f64>| {
        let (a, b) = (of(&first)?, of(&second)?);
        let differences = resampled.iter().filter_map(|[a, b]| Some(of(b)? - of(a)?));
        let interval = Interval::of(differences.collect(), settings.level);
        Some(Difference { first: a, second: b, difference: b - a, interval })
    };
    let [accuracy, mean_recall] =
        [defined(|figures| Some(figures.accuracy)), defined(|figures| Some(figures.mean_recall))]
            .map(Option::unwrap_or_default);
    let right = |item: usize| models.each_ref().map(|given| given.row(item) == truth.row(item));
    let only = |wanted| (0..expected).filter(|&item| right(item) == wanted).count() as u64;
    let (only_first_right, only_second_right) = (only([true, false]), only([false, true]));
    Ok(Comparison {
        n: expected as u64,
        n_units: units.n() as u64,
        accuracy,
        mean_recall,
        roc_auc: defined(|figures| figures.roc_auc),
        only_first_right,
        only_second_right,
        mcnemar_p: mcnemar_exact_p(only_first_right, only_second_right),
    })
}

struct Figures {
    accuracy: f64,
    mean_recall: f64,
    roc_auc: Option<f64>,
}

fn figures(
    truth: &Array2<bool>,
    given: &Array2<bool>,
    rankings: &[Ranking],
    times: &[u32],
) -> Figures {
    let (mut n, mut right) = (0, 0);
    let mut recalls = vec![(0, 0); truth.ncols()];
    for ((truth, given), times) in truth.outer_iter().zip(given.outer_iter()).zip(times) {
        let times = u64::from(*times);
        n += times;
        right += times * u64::from(truth == given);
        for ((truth, given), (found, support)) in truth.iter().zip(given).zip(&mut recalls) {
            *support += times * u64::from(*truth);
            *found += times * u64::from(*truth && *given);
        }
    }
    let recalls = recalls.into_iter().filter(|(_, support)| *support > 0);
    let mean_recall = mean(recalls.map(|(found, support)| ratio(found, support))).unwrap_or(0.0);
    let roc_auc = mean(rankings.iter().filter_map(|ranking| ranking.roc_auc(times)));
    Figures { accuracy: ratio(right, n), mean_recall, roc_auc }
}

/// The two-sided exact McNemar test: the chance of a split of the b + c items that only one model has right at least as
/// uneven as this one, if each falls to either model with chance ½.
///
/// `p = min(1, 2 Σ_{i ≤ min(b, c)} C(b + c, i) / 2^(b + c))`
/// Source: McNemar 1947; exact form as in Fagerland, Lydersen & Laake 2013.
pub fn mcnemar_exact_p(only_first_right: u64, only_second_right: u64) -> f64 {
    let n = only_first_right + only_second_right;
    let fewer = only_first_right.min(only_second_right);
    // In logarithms, for 2^−n underflows; the largest term is the last.
    let mut log_terms = Vec::with_capacity(fewer as usize + 1);
    let mut log_term = -(n as f64) * std::f64::consts::LN_2;
    for i in 0..=fewer {
        log_terms.push(log_term);
        log_term += ((n - i) as f64).ln() - ((i + 1) as f64).ln();
    }
    let largest = log_terms.last().copied().unwrap_or_default();
    let sum: f64 = log_terms.iter().map(|log| (log - largest).exp()).sum();
    (2.0 * sum * largest.exp()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_agrees_with_the_binomial_test() {
        // scipy.stats.binomtest(min(b, c), b + c).pvalue
        let cases = [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (1, 9, 0.021_484_375),
            (0, 6, 0.031_25),
            (12, 25, 0.047_031_027_439_516_04),
            (700, 800, 0.010_559_255_466_711_506),
        ];
        for (b, c, wanted) in cases {
            for found in [mcnemar_exact_p(b, c), mcnemar_exact_p(c, b)] {
                assert!((found - wanted).abs() < 1e-9 * wanted, "{b} {c}: {found} {wanted}");
            }
        }
    }

    /// Sure of what it says.
    fn scores(labels: &[[u32; 1]], n_classes: usize) -> Array2<f64> {
        let score = |(item, class): (usize, usize)| f64::from(labels[item][0] == class as u32);
        Array2::from_shape_fn((labels.len(), n_classes), score)
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let truth: Vec<[u32; 1]> = (0..40).map(|i| [i % 3]).collect();
        let given: Vec<[u32; 1]> = (0..40).map(|i| [i % 4 % 3]).collect();
        let scores = scores(&given, 3);
        let answers = || Answers { labels: given.as_slice(), scores: scores.view() };
        let settings = BootstrapSettings::default();
        let found = compare(&truth, [answers(), answers()], None, 3, &settings).unwrap();
        assert_eq!(found.accuracy.difference, 0.0);
        assert_eq!(found.roc_auc.unwrap().difference, 0.0);
        assert_eq!(found.accuracy.interval, Some(Interval { lower: 0.0, upper: 0.0 }));
        assert_eq!(found.mcnemar_p, 1.0);
    }

    #[test]
    fn pairing_shows_a_small_but_steady_gain() {
        // 200 items; the second model has right what the first has, and ten more.
        let truth = vec![[0_u32]; 200];
        let first: Vec<[u32; 1]> = (0..200).map(|i| [u32::from(i % 2 == 0)]).collect();
        let second: Vec<[u32; 1]> = (0..200).map(|i| [u32::from(i % 2 == 0 && i >= 20)]).collect();
        let settings = BootstrapSettings::default();
        let both = [scores(&first, 2), scores(&second, 2)];
        let answers = |n: usize| {
            let labels = [&first[..], &second[..n]];
            [0, 1].map(|m| Answers { labels: labels[m], scores: both[m].view() })
        };
        let found = compare(&truth, answers(200), None, 2, &settings).unwrap();
        assert_eq!(found.roc_auc, None, "all items are of one class");
        assert_eq!((found.only_first_right, found.only_second_right), (0, 10));
        assert!((found.accuracy.difference - 0.05).abs() < 1e-12);
        assert!(
            found.accuracy.interval.unwrap().lower > 0.0,
            "unpaired, the interval would hold 0"
        );
        assert!(found.mcnemar_p < 0.01);
        let error = compare(&truth, answers(199), None, 2, &settings).unwrap_err();
        let wanted = "expected 200 lists of labels of the second model, one an item, found 199";
        assert_eq!(error.to_string(), wanted);
    }

    #[test]
    fn better_scores_show_where_the_labels_are_the_same() {
        let truth: Vec<[u32; 1]> = (0..60).map(|i| [i % 2]).collect();
        let labels = vec![[0_u32]; 60];
        // The second ranks all items rightly, the first some of them.
        let second = Array2::from_shape_fn((60, 2), |(i, c)| f64::from(u8::from(i % 2 == c)));
        let first = Array2::from_shape_fn((60, 2), |(i, c)| second[[i, c]] * (i % 3) as f64);
        let answers = |scores| Answers { labels: labels.as_slice(), scores };
        let both = [answers(first.view()), answers(second.view())];
        let found = compare(&truth, both, None, 2, &BootstrapSettings::default()).unwrap();
        assert_eq!(found.accuracy.difference, 0.0);
        let auc = found.roc_auc.unwrap();
        assert_eq!(auc.second, 1.0);
        assert!((auc.first - 5.0 / 6.0).abs() < 1e-12, "{auc:?}");
        assert!(auc.interval.unwrap().lower > 0.0, "{auc:?}");
    }
}
