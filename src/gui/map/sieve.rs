//! Which points are shown, and in which colors.

use eframe::egui::Color32;

use crate::dataset::Split;
use crate::gui::theme::{Palette, class_color};
use crate::studio::session::{MapPoint, RunView, SegmentMap};

/// What color says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Coloring {
    /// The true class.
    #[default]
    Truth,
    /// The class that a segment is taken for.
    Given,
    /// Whether that is right.
    Correct,
    /// The class of the prototype that it is most similar to.
    Prototype,
    /// The split.
    Split,
}

impl Coloring {
    pub(super) const ALL: [Self; 5] =
        [Self::Truth, Self::Given, Self::Correct, Self::Prototype, Self::Split];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Truth => "true class",
            Self::Given => "predicted class",
            Self::Correct => "right or wrong",
            Self::Prototype => "class of the nearest prototype",
            Self::Split => "split",
        }
    }

    /// Its colors and what they are for.
    pub(super) fn legend(self, run: &RunView, palette: Palette) -> Vec<(String, Color32)> {
        match self {
            Self::Correct => {
                vec![("right".to_owned(), palette.positive), ("wrong".to_owned(), palette.negative)]
            }
            Self::Split => [Split::Train, Split::Validation, Split::Test]
                .map(|split| (split.to_string(), class_color(split as usize)))
                .into(),
            Self::Truth | Self::Given | Self::Prototype => {
                let classes = run.classes.iter().enumerate();
                classes.map(|(class, name)| (name.clone(), class_color(class))).collect()
            }
        }
    }

    pub(super) fn of(self, point: &MapPoint, map: &SegmentMap, palette: Palette) -> Color32 {
        let class = |class: Option<u32>| class.map_or(palette.faint, |c| class_color(c as usize));
        match self {
            Self::Truth => class(point.truth),
            Self::Given => class(point.given),
            Self::Correct if point.is_correct => palette.positive,
            Self::Correct => palette.negative,
            Self::Prototype => {
                class(point.winner.map(|winner| map.prototypes[winner as usize].class))
            }
            Self::Split => class(point.split.map(|split| split as u32)),
        }
    }
}

/// Which points are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sieve {
    /// Only this true class.
    pub(super) class: Option<u32>,
    /// Only this split.
    pub(super) split: Option<Split>,
    /// Only mistakes.
    pub(super) only_wrong: bool,
}

impl Sieve {
    /// Test figures are not to be tuned on, so that its segments are shown only where somebody asks for them.
    pub(super) fn lets(&self, point: &MapPoint) -> bool {
        let is_in_split = match self.split {
            Some(split) => point.split == Some(split),
            None => point.split != Some(Split::Test),
        };
        let is_in_class = self.class.is_none_or(|class| point.truth == Some(class));
        is_in_split && is_in_class && !(self.only_wrong && point.is_correct)
    }
}
