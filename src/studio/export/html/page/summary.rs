//! What the run is, and how good.

use maud::{Markup, html};

use super::Page;
use super::blocks::{count, interval, number, table, text};
use crate::evaluation::{BaselineResult, Scarcity, Summary};

impl Page<'_> {
    pub(super) fn summary(&self) -> Markup {
        let (results, evaluation) = (self.results, &self.results.evaluation);
        let report = &evaluation.report;
        let n_enabled = results.columns.iter().filter(|column| column.enabled).count();
        let classes = count(results.trained.classifier.labels().len(), "class");
        let prototypes = count(n_enabled, "prototype");
        html! {
            p {
                "It tells " (classes) " apart by " (prototypes) ": every "
                (format!("{:.1} s", self.segment_seconds())) " of audio is compared with each of them, and the score of a class \
                 is a weighted sum of those similarities. Whatever it says is therefore explained by its terms, and every \
                 prototype can be turned into sound."
            }
            p {
                "Measured on the " strong { (evaluation.on) } ": " (count(evaluation.n_tracks, "track")) ", "
                (count(evaluation.n_segments, "segment")) ". A track is the mean of the logits of its segments."
            }
            dl.figures {
                @for (name, figure, among) in figures(&report.summary, report.intervals.as_ref()) {
                    div { dt { (name) } dd { strong { (figure) } span { (among) } } }
                }
            }
            @if let Some(scarcity) = &report.scarcity { p.note { (scarce(scarcity)) } }
            @if evaluation.n_edits > 0 {
                p.note { "With " (count(evaluation.n_edits, "edit")) " since training; figures are of the edited classifier." }
            }
            @match &evaluation.grouped_by {
                None => p.note { "Tracks are not grouped, so parts of one recording or artist may be in two splits." },
                Some(by) => p { "Tracks of the same " (by) " stay together in one split." },
            }
            @if !evaluation.known_groups.is_empty() { p.note { "Leak: " (evaluation.leak()) "." } }
            (self.beside())
        }
    }

    fn segment_seconds(&self) -> f64 {
        let embeddings = self.results.trained.classifier.embeddings();
        embeddings.segment_samples as f64 / f64::from(embeddings.sample_rate_hz)
    }

    /// What simple models reach.
    fn beside(&self) -> Markup {
        let evaluation = &self.results.evaluation;
        if let Some(reason) = &evaluation.no_baselines {
            return html! { p { "No simple models are measured beside it: " (reason) "." } };
        }
        if evaluation.baselines.is_empty() {
            return html! {};
        }
        let row = |name: &str, summary: &Summary| {
            vec![
                text(name),
                number(summary.balanced_accuracy),
                number(summary.accuracy),
                number(summary.macro_f1),
            ]
        };
        let own = evaluation.report.summary.balanced_accuracy;
        let is_better = |other: &&BaselineResult| other.report.summary.balanced_accuracy > own;
        let better = evaluation.baselines.iter().filter(is_better);
        let better: Vec<_> = better.map(|other| other.name.as_str()).collect();
        let mut rows = vec![row("this classifier", &evaluation.report.summary)];
        let others = evaluation.baselines.iter();
        rows.extend(others.map(|other| row(&other.name, &other.report.summary)));
        let head = ["model", "class-balanced accuracy", "accuracy", "macro F1"];
        html! {
            (table("Beside simple models", &head, &rows))
            p.fine {
                "They learn from the same vectors and are measured on the same tracks. "
                @if better.is_empty() { "None of them reaches more in class-balanced accuracy." }
                @else { "More in class-balanced accuracy reach: " (better.join(", ")) "." }
            }
        }
    }
}

/// Name, value and interval of the figures at the head.
fn figures(
    summary: &Summary,
    intervals: Option<&Summary<crate::evaluation::Interval>>,
) -> Vec<(&'static str, Markup, Markup)> {
    let undefined = || text("undefined");
    vec![
        (
            "Class-balanced accuracy",
            number(summary.balanced_accuracy),
            interval(intervals.map(|i| i.balanced_accuracy)),
        ),
        ("Accuracy", number(summary.accuracy), interval(intervals.map(|i| i.accuracy))),
        ("Macro F1", number(summary.macro_f1), interval(intervals.map(|i| i.macro_f1))),
        (
            "ROC AUC",
            summary.roc_auc.map_or_else(undefined, number),
            interval(intervals.and_then(|i| i.roc_auc)),
        ),
    ]
}

fn scarce(scarcity: &Scarcity) -> String {
    match scarcity {
        Scarcity::Units => "Too few tracks or groups for intervals.".to_owned(),
        Scarcity::Classes(classes) => format!(
            "Intervals are narrower than they ought to be, for only one track or group is of {}.",
            classes.join(", ")
        ),
    }
}
