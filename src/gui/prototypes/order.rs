//! Which prototypes are shown, and in which order.

use std::ops::Range;
use std::sync::Arc;

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

/// What is shown of a run and in which rows: found once, and again only where something has changed.
#[derive(Default)]
pub(super) struct Shown {
    /// What places were found for.
    of: Option<(Arc<RunView>, String, Order)>,
    places: Arc<[usize]>,
    /// What rows were found for.
    in_columns: Option<(Arc<[usize]>, usize)>,
    rows: Arc<[Row]>,
}

impl Shown {
    /// The prototypes whose name holds what is searched for, as indices, in the order wanted.
    pub(super) fn places(
        &mut self,
        run: &Arc<RunView>,
        search: &str,
        order: Order,
    ) -> Arc<[usize]> {
        let is_known = self.of.as_ref().is_some_and(|(of, searched, ordered)| {
            Arc::ptr_eq(of, run) && searched == search && *ordered == order
        });
        if !is_known {
            self.of = Some((Arc::clone(run), search.to_owned(), order));
            self.places = places(&run.prototypes, search, order).into();
        }
        Arc::clone(&self.places)
    }

    /// Rows of these, which [`Shown::places`] has given for the same run and order.
    pub(super) fn rows(
        &mut self,
        run: &RunView,
        places: &Arc<[usize]>,
        order: Order,
        n_columns: usize,
    ) -> Arc<[Row]> {
        let is_known = self
            .in_columns
            .as_ref()
            .is_some_and(|(of, n)| Arc::ptr_eq(of, places) && *n == n_columns);
        if !is_known {
            self.in_columns = Some((Arc::clone(places), n_columns));
            let class = |place: &usize| run.prototypes[*place].class;
            let classes: Vec<usize> = places.iter().map(class).collect();
            self.rows = rows(&classes, n_columns, order == Order::Class).into();
        }
        Arc::clone(&self.rows)
    }
}

/// The prototypes whose name holds what is searched for.
fn places(prototypes: &[PrototypeView], search: &str, order: Order) -> Vec<usize> {
    let search = search.to_lowercase();
    let is_meant = |i: &usize| prototypes[*i].row.name.to_lowercase().contains(&search);
    let mut places: Vec<_> = (0..prototypes.len()).filter(is_meant).collect();
    places.sort_by(|a, b| {
        let (a, b) = (&prototypes[*a], &prototypes[*b]);
        match (order.key(a), order.key(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.class.cmp(&b.class),
        }
    });
    places
}

/// Rows of `n_columns` cards of these classes, with a heading before each class if they are grouped.
fn rows(classes: &[usize], n_columns: usize, is_grouped: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0;
    while let Some(class) = classes.get(start) {
        let n = match is_grouped {
            true => classes[start..].iter().take_while(|of| *of == class).count(),
            false => classes.len(),
        };
        if is_grouped {
            rows.push(Row::Heading(*class));
        }
        let end = start + n;
        let cards = (start..end).step_by(n_columns.max(1));
        rows.extend(cards.map(|first| Row::Cards(first..(first + n_columns.max(1)).min(end))));
        start = end;
    }
    rows
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::studio::prototypes::PrototypeRow;

    /// Two of either class.
    pub(in crate::gui::prototypes) fn prototypes() -> Vec<PrototypeView> {
        let of = |(class, name, usage, cost): (usize, &str, f64, Option<f64>)| PrototypeView {
            row: PrototypeRow {
                name: name.to_owned(),
                label: String::new(),
                enabled: true,
                usage,
                purity: 1.0,
                coverage: usage,
                dead: false,
                cost_if_removed: cost,
                cost_if_blinded: None,
                usual: 0.5,
                sibling: None,
                stranger: None,
                weights: Vec::new(),
                nearest: Vec::new(),
            },
            class,
            is_edited: false,
            takes: Vec::new(),
        };
        [
            (1, "Rock/0", 0.2, Some(0.1)),
            (0, "jazz/0", 0.5, None),
            (1, "rock/1", 0.3, Some(0.4)),
            (0, "jazz/1", 0.0, Some(-0.1)),
        ]
        .map(of)
        .into()
    }

    #[test]
    fn names_are_searched_whatever_their_letters_and_ordered_as_wanted() {
        let all = prototypes();
        assert_eq!(places(&all, "", Order::Class), [1, 3, 0, 2]);
        assert_eq!(places(&all, "", Order::Usage), [1, 2, 0, 3]);
        assert_eq!(places(&all, "ROCK", Order::Cost), [2, 0]);
        assert_eq!(places(&all, "none", Order::Class), [0_usize; 0]);
    }

    #[test]
    fn every_class_begins_a_row_of_its_own() {
        let classes = [0, 0, 0, 2, 2];
        let cards = Row::Cards;
        let wanted = [Row::Heading(0), cards(0..2), cards(2..3), Row::Heading(2), cards(3..5)];
        assert_eq!(rows(&classes, 2, true), wanted);
        assert_eq!(rows(&classes, 4, false), [cards(0..4), cards(4..5)]);
        assert_eq!(rows(&classes, 0, false).len(), 5);
    }
}
