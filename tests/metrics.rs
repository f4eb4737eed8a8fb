//! Our figures against scikit-learn's; `tests/fixtures/metrics/make.py` wrote those.

use std::collections::BTreeMap;

use ndarray::Array2;
use pecmae::evaluation::{
    Average, BootstrapSettings, Decision, Items, MIN_UNITS, Report, ReportSettings, Scarcity,
};
use serde::Deserialize;

/// Both sides sum in double precision, in different orders.
const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    labels: Vec<String>,
    probabilities: Vec<Vec<f64>>,
    truth: Vec<Vec<u32>>,
    thresholds: Option<Vec<f64>>,
    accuracy: f64,
    balanced_accuracy: f64,
    macro_f1: f64,
    micro_f1: f64,
    class_precision: Vec<f64>,
    class_recall: Vec<f64>,
    class_f1: Vec<f64>,
    class_support: Vec<f64>,
    averages: BTreeMap<String, Average>,
    confusion: Option<Vec<Vec<u64>>>,
    ece: f64,
    bin_counts: Vec<u64>,
    brier: f64,
    nll: f64,
    text: String,
    class_roc_auc: Vec<Option<f64>>,
    class_average_precision: Vec<Option<f64>>,
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    top_k: Option<BTreeMap<usize, f64>>,
}

impl Case {
    fn report(&self) -> Report {
        let shape = (self.probabilities.len(), self.labels.len());
        let probabilities = Array2::from_shape_fn(shape, |(i, j)| self.probabilities[i][j]);
        let items = Items { probabilities: probabilities.view(), truth: &self.truth, groups: None };
        let decision = self.thresholds.clone().map_or(Decision::MostProbable, Decision::Thresholds);
        let bootstrap = BootstrapSettings { n_resamples: 20, ..BootstrapSettings::default() };
        let top_k = (2..self.labels.len()).collect();
        let settings = ReportSettings { bootstrap, n_bins: 10, top_k };
        Report::new(&items, &self.labels, &decision, &settings).expect("a valid case")
    }
}

fn cases() -> BTreeMap<String, Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/metrics/cases.json");
    let json = std::fs::read_to_string(path).expect("the cases can be read");
    serde_json::from_str(&json).expect("the cases are as they were written")
}

#[track_caller]
fn assert_close(what: &str, found: f64, wanted: f64) {
    assert!((found - wanted).abs() <= TOLERANCE, "{what}: found {found}, wanted {wanted}");
}

#[track_caller]
fn assert_close_if_defined(what: &str, found: Option<f64>, wanted: Option<f64>) {
    assert_eq!(found.is_some(), wanted.is_some(), "{what}: found {found:?}, wanted {wanted:?}");
    assert_close(what, found.unwrap_or_default(), wanted.unwrap_or_default());
}

#[test]
fn every_figure_is_scikit_learn_s() {
    let cases = cases();
    assert_eq!(cases.len(), 10);
    for (name, case) in cases {
        let report = case.report();
        let is = |what: &str| format!("{name}: {what}");
        let summary = report.summary;
        assert_close(&is("accuracy"), summary.accuracy, case.accuracy);
        assert_close(&is("balanced accuracy"), summary.balanced_accuracy, case.balanced_accuracy);
        assert_close(&is("macro F1"), summary.macro_f1, case.macro_f1);
        assert_close(&is("micro F1"), summary.micro_f1, case.micro_f1);
        assert_close_if_defined(&is("ROC-AUC"), summary.roc_auc, case.roc_auc);
        assert_close_if_defined(&is("AP"), summary.average_precision, case.average_precision);
        for (i, class) in report.classes.iter().enumerate() {
            let is = |what: &str| format!("{name}: {what} of class {i}");
            assert_close(&is("precision"), class.precision, case.class_precision[i]);
            assert_close(&is("recall"), class.recall, case.class_recall[i]);
            assert_close(&is("F1"), class.f1, case.class_f1[i]);
            assert_close(&is("support"), class.counts.support as f64, case.class_support[i]);
            assert_close_if_defined(&is("ROC-AUC"), class.roc_auc, case.class_roc_auc[i]);
            let wanted = case.class_average_precision[i];
            assert_close_if_defined(&is("AP"), class.average_precision, wanted);
        }
        let averages = &report.averages;
        let named = [
            ("micro", averages.micro),
            ("macro", averages.macro_),
            ("weighted", averages.weighted),
        ];
        for (kind, found) in
            named.into_iter().chain(averages.samples.map(|samples| ("samples", samples)))
        {
            let wanted = case.averages[kind];
            assert_close(&is(kind), found.precision, wanted.precision);
            assert_close(&is(kind), found.recall, wanted.recall);
            assert_close(&is(kind), found.f1, wanted.f1);
        }
        assert_eq!(averages.samples.is_some(), case.averages.contains_key("samples"), "{name}");
        assert_eq!(
            report.confusion.as_ref().map(|confusion| &confusion.counts),
            case.confusion.as_ref()
        );
        for (k, wanted) in case.top_k.iter().flatten() {
            let found = report.top_k.iter().find(|found| found.k == *k).unwrap();
            assert_close(&is("top-k"), found.accuracy, *wanted);
        }
        assert_close(&is("ECE"), report.calibration.ece, case.ece);
        let counts: Vec<u64> = report.calibration.bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, case.bin_counts, "{name}");
        assert_close(&is("Brier"), report.calibration.brier, case.brier);
        assert_close(&is("NLL"), report.calibration.nll, case.nll);
    }
}

#[test]
fn the_text_is_scikit_learn_s_to_the_character() {
    for (name, case) in cases() {
        assert_eq!(case.report().class_report_text(), case.text, "{name}");
    }
}

#[test]
fn intervals_hold_what_they_are_about() {
    for (name, case) in cases() {
        let report = case.report();
        assert_eq!(report.n_units, case.truth.len() as u64);
        if case.truth.len() < MIN_UNITS {
            assert_eq!(
                (report.intervals, report.scarcity),
                (None, Some(Scarcity::Units)),
                "{name}"
            );
            continue;
        }
        let (summary, intervals) = (report.summary, report.intervals.unwrap());
        for interval in [intervals.accuracy, intervals.macro_f1, intervals.micro_f1] {
            assert!(
                0.0 <= interval.lower && interval.lower <= interval.upper && interval.upper <= 1.0,
                "{name}"
            );
        }
        let accuracy = intervals.accuracy;
        assert!(
            (accuracy.lower..=accuracy.upper).contains(&summary.accuracy),
            "{name}: {accuracy:?}"
        );
    }
}
