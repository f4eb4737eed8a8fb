//! Two models on the same items: is the difference more than chance?

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::bootstrap::Units;
use super::counts::{mean, ratio};
use super::items::indicator;
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
    /// Items that only the first model has right.
    pub only_first_right: u64,
    /// Items that only the second model has right.
    pub only_second_right: u64,
    /// Exact McNemar test of equal accuracy; see [`mcnemar_exact_p`]. It takes the items as independent.
    pub mcnemar_p: f64,
}

/// A figure of two models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Of the first model.
    pub first: f64,
    /// Of the second model.
    pub second: f64,
    /// Second − first.
    pub difference: f64,
    /// Paired percentile interval of the difference: both models are resampled together.
    pub interval: Option<Interval>,
}

/// Compares the labels that two models gave to the same items.
///
/// # Shapes
/// - `truth`, `first`, `second`: the label numbers of each item; `groups`: as in [`super::Items`]
///
/// # Errors
/// Lengths differ, nothing is there, a label number is not below `n_classes`, or a setting makes no sense.
pub fn compare<L: AsRef<[u32]>, P: AsRef<[u32]>>(
    truth: &[L],
    [first, second]: [&[P]; 2],
    groups: Option<&[Option<String>]>,
    n_classes: usize,
    settings: &BootstrapSettings,
) -> Result<Comparison, EvaluationError> {
    settings.check()?;
    let expected = truth.len();
    let lengths = [
        ("lists of labels of the first model, one an item", first.len()),
        ("lists of labels of the second model, one an item", second.len()),
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
    let models = [indicator(first, n_classes)?, indicator(second, n_classes)?];
    let units = Units::new(expected, groups);
    let figures = |times: &[u32]| models.each_ref().map(|given| figures(&truth, given, times));
    let once = vec![1; expected];
    let [first, second] = figures(&once);
    let resampled = units.resampled(settings, figures);
    let difference = |of: fn(&Figures) -> f64| Difference {
        first: of(&first),
        second: of(&second),
        difference: of(&second) - of(&first),
        interval: Interval::of(
            resampled.iter().map(|[a, b]| of(b) - of(a)).collect(),
            settings.level,
        ),
    };
    let right = |item: usize| models.each_ref().map(|given| given.row(item) == truth.row(item));
    let only = |wanted| (0..expected).filter(|&item| right(item) == wanted).count() as u64;
    let (only_first_right, only_second_right) = (only([true, false]), only([false, true]));
    Ok(Comparison {
        n: expected as u64,
        n_units: units.n() as u64,
        accuracy: difference(|figures| figures.accuracy),
        mean_recall: difference(|figures| figures.mean_recall),
        only_first_right,
        only_second_right,
        mcnemar_p: mcnemar_exact_p(only_first_right, only_second_right),
    })
}

struct Figures {
    accuracy: f64,
    mean_recall: f64,
}

fn figures(truth: &Array2<bool>, given: &Array2<bool>, times: &[u32]) -> Figures {
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
    Figures { accuracy: ratio(right, n), mean_recall }
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

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let truth: Vec<[u32; 1]> = (0..40).map(|i| [i % 3]).collect();
        let given: Vec<[u32; 1]> = (0..40).map(|i| [i % 4 % 3]).collect();
        let found =
            compare(&truth, [&given, &given], None, 3, &BootstrapSettings::default()).unwrap();
        assert_eq!(found.accuracy.difference, 0.0);
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
        let found = compare(&truth, [&first, &second], None, 2, &settings).unwrap();
        assert_eq!((found.only_first_right, found.only_second_right), (0, 10));
        assert!((found.accuracy.difference - 0.05).abs() < 1e-12);
        assert!(
            found.accuracy.interval.unwrap().lower > 0.0,
            "unpaired, the interval would hold 0"
        );
        assert!(found.mcnemar_p < 0.01);
        let error = compare(&truth, [&first, &second[1..]], None, 2, &settings).unwrap_err();
        let wanted = "expected 200 lists of labels of the second model, one an item, found 199";
        assert_eq!(error.to_string(), wanted);
    }
}
