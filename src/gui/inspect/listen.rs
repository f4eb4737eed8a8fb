//! A segment, the prototype that speaks loudest for it, and the training audio nearest to it, ear to ear.

use std::path::Path;

use eframe::egui::{Button, RichText, Ui};

use super::FileState;
use crate::gui::desk::name_of;
use crate::gui::prototypes;
use crate::gui::shelf::SoundKey;
use crate::gui::state::State;
use crate::gui::theme::Palette;
use crate::gui::wish::{Sounding, Wish};
use crate::studio::explain::{Answer, Explanation};

/// What is heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// A: the selected segments, or the one that speaks loudest for the class.
    #[default]
    Segment,
    /// B: the prototype that contributes most.
    Prototype,
    /// C: the training segment nearest to A.
    Training,
}

impl Side {
    const ALL: [Self; 3] = [Self::Segment, Self::Prototype, Self::Training];

    fn title(self) -> &'static str {
        match self {
            Self::Segment => "A  This segment",
            Self::Prototype => "B  Strongest prototype",
            Self::Training => "C  Nearest training audio",
        }
    }
}

pub(super) fn show(
    ui: &mut Ui,
    state: &mut State,
    path: &Path,
    found: &Explanation,
    answer: &Answer,
    wishes: &mut Vec<Wish>,
) {
    let palette = Palette::of(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Listen").strong());
        for side in Side::ALL {
            let sounding = sounding(state, side, path, found, answer);
            let button = Button::selectable(state.inspect.side == side, side.title());
            let button = ui.add_enabled(sounding.is_some(), button);
            let hint = sounding.as_ref().map_or("", |sounding| &sounding.title);
            if button.on_hover_text(format!("{hint} (B flips)")).clicked() {
                state.inspect.side = side;
                wishes.extend(sounding.map(Wish::Flip));
            }
        }
        if let Some(sounding) = sounding(state, state.inspect.side, path, found, answer) {
            ui.label(RichText::new(sounding.title).color(palette.faint));
        }
    });
}

/// Turns to the next side that sounds, and gives what is heard then.
pub(super) fn flipped(state: &mut State) -> Option<Sounding> {
    let file = state.inspect.files.get(state.inspect.current)?;
    let FileState::Explained(found) = &file.state else { return None };
    let answer = found.answers.first()?;
    let now = Side::ALL.iter().position(|side| *side == state.inspect.side)?;
    let next = (1..=Side::ALL.len()).map(|step| Side::ALL[(now + step) % Side::ALL.len()]);
    let mut sounding =
        next.filter_map(|side| Some((side, sounding(state, side, &file.path, found, answer)?)));
    let (side, sounding) = sounding.next()?;
    state.inspect.side = side;
    Some(sounding)
}

fn sounding(
    state: &State,
    side: Side,
    path: &Path,
    found: &Explanation,
    answer: &Answer,
) -> Option<Sounding> {
    let strongest = &answer.strongest;
    match side {
        Side::Segment => {
            let selected =
                state.inspect.selection.clone().and_then(|range| found.segments.get(range));
            let ends = selected.and_then(|part| Some((part.first()?.start_s, part.last()?.end_s)));
            let (start_s, end_s) = ends.unwrap_or((strongest.start_s, strongest.end_s));
            let title = format!("{} from {start_s:.0} s", name_of(path));
            Some(Sounding { key: SoundKey::part(path, start_s, end_s), title, at_s: 0.0 })
        }
        Side::Prototype => {
            let name = &answer.contributions.first()?.prototype;
            prototypes::sounding(state.run.as_ref()?.find(name)?)
        }
        Side::Training => {
            let near = strongest.nearest.first()?;
            let file = name_of(Path::new(&near.track));
            let title = format!("{file} from {:.0} s, {}", near.start_s, near.labels.join(", "));
            let key = SoundKey::part(&near.path, near.start_s, near.end_s);
            Some(Sounding { key, title, at_s: 0.0 })
        }
    }
}
