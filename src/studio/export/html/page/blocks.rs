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

/// A table whose first column names its rows; numbers stand right, and so does what is above them.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<Markup>]) -> Markup {
    let is_numeric = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.0.is_empty());
        cells.clone().next().is_some() && cells.clone().all(is_number)
    };
    let kind = |column: usize| is_numeric(column).then_some("number");
    let kinds: Vec<_> = (0..head.len()).map(kind).collect();
    html! {
        div.table tabindex="0" role="group" aria-label={ (caption) ", scrolls" } {
            table {
                caption { (caption) }
                thead {
                    tr { @for (name, kind) in head.iter().zip(&kinds) { th scope="col" class=[*kind] { (name) } } }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, (cell, kind)) in row.iter().zip(&kinds).enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td class=[*kind] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a cell is read as a number, with what belongs to it.
fn is_number(cell: &Markup) -> bool {
    let digits = cell.0.trim_start_matches(['+', '−']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        || ["none", "undefined", "not known"].contains(&cell.0.as_str())
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

/// `+1.2`, in points of a percentage.
pub(super) fn points(share: f64) -> Markup {
    let text = format!("{:+.1}", 100.0 * share).replace('-', "−");
    html! { (text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_numbers_stand_right_and_words_left() {
        let row = |name: &str, word: &str, cell: Markup| vec![text(name), text(word), cell];
        let rows = [row("a", "x", signed(-0.5)), row("b", "3 of <y>", number(2.0))];
        let found = table("t", &["name", "word", "value"], &rows).into_string();
        assert!(found.contains("<td>x</td><td class=\"number\">−0.500</td>"), "{found}");
        assert!(
            found.contains("<td>3 of &lt;y&gt;</td><td class=\"number\">2.000</td>"),
            "{found}"
        );
        assert!(found.contains("<th scope=\"col\" class=\"number\">value</th>"), "{found}");
        assert!(found.contains("<th scope=\"row\">a</th>"), "{found}");
    }
}
