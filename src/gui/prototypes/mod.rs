//! Every prototype, to be seen and heard: cards by class, and one of them at length.

mod card;
mod detail;
mod heatmap;
mod order;

use std::path::Path;
use std::sync::Arc;

use eframe::egui::{
    CentralPanel, ComboBox, Context, Key, Modifiers, Panel, Rect, RichText, ScrollArea, TextEdit,
    Ui, UiBuilder, pos2, vec2,
};

use self::order::{Order, Row, Shown};
use super::desk::{JobKind, Part, name_of};
use super::shelf::SoundKey;
use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette};
use super::wish::{Sounding, View, Wish};
use crate::studio::edit::Request;
use crate::studio::session::{PrototypeView, RunView};

/// What is heard of a prototype.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// A: the prototype, turned into sound.
    #[default]
    Prototype,
    /// B: the training segment nearest to it.
    Nearest,
    /// C: what the model makes of that segment.
    Reconstruction,
}

/// What the view remembers.
#[derive(Default)]
pub(super) struct PrototypesState {
    /// Part of the names to show.
    search: String,
    order: Order,
    shown: Shown,
    /// A, B or C.
    side: Side,
    /// The take that A is.
    take: usize,
    /// The name being written, and whose it is.
    renaming: Option<(String, String)>,
    /// The prototype to merge with.
    merging: Option<String>,
    /// The prototype to scroll to.
    scroll_to: Option<String>,
    /// The card that was pointed at last.
    pointed: Option<String>,
    /// Whether the weights of all prototypes are shown.
    shows_weights: bool,
    /// How they are shown.
    heatmap: heatmap::HeatmapState,
}

impl PrototypesState {
    /// Turns to a prototype.
    pub(super) fn look_at(&mut self, name: &str) {
        (self.side, self.take, self.renaming, self.merging) = (Side::Prototype, 0, None, None);
        self.scroll_to = Some(name.to_owned());
    }

    /// The prototypes that are shown, as indices.
    fn places(&mut self, run: &Arc<RunView>) -> Arc<[usize]> {
        self.shown.places(run, &self.search, self.order)
    }
}

/// A prototype as it sounds: its first take, or the segment nearest to it.
pub(super) fn sounding(prototype: &PrototypeView) -> Option<Sounding> {
    take(prototype, 0).or_else(|| nearest(prototype, 0))
}

fn take(prototype: &PrototypeView, number: usize) -> Option<Sounding> {
    let take = prototype.takes.get(number)?;
    Some(Sounding {
        key: SoundKey::file(&take.path),
        title: format!("{}, take {}", prototype.row.name, take.take + 1),
        at_s: 0.0,
    })
}

fn nearest(prototype: &PrototypeView, number: usize) -> Option<Sounding> {
    let near = prototype.row.nearest.get(number)?;
    let file = name_of(Path::new(&near.track));
    Some(Sounding {
        key: SoundKey::part(&near.path, near.start_s, near.end_s),
        title: format!("{file} from {:.0} s", near.start_s),
        at_s: 0.0,
    })
}

/// The part of a file that is nearest.
fn nearest_part(prototype: &PrototypeView) -> Option<Part> {
    let near = prototype.row.nearest.first()?;
    Some(Part { path: near.path.clone().into(), start_s: near.start_s, end_s: near.end_s })
}

/// What the model makes of the nearest segment, once it has made it.
fn reconstruction(state: &State, prototype: &PrototypeView) -> Option<Sounding> {
    let part = nearest_part(prototype)?;
    let path = state.reconstruction(&part)?;
    let title = format!("{} from {:.0} s, through the model", name_of(&part.path), part.start_s);
    Some(Sounding { key: SoundKey::file(path), title, at_s: 0.0 })
}

/// A reconstruction has come: it is heard if that side of its prototype is looked at.
pub(super) fn awaited(state: &State, part: &Part) -> Option<Wish> {
    let prototype = state.run.as_ref()?.find(state.selected.as_ref()?)?;
    let is_awaited = state.view == View::Prototypes
        && state.prototypes.side == Side::Reconstruction
        && nearest_part(prototype).as_ref() == Some(part);
    is_awaited.then(|| reconstruction(state, prototype).map(Wish::Flip))?
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    Panel::right("prototype").default_size(380.0).size_range(320.0..=560.0).show(ui, |ui| {
        ScrollArea::vertical().id_salt(("detail", &state.selected)).auto_shrink(false).show(
            ui,
            |ui| match state.selected.as_ref().and_then(|name| run.find(name)) {
                Some(prototype) => detail::show(ui, state, &run, prototype, wishes),
                None => {
                    ui.add_space(GROUP_GAP);
                    ui.label("Choose a prototype to see and hear it.");
                }
            },
        );
    });
    if state.prototypes.shows_weights {
        Panel::bottom("weights").default_size(220.0).size_range(120.0..=420.0).show(ui, |ui| {
            heatmap::show(ui, state, &run, wishes);
        });
    }
    CentralPanel::default().show(ui, |ui| {
        toolbar(ui, state, wishes);
        ui.add_space(GAP);
        let places = state.prototypes.places(&run);
        if places.is_empty() {
            let text = format!("No prototype is called like {:?}.", state.prototypes.search);
            ui.label(text);
            return;
        }
        grid(ui, state, &run, &places, wishes);
    });
}

