//! An explanation in words and columns.

use super::super::quantity::{clock, count};
use crate::classifier::Objective;
use crate::studio::columns::columns;
use crate::studio::explain::{Answer, AudioFacts, Contribution, Explanation, ViewKind};

/// Classes that are named beside the first.
const RANKED: usize = 5;

/// The lines of an explanation: `top` prototypes by name, the others together.
pub(in crate::cli) fn of(explanation: &Explanation, top: usize, segments: bool) -> Vec<String> {
    let mut lines = vec![file(explanation), ranking(explanation)];
    for answer in &explanation.answers {
        lines.push(String::new());
        lines.extend(account(answer, top));
        lines.extend(strongest(answer));
    }
    if segments {
        lines.push(String::new());
        lines.extend(strip(explanation));
    }
    lines.push(String::new());
    if explanation.audio.silent {
        lines.push(SILENT.to_owned());
    }
    lines.extend(familiarity(explanation));
    lines
}

fn file(explanation: &Explanation) -> String {
    let AudioFacts { sample_rate_hz, n_channels, seconds, .. } = &explanation.audio;
    let channels = match n_channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        n => format!("{n} channels"),
    };
    let (length, rate) = (clock(*seconds), f64::from(*sample_rate_hz) / 1e3);
    let segments = count(explanation.segments.len() as u64, "segment");
    format!("{}   {length}, {rate} kHz {channels} → {segments}", explanation.path)
}

fn ranking(explanation: &Explanation) -> String {
    let verdict = &explanation.track.verdict;
    let ranked = verdict.ranking.iter().take(RANKED);
    let ranked = ranked.map(ToString::to_string).collect::<Vec<_>>().join("   ");
    match &explanation.objective {
        Objective::Softmax { temperature } => {
            format!("{ranked}   (softmax, temperature {temperature})")
        }
        Objective::Sigmoid { .. } => {
            let given = match verdict.labels.as_slice() {
                [] => "no label".to_owned(),
                labels => labels.join(", "),
            };
            format!("{ranked}   (each class by itself, from its threshold on; given: {given})")
        }
    }
}

fn account(answer: &Answer, top: usize) -> Vec<String> {
    let Answer { class, against, contributions, start, total, .. } = answer;
    let centered = answer.view == ViewKind::Centered;
    let (question, logit) = match against {
        Some(against) => (
            format!("why {class} rather than {against}:"),
            format!("logit {class} − logit {against}"),
        ),
        None => (format!("why {class}:"), format!("logit {class}")),
    };
    let weight = if against.is_some() { "weight difference" } else { "weight" };
    // What is usual has no part in the absolute view.
    let row = |name: String, [similarity, usual, weight, contribution]: [String; 4]| {
        let usual = Some(usual).filter(|_| centered);
        [name, similarity].into_iter().chain(usual).chain([weight, contribution]).collect()
    };
    let header = ["similarity", "usual", weight, "contribution"].map(str::to_owned);
    let mut rows: Vec<Vec<_>> = vec![row(question, header)];
    let (named, others) = contributions.split_at(top.min(contributions.len()));
    for Contribution { prototype, similarity, usual, weight, contribution } in named {
        let usual = usual.map_or_else(String::new, |usual| format!("{usual:.3}"));
        let (weight, contribution) = (format!("{weight:+.2}"), format!("{contribution:+.3}"));
        rows.push(row(
            format!("  {prototype}"),
            [format!("{similarity:.3}"), usual, weight, contribution],
        ));
    }
    let sum = |name: String, value: f64| {
        row(name, [String::new(), String::new(), String::new(), format!("{value:+.3}")])
    };
    if !others.is_empty() {
        let rest = others.iter().map(|other| other.contribution).sum();
        rows.push(sum(format!("  … {} more", others.len()), rest));
    }
    let from = match (centered, against) {
        (true, _) => "  starting point (average segment)",
        (false, Some(_)) => "  biases",
        (false, None) => "  bias",
    };
    rows.push(sum(from.to_owned(), *start));
    rows.push(sum("  sum".to_owned(), total.sum));
    let mut lines = columns(&rows, 1);
    lines.push(format!(
        "  = {logit} = {:+.3}, apart by {:.0e}",
        total.logit,
        total.difference.abs()
    ));
    lines
}

fn strongest(answer: &Answer) -> Vec<String> {
    let strongest = &answer.strongest;
    let place = format!("{}–{}", clock(strongest.start_s), clock(strongest.end_s));
    let mut lines = vec![format!("strongest segment {place} ({:+.3})", strongest.logit)];
    if !strongest.nearest.is_empty() {
        lines[0] += ", in training nearest to";
    }
    let rows = strongest.nearest.iter().map(|near| {
        vec![
            format!("  {:.4}", near.distance),
            near.labels.join(", "),
            format!("{} {}–{}", near.track, clock(near.start_s), clock(near.end_s)),
        ]
    });
    lines.extend(columns(&rows.collect::<Vec<_>>(), 3));
    lines
}

/// One line a segment.
fn strip(explanation: &Explanation) -> Vec<String> {
    let logit = match explanation.answers.first() {
        Some(Answer { class, against: Some(against), .. }) => format!("{class} − {against}"),
        Some(Answer { class, against: None, .. }) => class.clone(),
        None => String::new(),
    };
    let header = ["segment", "label", "most like", "", &logit, ""].map(str::to_owned).to_vec();
    let mut rows = vec![header];
    for (i, segment) in explanation.segments.iter().enumerate() {
        let verdict = &segment.item.verdict;
        let logit = explanation.answers.first().map(|answer| answer.logit_of_segment[i]);
        let remark = match verdict.familiarity {
            _ if segment.silent => "silent",
            Some(reading) if reading.low => "unfamiliar",
            _ => "",
        };
        rows.push(vec![
            format!("{}–{}", clock(segment.start_s), clock(segment.end_s)),
            verdict.labels.join(", "),
            verdict.top_prototype.clone().unwrap_or_default(),
            format!("{:.2}", verdict.confidence),
            logit.map_or_else(String::new, |logit| format!("{logit:+.3}")),
            remark.to_owned(),
        ]);
    }
    columns(&rows, 3)
}

/// What is said of a file in which there is nothing to hear.
const SILENT: &str =
    "silent: nothing in it is louder than −80 dB of full scale, so that the label means nothing";

fn familiarity(explanation: &Explanation) -> Option<String> {
    let verdict = &explanation.track.verdict;
    let reading = verdict.familiarity?;
    let (similarity, share) = (verdict.similarity, 100.0 * reading.rank);
    Some(match reading.low {
        true => format!(
            "unfamiliar: its best similarity, {similarity:.3}, is below that of 95 % of the training tracks ({:.3}); the label \
             may mean nothing",
            reading.threshold
        ),
        false => format!(
            "familiar: its best similarity, {similarity:.3}, is no less than that of {share:.0} % of the training tracks"
        ),
    })
}
