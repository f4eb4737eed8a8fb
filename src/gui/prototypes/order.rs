//! Which prototypes are shown, and in which order.

use std::ops::Range;

use crate::studio::session::{PrototypeView, RunView};

/// What they are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// By class, then by name.
    #[default]
    Class,
    /// Those that are used most first.
    Usage,
    /// Those that cost most to lose first.
    Cost,
    /// The least pure first.
    Purity,
    /// Those nearest to another of their class first.
    Twin,
}

/// A row of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A class, as an index.
    Heading(usize),
    /// Cards, as a range of what is shown.
    Cards(Range<usize>),
}

impl Order {
    pub(super) const ALL: [Self; 5] =
        [Self::Class, Self::Usage, Self::Cost, Self::Purity, Self::Twin];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Usage => "most used",
            Self::Cost => "cost if removed",
            Self::Purity => "least pure",
            Self::Twin => "nearest twin",
        }
    }

    /// What sorts ascending; `None` keeps the order of the classifier.
    fn key(self, prototype: &PrototypeView) -> Option<f64> {
        let row = &prototype.row;
        match self {
            Self::Class => None,
            Self::Usage => Some(-row.usage),
            Self::Cost => Some(-row.cost_if_removed.unwrap_or(f64::NEG_INFINITY)),
            Self::Purity => Some(row.purity),
            Self::Twin => Some(row.sibling.as_ref().map_or(f64::INFINITY, |twin| twin.distance)),
        }
    }
}

/// The prototypes whose name holds what is searched for.
pub(super) fn shown<'a>(run: &'a RunView, search: &str, order: Order) -> Vec<&'a PrototypeView> {
    let search = search.to_lowercase();
    let is_meant = |p: &&PrototypeView| p.row.name.to_lowercase().contains(&search);
    let mut shown: Vec<_> = run.prototypes.iter().filter(is_meant).collect();
    shown.sort_by(|a, b| match (order.key(a), order.key(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.class.cmp(&b.class),
    });
    shown
}

/// Rows of `n_columns` cards, with a heading before each class if they are grouped.
pub(super) fn rows(shown: &[&PrototypeView], n_columns: usize, is_grouped: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0;
    while start < shown.len() {
        let class = shown[start].class;
        let n = match is_grouped {
            true => shown[start..].iter().take_while(|p| p.class == class).count(),
            false => shown.len(),
        };
        if is_grouped {
            rows.push(Row::Heading(class));
        }
        let end = start + n;
        let cards = (start..end).step_by(n_columns.max(1));
        rows.extend(cards.map(|first| Row::Cards(first..(first + n_columns.max(1)).min(end))));
        start = end;
    }
    rows
}
