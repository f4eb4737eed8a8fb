//! `report.txt`: what people read first.

use super::Evaluation;
use crate::evaluation::{Confusion, Decision, Interval, Report, Scarcity, Summary};
use crate::studio::columns::columns;
use crate::studio::scoring::Level;

/// Classes up to which the confusion matrix is printed; `confusion.csv` always has it.
const MATRIX_CLASSES: usize = 20;
/// Groups and classes that are named in a remark.
const N_NAMED: usize = 5;
/// Confused pairs that are named.
const N_PAIRS: usize = 5;

impl Evaluation {
    /// The report as text, class-balanced accuracy first.
    pub fn text(&self) -> String {
        let mut text = self.head();
        section(&mut text, "figures", self.figures());
        section(&mut text, "thresholds from which a label is given", self.thresholds());
        section(&mut text, "beside it", self.beside());
        text += "\nclasses\n";
        text += &self.report.class_report_text();
        if let Some(confusion) = &self.report.confusion {
            section(&mut text, "confusion (rows true, columns predicted)", matrix(confusion));
            section(&mut text, "most confused", confused(confusion));
        }
        section(&mut text, "most confident mistakes", self.mistake_lines());
        text
    }

    /// The report without its tables of classes.
    pub fn brief(&self) -> String {
        let mut text = self.head();
        section(&mut text, "figures", self.figures());
        section(&mut text, "beside it", self.beside());
        let pairs = self.report.confusion.as_ref().map(confused);
        section(&mut text, "most confused", pairs.unwrap_or_default());
        text
    }

    fn head(&self) -> String {
        let edits = match self.n_edits {
            0 => String::new(),
            1 => " with 1 edit".to_owned(),
            n => format!(" with {n} edits"),
        };
        let mut grouped = self.grouped_by.clone().unwrap_or_else(|| "none (!)".to_owned());
        if !self.known_groups.is_empty() {
            grouped += &format!(", but not kept apart (!): {}", self.leak());
        }
        let level = match self.level {
            Level::Track => "tracks: the mean of the logits of their segments",
            Level::Segment => "segments, each by itself",
        };
        let lines = [
            ("run", format!("{}{edits}", self.run)),
            ("on", format!("{}: {} tracks, {} segments", self.on, self.n_tracks, self.n_segments)),
            ("counted", level.to_owned()),
            ("groups", format!("grouped by: {grouped}")),
        ];
        lines.iter().map(|(key, value)| format!("{key:<8} {value}\n")).collect()
    }

    /// Which groups of these tracks the run learned from.
    pub fn leak(&self) -> String {
        let by = self.grouped_by.as_deref().unwrap_or("file");
        let groups: Vec<_> = self.known_groups.iter().map(|group| format!("{group:?}")).collect();
        format!("the run was trained or chosen on tracks of the same {by}: {}", listed(&groups))
    }

    fn figures(&self) -> Vec<String> {
        let Report { summary, intervals, scarcity, top_k, calibration, .. } = &self.report;
        let interval = |of: fn(&Summary<Interval>) -> Option<Interval>| {
            intervals.as_ref().and_then(of).map_or_else(String::new, |found| between(&found))
        };
        let level = self.report.bootstrap.level * 100.0;
        let balanced = match (interval(|found| Some(found.balanced_accuracy)), scarcity) {
            (_, Some(Scarcity::Units)) => format!("n = {}, too few for an interval", self.units()),
            (found, _) if found.is_empty() => format!("n = {}", self.units()),
            (found, _) => format!("{found}  ({level:.0} % interval, n = {})", self.units()),
        };
        let mut rows = vec![
            row("class-balanced accuracy", summary.balanced_accuracy, &balanced),
            row("accuracy", summary.accuracy, &interval(|found| Some(found.accuracy))),
            row("macro F1", summary.macro_f1, &interval(|found| Some(found.macro_f1))),
        ];
        rows.extend(
            top_k.iter().map(|top| row(&format!("top-{} accuracy", top.k), top.accuracy, "")),
        );
        if let Some(auc) = summary.roc_auc {
            rows.push(row("ROC-AUC, one against rest", auc, &interval(|found| found.roc_auc)));
        }
        if let Some(precision) = summary.average_precision {
            rows.push(row("average precision", precision, &interval(|f| f.average_precision)));
        }
        rows.push(row("calibration error (ECE)", calibration.ece, ""));
        if let Some(Scarcity::Classes(classes)) = scarcity {
            let unit = if self.report.n_units < self.report.n { "group" } else { self.noun() };
            let classes = listed(classes);
            rows.push(format!(
                "(n is small: a single {unit} has {classes}, so intervals are too narrow)"
            ));
        }
        rows
    }

