//! What sections are made of: tables, figures, numbers.

use maud::{Markup, PreEscaped, html};

use crate::evaluation::Interval;

/// A figure that scrolls by itself where the page is narrower.
pub(super) fn plot(svg: &str, alt: &str) -> Markup {
    html! {
        div.plot tabindex="0" role="group" aria-label={ (alt) ", scrolls" } {
            div role="img" aria-label=(alt) { (PreEscaped(svg)) }
        }
    }
}

/// A table whose first column names its rows; numbers stand right.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table tabindex="0" role="group" aria-label={ (caption) ", scrolls" } {
            table {
                caption { (caption) }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What only some will want to see.
pub(super) fn folded(title: &str, content: &Markup) -> Markup {
    html! { details { summary { (title) } (content) } }
}

/// Names and what they are.
pub(super) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl {
            @for (name, fact) in facts { div { dt { (name) } dd { (fact) } } }
        }
    }
}

/// A text as a cell or a fact.
pub(super) fn text(text: &str) -> Markup {
    html! { (text) }
}

/// `0.512`
pub(super) fn number(value: f64) -> Markup {
    html! { (format!("{value:.3}")) }
}

/// `+0.512`
pub(super) fn signed(value: f64) -> Markup {
    let text = format!("{value:+.3}").replace('-', "−");
    html! { (text) }
}

/// `51 %`
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// `0.44 to 0.58`, or that it is not known.
pub(super) fn interval(interval: Option<Interval>) -> Markup {
    let text = interval.map_or_else(
        || "not known".to_owned(),
        |Interval { lower, upper }| format!("{lower:.3} to {upper:.3}"),
    );
    html! { (text) }
}

/// `1 track`, `2 tracks`.
pub(super) fn count(n: usize, noun: &str) -> String {
    let end = match (n, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{n} {noun}{end}")
}
