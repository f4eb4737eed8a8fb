//! Right and wrong predictions, with the sums that made them.

use maud::{Markup, PreEscaped, html};

use super::super::case::{Case, TOP, logit, others, question, start};
use super::Page;
use super::blocks::{facts, number, percent, signed, table, text};
use super::prototypes::span;
use crate::studio::explain::{Answer, Contribution, ViewKind};
use crate::studio::{NearSegment, Ranked};

/// Classes that are named beside the first.
const RANKED: usize = 3;

impl Page<'_> {
    pub(super) fn explanations(&self) -> Markup {
        let (right, wrong): (Vec<_>, Vec<_>) =
            self.cases.iter().partition(|case| case.prediction.is_correct());
        html! {
            p {
                "A similarity less what is usual in training, times its weight, is what a prototype contributes. The contributions \
                 and what they start from sum to the logit, exactly. The tracks themselves are not in this page."
            }
            @for (title, cases) in [("Right", &right), ("Wrong", &wrong)] {
                h3 { (title) }
                @if cases.is_empty() { p { "There is none." } }
                @for case in cases { (self.case(case)) }
            }
        }
    }

    fn case(&self, case: &Case<'_>) -> Markup {
        let prediction = case.prediction;
        let verdict = &case.explanation.track.verdict;
        let ranking: Vec<_> = verdict.ranking.iter().take(RANKED).map(Ranked::to_string).collect();
        let named = |labels: &[String]| match labels {
            [] => "none".to_owned(),
            labels => labels.join(", "),
        };
        let familiarity = verdict.familiarity.map_or_else(
            || "not known".to_owned(),
            |reading| match reading.low {
                true => {
                    "unfamiliar: less similar to any prototype than 95 % of the training tracks"
                        .to_owned()
                }
                false => format!(
                    "familiar: no less than {} of the training tracks",
                    percent(reading.rank)
                ),
            },
        );
        html! {
            article.case {
                h4 { (prediction.id) }
                (facts(&[
                    ("Truly", text(&named(&prediction.truth))),
                    ("Taken for", text(&named(&prediction.given))),
                    ("Probabilities", text(&ranking.join(", "))),
                    ("Familiarity", text(&familiarity)),
                ]))
                @for (answer, figure) in case.explanation.answers.iter().zip(&case.figures) {
                    h5 { (question(answer)) }
                    div.answer {
                        div.plot tabindex="0" role="group" aria-label={ (question(answer)) ", the sum as a diagram, scrolls" } {
                            div role="img" aria-label={ (question(answer)) ": " (words(answer)) } { (PreEscaped(figure)) }
                        }
                        (self.account(answer))
                    }
                    (strongest(answer))
                }
            }
        }
    }

    fn account(&self, answer: &Answer) -> Markup {
        let is_centered = answer.view == ViewKind::Centered;
        let none = || text("");
        let term = |term: &Contribution| {
            let usual = Some(term.usual.map_or_else(none, number)).filter(|_| is_centered);
            let cells = [Some(self.link(&term.prototype)), Some(number(term.similarity)), usual];
            let cells = cells.into_iter().flatten();
            cells.chain([signed(term.weight), signed(term.contribution)]).collect::<Vec<_>>()
        };
        let n_empty = if is_centered { 3 } else { 2 };
        let sum = |name: &str, value: f64| {
            let empty = std::iter::repeat_with(none).take(n_empty);
            std::iter::once(text(name)).chain(empty).chain([signed(value)]).collect::<Vec<_>>()
        };
        let mut rows = vec![sum(start(answer), answer.start)];
        rows.extend(answer.contributions.iter().take(TOP).map(term));
        rows.extend(others(answer).map(|(n, value)| sum(&format!("{n} others"), value)));
        rows.push(sum("sum", answer.total.sum));
        rows.push(sum(&logit(answer), answer.total.logit));
        let weight = if answer.against.is_some() { "weight difference" } else { "weight" };
        let head: &[&str] = match is_centered {
            true => &["prototype", "similarity", "usual", weight, "contribution"],
            false => &["prototype", "similarity", weight, "contribution"],
        };
        html! {
            div {
                (table(&format!("{}: the terms", question(answer)), head, &rows))
                p.fine { "Sum and logit are apart by " (format!("{:.0e}", answer.total.difference.abs())) "." }
            }
        }
    }
}

/// The diagram in words.
fn words(answer: &Answer) -> String {
    let mut words = format!("starts at {:+.3}", answer.start);
    for term in answer.contributions.iter().take(TOP) {
        words += &format!(", {} {:+.3}", term.prototype, term.contribution);
    }
    if let Some((n, value)) = others(answer) {
        words += &format!(", {n} others {value:+.3}");
    }
    words + &format!(", sum {:+.3}", answer.total.sum)
}

fn strongest(answer: &Answer) -> Markup {
    let strongest = &answer.strongest;
    let near = |near: &NearSegment| {
        let place = span(near.start_s, near.end_s);
        format!("{}, {place} ({})", near.track, near.labels.join(", "))
    };
    let nearest: Vec<_> = strongest.nearest.iter().map(near).collect();
    html! {
        p {
            "Strongest at " (span(strongest.start_s, strongest.end_s)) " (" (signed(strongest.logit)) ")"
            @if nearest.is_empty() { "." } @else { ", in training nearest to:" }
        }
        @if !nearest.is_empty() { ul { @for near in &nearest { li { (near) } } } }
    }
}