fn toolbar(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    ui.horizontal(|ui| {
        let search = TextEdit::singleline(&mut state.prototypes.search)
            .hint_text("Search")
            .desired_width(140.0);
        let label = ui.label("Show");
        ui.add(search).labelled_by(label.id);
        let label = ui.label("by");
        let order = &mut state.prototypes.order;
        ComboBox::from_id_salt("order")
            .selected_text(order.title())
            .show_ui(ui, |ui| {
                for choice in Order::ALL {
                    ui.selectable_value(order, choice, choice.title());
                }
            })
            .response
            .labelled_by(label.id);
        ui.checkbox(&mut state.hover_play, "Play under the pointer");
        ui.checkbox(&mut state.prototypes.shows_weights, "All weights");
        let missing = || run.prototypes.iter().filter(|p| p.row.enabled && p.takes.is_empty());
        let (n_missing, is_rendering) = (missing().count(), state.is_busy_with(JobKind::Sonify));
        if n_missing > 0 && state.models.is_some() && !is_rendering {
            let title = format!("Sonify missing ({n_missing})");
            if ui.button(title).clicked() {
                let only = missing().map(|p| p.row.name.clone()).collect();
                wishes.push(Wish::Render { only, n_takes: card::ONE });
            }
        }
    });
}

/// Only rows in sight are painted, so that hundreds of cards cost as much as a dozen.
fn grid(
    ui: &mut Ui,
    state: &mut State,
    run: &RunView,
    places: &Arc<[usize]>,
    wishes: &mut Vec<Wish>,
) {
    let width = ui.available_width() - GROUP_GAP;
    let n_columns = ((width + GAP) / (card::SIZE.x + GAP)).floor().max(1.0) as usize;
    let order = state.prototypes.order;
    let rows = state.prototypes.shown.rows(run, places, order, n_columns);
    let height = |row: &Row| match row {
        Row::Heading(_) => 34.0,
        Row::Cards(_) => card::SIZE.y + GAP,
    };
    let target = state.prototypes.scroll_to.take();
    let palette = Palette::of(ui.ctx());
    ScrollArea::vertical().id_salt(("cards", &run.path)).auto_shrink(false).show_viewport(
        ui,
        |ui, viewport| {
            let top = ui.min_rect().left_top();
            ui.set_height(rows.iter().map(height).sum());
            let mut y = 0.0;
            let mut in_view = Vec::new();
            for row in rows.iter() {
                let rect = Rect::from_min_size(top + vec2(0.0, y), vec2(width, height(row)));
                let in_sight = y + height(row) >= viewport.top() && y <= viewport.bottom();
                y += height(row);
                let cards = || match row {
                    Row::Heading(_) => [].iter(),
                    Row::Cards(range) => places[range.clone()].iter(),
                };
                let cards = || cards().map(|place| &run.prototypes[*place]);
                if let Some(target) = &target
                    && cards().any(|p| p.row.name == *target)
                    && !ui.clip_rect().contains_rect(rect)
                {
                    ui.scroll_to_rect(rect, None);
                }
                if !in_sight {
                    continue;
                }
                if let Row::Heading(class) = row {
                    let place = UiBuilder::new().max_rect(rect);
                    ui.scope_builder(place, |ui| {
                        heading(ui, &run.classes[*class], *class, palette);
                    });
                }
                for (column, prototype) in cards().enumerate() {
                    let x = rect.left() + column as f32 * (card::SIZE.x + GAP);
                    in_view.push((Rect::from_min_size(pos2(x, rect.top()), card::SIZE), prototype));
                }
            }
            card::show(ui, &in_view, state, wishes);
        },
    );
}

fn heading(ui: &mut Ui, class: &str, number: usize, palette: Palette) {
    ui.horizontal_centered(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), eframe::egui::Sense::hover());
        ui.painter().circle_filled(rect.center(), 5.0, super::theme::class_color(number));
        ui.label(RichText::new(class).strong().color(palette.text));
    });
}

/// Keys of this view.
pub(super) fn keys(context: &Context, state: &mut State, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    let pressed = |key: Key| context.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let places = state.prototypes.places(&run);
    let shown = |place: usize| places.get(place).map(|place| &run.prototypes[*place]);
    let chosen = |place: &usize| Some(&run.prototypes[*place].row.name) == state.selected.as_ref();
    let place = places.iter().position(chosen);
    let mut go = |to: usize| {
        wishes.extend(shown(to).map(|prototype| Wish::Select(prototype.row.name.clone())));
    };
    if pressed(Key::OpenBracket) {
        go(place.map_or(0, |place| place.saturating_sub(1)));
    }
    if pressed(Key::CloseBracket) {
        go(place.map_or(0, |place| place + 1));
    }
    let Some(selected) = place.and_then(shown) else { return };
    let has_focus = context.memory(|memory| memory.focused().is_some());
    if !has_focus && pressed(Key::Enter) {
        wishes.extend(sounding(selected).map(Wish::Play));
    }
    if pressed(Key::B) {
        wishes.extend(detail::flipped(state, selected).map(Wish::Flip));
    }
    if pressed(Key::Delete) {
        wishes.push(Wish::Edit(switched(selected)));
    }
}

/// Disables what is enabled, and the other way round.
fn switched(prototype: &PrototypeView) -> Request {
    let names = vec![prototype.row.name.clone()];
    if prototype.row.enabled { Request::Disable(names) } else { Request::Enable(names) }
}