    /// `8 tracks`, or `8 tracks in 3 groups`.
    fn units(&self) -> String {
        let Report { n, n_units, .. } = self.report;
        let noun = self.noun();
        match n_units < n {
            true => format!("{n} {noun}s in {n_units} groups"),
            false => format!("{n} {noun}s"),
        }
    }

    fn noun(&self) -> &'static str {
        match self.level {
            Level::Track => "track",
            Level::Segment => "segment",
        }
    }

    fn thresholds(&self) -> Vec<String> {
        let Decision::Thresholds(thresholds) = &self.report.decision else { return Vec::new() };
        let classes = self.report.classes.iter().zip(thresholds);
        let rows = classes.map(|(class, least)| vec![class.label.clone(), format!("{least:.3}")]);
        columns(&rows.collect::<Vec<_>>(), 1)
    }

    /// The baselines, and how far the run is from the ceiling, which a small test split may put below it.
    fn beside(&self) -> Vec<String> {
        if let Some(reason) = &self.no_baselines {
            return vec![format!("no baselines: {reason}")];
        }
        let Some((ceiling, _, gap)) = self.ceiling() else { return Vec::new() };
        let head = ["", "balanced", "", "accuracy", "macro F1"].map(str::to_owned).to_vec();
        let of = |name: &str, report: &Report| {
            let Summary { balanced_accuracy, accuracy, macro_f1, .. } = report.summary;
            let interval = report.intervals.as_ref().map(|found| between(&found.balanced_accuracy));
            let [balanced, accuracy, f1] =
                [balanced_accuracy, accuracy, macro_f1].map(|value| format!("{value:.3}"));
            vec![name.to_owned(), balanced, interval.unwrap_or_default(), accuracy, f1]
        };
        let mut rows = vec![head];
        rows.extend(self.baselines.iter().map(|found| of(&found.name, &found.report)));
        rows.push(of("this run", &self.report));
        let mut lines = columns(&rows, 1);
        lines.push(match gap > 0.0 {
            true => format!("above the ceiling ({ceiling}) by {gap:.3}"),
            false => format!("gap to the ceiling ({ceiling}): {gap:.3}"),
        });
        lines
    }

    fn mistake_lines(&self) -> Vec<String> {
        let rows = self.mistakes.iter().map(|item| {
            let place = item.seconds.map_or_else(String::new, |(a, b)| format!(" {a:.1}–{b:.1} s"));
            let given =
                if item.given.is_empty() { "nothing".to_owned() } else { item.given.join(", ") };
            vec![
                format!("{:.3}", item.confidence),
                format!("{} taken for {given}", item.truth.join(", ")),
                format!("{}{place}", item.id),
            ]
        });
        columns(&rows.collect::<Vec<_>>(), 3)
    }
}

fn section(text: &mut String, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        *text += &format!("\n{title}\n");
        lines.iter().for_each(|line| *text += &format!("  {line}\n"));
    }
}

fn confused(confusion: &Confusion) -> Vec<String> {
    let pairs = confusion.most_confused().into_iter().take(N_PAIRS);
    pairs.map(|(truth, given, n)| format!("{n} × {truth} taken for {given}")).collect()
}

fn row(name: &str, value: f64, more: &str) -> String {
    format!("{name:<25}  {value:.3}  {more}").trim_end().to_owned()
}

/// The first few, and how many more.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(N_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(N_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `0.812 to 0.930`
fn between(interval: &Interval) -> String {
    format!("{:.3} to {:.3}", interval.lower, interval.upper)
}

fn matrix(confusion: &Confusion) -> Vec<String> {
    let n = confusion.labels.len();
    if n > MATRIX_CLASSES {
        return vec![format!("{n} classes: see confusion.csv")];
    }
    let mut rows = vec![std::iter::once(String::new()).chain(confusion.labels.clone()).collect()];
    for (label, counts) in confusion.labels.iter().zip(&confusion.counts) {
        let cells = counts.iter().map(|&n| if n == 0 { "·".to_owned() } else { n.to_string() });
        rows.push(std::iter::once(label.clone()).chain(cells).collect::<Vec<_>>());
    }
    columns(&rows, 1)
}
