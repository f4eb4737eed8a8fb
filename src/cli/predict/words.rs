//! Predictions in words: one line a file, its label first, so that labels stand below each other.

use super::super::quantity::clock;
use crate::columns;
use crate::studio::Verdict;
use crate::studio::predict::{FilePrediction, Sheet};

/// How predictions are put into words.
pub(super) struct Words {
    sheet: Sheet,
    /// Cells of the longest label.
    width: usize,
}

impl Words {
    pub(super) fn new(labels: &[String], sheet: Sheet) -> Self {
        let width = labels.iter().map(|label| columns::width(label)).max().unwrap_or(0);
        Self { sheet, width: width.max("no label".len()) }
    }

    /// The line of a file, and those of its segments.
    pub(super) fn of(&self, prediction: &FilePrediction) -> String {
        let FilePrediction { path, verdict, silent, segments, .. } = prediction;
        let (label, details) = (self.label(verdict), self.details(verdict, *silent));
        let mut lines = format!("{label}  {path}  {details}\n");
        for segment in segments.iter().filter(|_| self.sheet.segments) {
            let (start, end) = (clock(segment.start_s), clock(segment.end_s));
            let label = self.label(&segment.verdict);
            let details = self.details(&segment.verdict, segment.silent);
            lines += &format!("  {start}–{end}  {label}  {details}\n");
        }
        lines
    }

    fn label(&self, verdict: &Verdict) -> String {
        let label = match verdict.labels.as_slice() {
            [] => "no label".to_owned(),
            labels => labels.join(", "),
        };
        format!("{}  {:.2}", columns::left(&label, self.width), verdict.confidence)
    }

    fn details(&self, verdict: &Verdict, silent: bool) -> String {
        let given = |label: &String| verdict.labels.contains(label);
        let n = self.sheet.top_k.unwrap_or(2);
        // Where thresholds decide, they say why a label is given, and why another is not.
        let ranked =
            verdict.ranking.iter().enumerate().filter(|(i, ranked)| match ranked.threshold {
                Some(_) => *i < n || given(&ranked.label),
                None => *i < n && !given(&ranked.label),
            });
        let mut words: Vec<_> = ranked.map(|(_, ranked)| ranked.to_string()).collect();
        words.extend(verdict.top_prototype.iter().map(|name| format!("most like {name}")));
        if verdict.familiarity.is_some_and(|reading| reading.low) {
            words.push("unfamiliar".to_owned());
        }
        if silent {
            words.push("silent".to_owned());
        }
        format!("({})", words.join(", "))
    }
}
