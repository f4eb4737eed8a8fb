//! One prototype at length.

use eframe::egui::{
    Button, ComboBox, Grid, Rect, RichText, Role, Sense, TextEdit, Ui, WidgetInfo, vec2,
};

use super::{Side, nearest, nearest_part, reconstruction, switched, take};
use crate::gui::desk::{JobKind, name_of};
use crate::gui::paint::{signed_bar, spectrogram};
use crate::gui::shelf::Found;
use crate::gui::state::State;
use crate::gui::theme::{GAP, GROUP_GAP, Palette};
use crate::gui::wish::{Sounding, Wish};
use crate::gui::words::points;
use crate::studio::edit::Request;
use crate::studio::session::{PrototypeView, RunView};

/// Height of the large picture.
const PICTURE_HEIGHT: f32 = 150.0;
/// Takes that more are rendered up to. A constant is unwrapped when this is compiled.
const MORE_TAKES: std::num::NonZeroUsize = std::num::NonZeroUsize::new(3).unwrap();

pub(super) fn show(
    ui: &mut Ui,
    state: &mut State,
    run: &RunView,
    prototype: &PrototypeView,
    wishes: &mut Vec<Wish>,
) {
    ui.add_space(GAP);
    name(ui, state, prototype, wishes);
    facts(ui, run, prototype);
    ui.add_space(GAP);
    sides(ui, state, prototype, wishes);
    picture(ui, state, prototype, wishes);
    heard_as(ui, state, prototype);
    ui.add_space(GROUP_GAP);
    actions(ui, state, run, prototype, wishes);
    ui.add_space(GROUP_GAP);
    weights(ui, prototype);
    ui.add_space(GROUP_GAP);
    neighbors(ui, prototype, wishes);
}

fn name(ui: &mut Ui, state: &mut State, prototype: &PrototypeView, wishes: &mut Vec<Wish>) {
    let name = &prototype.row.name;
    ui.horizontal(|ui| match &mut state.prototypes.renaming {
        Some((old, new)) if old == name => {
            let field =
                ui.add(TextEdit::singleline(new).desired_width(180.0).hint_text("New name"));
            let label = ui.label("");
            let field = field.labelled_by(label.id);
            let is_done =
                field.lost_focus() && ui.input(|i| i.key_pressed(eframe::egui::Key::Enter));
            let is_wanted = ui.button("Save name").clicked() || is_done;
            if is_wanted && !new.trim().is_empty() && new != name {
                let (from, to) = (name.clone(), new.trim().to_owned());
                wishes.push(Wish::Edit(Request::Rename { from, to }));
                state.prototypes.renaming = None;
            } else if ui.button("Keep").clicked() {
                state.prototypes.renaming = None;
            }
        }
        _ => {
            ui.label(RichText::new(name).heading());
            if !prototype.row.enabled {
                ui.label(RichText::new("off").color(Palette::of(ui.ctx()).warning));
            }
            if ui.button("Rename").clicked() {
                state.prototypes.renaming = Some((name.clone(), name.clone()));
            }
        }
    });
}

fn facts(ui: &mut Ui, run: &RunView, prototype: &PrototypeView) {
    let palette = Palette::of(ui.ctx());
    let row = &prototype.row;
    let share = |share: f64| format!("{:.1} %", share * 100.0);
    let cost = match row.cost_if_removed {
        Some(cost) => format!("{} points of {} tracks", points(-cost), run.n_validation),
        None => "not known without a validation split".to_owned(),
    };
    let twin = row.sibling.as_ref().map_or("none in its class".to_owned(), |twin| {
        format!("{} at {:.3}", twin.prototype, twin.distance)
    });
    let facts = [
        (
            "Wins",
            format!("{} of {} segments", share(row.usage), run.n_segments),
            "Segments of training that are more similar to it than to any other",
        ),
        ("Wins of its class", share(row.coverage), "The same among segments of its own class"),
        ("Purity", share(row.purity), "How many of the ten nearest segments are of its class"),
        (
            "Accuracy without it",
            cost,
            "Change of class-balanced accuracy on validation. All scores of a class are sums over its prototypes, so that without one the whole class is scored lower",
        ),
        (
            "Nearest twin",
            twin,
            "The closest other prototype of its class, by the classifier's distance",
        ),
    ];
    Grid::new("facts").num_columns(2).spacing([GROUP_GAP, 2.0]).show(ui, |ui| {
        for (name, value, hint) in facts {
            ui.label(RichText::new(name).color(palette.faint)).on_hover_text(hint);
            ui.label(value);
            ui.end_row();
        }
    });
}

/// The sound that is looked at.
fn current(state: &State, prototype: &PrototypeView) -> Option<Sounding> {
    match state.prototypes.side {
        Side::Prototype => take(prototype, state.prototypes.take),
        Side::Nearest => nearest(prototype, 0),
        Side::Reconstruction => reconstruction(state, prototype),
    }
}

/// Turns from A to B, from B to C where there is one, and back; gives what is heard then.
pub(super) fn flipped(state: &mut State, prototype: &PrototypeView) -> Option<Sounding> {
    state.prototypes.side = match state.prototypes.side {
        Side::Prototype => Side::Nearest,
        Side::Nearest if reconstruction(state, prototype).is_some() => Side::Reconstruction,
        Side::Nearest | Side::Reconstruction => Side::Prototype,
    };
    current(state, prototype)
}

fn sides(ui: &mut Ui, state: &mut State, prototype: &PrototypeView, wishes: &mut Vec<Wish>) {
    ui.horizontal_wrapped(|ui| {
        let sides = [
            (Side::Prototype, "A  Prototype", !prototype.takes.is_empty()),
            (Side::Nearest, "B  Nearest sample", !prototype.row.nearest.is_empty()),
            (
                Side::Reconstruction,
                "C  Round trip",
                state.models.is_some() && !prototype.row.nearest.is_empty(),
            ),
        ];
        for (side, title, is_there) in sides {
            let is_chosen = state.prototypes.side == side;
            let button = ui.add_enabled(is_there, Button::selectable(is_chosen, title));
            let hint = match side {
                Side::Prototype | Side::Nearest => "B flips",
                Side::Reconstruction => {
                    "B turned into z and back: what is lost between B and C is lost by the model, not by the prototype"
                }
            };
            if button.on_hover_text(hint).clicked() {
                state.prototypes.side = side;
                wishes.extend(current(state, prototype).map(Wish::Flip));
                let is_missing = side == Side::Reconstruction
                    && reconstruction(state, prototype).is_none()
                    && !state.is_busy_with(JobKind::Reconstruct);
                if is_missing {
                    wishes.extend(nearest_part(prototype).map(Wish::Reconstruct));
                }
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        for (number, take_of) in prototype.takes.iter().enumerate() {
            let is_chosen =
                state.prototypes.side == Side::Prototype && state.prototypes.take == number;
            let title = format!("Take {}", take_of.take + 1);
            let hint =
                format!("Noise of seed {}; what differs between takes is chance", take_of.seed);
            if ui.selectable_label(is_chosen, title).on_hover_text(hint).clicked() {
                (state.prototypes.side, state.prototypes.take) = (Side::Prototype, number);
                wishes.extend(current(state, prototype).map(Wish::Flip));
            }
        }
        let is_rendering = state.is_busy_with(JobKind::Sonify);
        if prototype.takes.len() < MORE_TAKES.get() && state.models.is_some() {
            let title = if prototype.takes.is_empty() { "Sonify" } else { "More takes" };
            let button = ui.add_enabled(!is_rendering, Button::new(title));
            if button.clicked() {
                let only = vec![prototype.row.name.clone()];
                wishes.push(Wish::Render { only, n_takes: MORE_TAKES });
            }
        }
    });
}

fn picture(ui: &mut Ui, state: &mut State, prototype: &PrototypeView, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    let size = vec2(ui.available_width(), PICTURE_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    ui.painter().rect_filled(rect, 4.0, palette.ground);
    let sounding = current(state, prototype);
    let title = sounding.as_ref().map_or("no sound yet".to_owned(), |s| s.title.clone());
    let label = format!("Mel spectrogram of {title}; click to play from there");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let font = eframe::egui::FontId::proportional(13.0);
    let note = |text: &str| {
        let center = eframe::egui::Align2::CENTER_CENTER;
        ui.painter().text(rect.center(), center, text, font.clone(), palette.faint);
    };
    let Some(sounding) = sounding else {
        if state.prototypes.side == Side::Reconstruction {
            return note("On its way through the model …");
        }
        return note("Not turned into sound yet");
    };
    match state.shelf.get(&sounding.key) {
        Found::Coming => note("…"),
        Found::Missing(reason) => note(&reason),
        Found::Here(shelved) => {
            let playhead = state.playhead(&sounding.key);
            spectrogram(ui.painter(), rect, &shelved.picture, playhead);
            if let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) {
                let share = f64::from((at.x - rect.left()) / rect.width());
                let at_s = share * shelved.sound.duration_secs();
                wishes.push(Wish::Play(Sounding { at_s, ..sounding }));
            }
        }
    }
}

/// What the model hears in the sound that is looked at.
fn heard_as(ui: &mut Ui, state: &State, prototype: &PrototypeView) {
    let palette = Palette::of(ui.ctx());
    let is_prototype = state.prototypes.side == Side::Prototype;
    let take = prototype.takes.get(state.prototypes.take).filter(|_| is_prototype);
    let Some(check) = take.and_then(|take| take.check.as_ref()) else { return };
    let given = check.given.join(", ");
    let text =
        format!("Heard again, the model calls this {given} ({:.0} %)", check.probability * 100.0);
    let color = if check.is_own { palette.faint } else { palette.warning };
    ui.label(RichText::new(text).color(color));
}

fn actions(
    ui: &mut Ui,
    state: &mut State,
    run: &RunView,
    prototype: &PrototypeView,
    wishes: &mut Vec<Wish>,
) {
    let row = &prototype.row;
    ui.horizontal_wrapped(|ui| {
        let title = if row.enabled { "Disable" } else { "Enable" };
        let button = ui.add_enabled(!state.is_editing, Button::new(title));
        if button.on_hover_text("Del; takes it out of every prediction, or in again").clicked() {
            wishes.push(Wish::Edit(switched(prototype)));
        }
        let siblings = run.prototypes.iter().filter(|other| other.class == prototype.class);
        let siblings: Vec<_> =
            siblings.map(|other| &other.row.name).filter(|name| **name != row.name).collect();
        if !siblings.is_empty() {
            let merging = &mut state.prototypes.merging;
            let chosen = merging.clone().unwrap_or_else(|| "choose".to_owned());
            let label = ui.label("Merge with");
            let choices = ComboBox::from_id_salt("merge").selected_text(chosen).show_ui(ui, |ui| {
                for sibling in siblings {
                    ui.selectable_value(merging, Some(sibling.clone()), sibling);
                }
            });
            choices.response.labelled_by(label.id);
            if let Some(other) = merging.clone()
                && ui.add_enabled(!state.is_editing, Button::new("Merge")).clicked()
            {
                let names = vec![row.name.clone(), other];
                wishes.push(Wish::Edit(Request::Merge { names, into: None }));
                state.prototypes.merging = None;
            }
        }
    });
}

fn weights(ui: &mut Ui, prototype: &PrototypeView) {
    let palette = Palette::of(ui.ctx());
    ui.label(RichText::new("What it counts for each class").strong()).on_hover_text(
        "Its column of the last layer; a class's score is the sum of weight times similarity",
    );
    let largest = prototype.row.weights.iter().map(|w| w.weight.abs()).fold(0.0, f32::max);
    Grid::new("weights").num_columns(3).spacing([GAP, 3.0]).show(ui, |ui| {
        for weight in &prototype.row.weights {
            ui.label(&weight.class);
            let size = vec2(120.0, 12.0);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            let label = format!("{} {:+.2}", weight.class, weight.weight);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
            let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 9.0));
            let colors = [palette.positive, palette.negative, palette.faint];
            signed_bar(ui.painter(), bar, weight.weight, largest, colors);
            ui.monospace(format!("{:+.2}", weight.weight));
            ui.end_row();
        }
    });
}

fn neighbors(ui: &mut Ui, prototype: &PrototypeView, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.label(RichText::new("Training audio nearest to it").strong());
    for (number, near) in prototype.row.nearest.iter().enumerate() {
        let is_own = near.labels.contains(&prototype.row.label);
        ui.horizontal(|ui| {
            let file = name_of(std::path::Path::new(&near.track));
            let play = ui.button("Play");
            play.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Play {file}")));
            if play.clicked() {
                wishes.extend(nearest(prototype, number).map(Wish::Play));
            }
            let hint = format!("Make this segment a prototype of {}", prototype.row.label);
            if ui.button("Promote").on_hover_text(hint).clicked() {
                wishes.push(Wish::Edit(Request::Promote {
                    track: near.track.clone(),
                    // A moment well inside the segment.
                    at_s: (near.start_s + near.end_s) / 2.0,
                    label: Some(prototype.row.label.clone()),
                    name: None,
                }));
            }
            let color = if is_own { palette.text } else { palette.negative };
            let text = format!(
                "{:.3}  {}  {file} {:.0} s",
                near.distance,
                near.labels.join(", "),
                near.start_s
            );
            let label = eframe::egui::Label::new(RichText::new(text).color(color)).truncate();
            ui.add(label).on_hover_text(&near.path);
        });
    }
}
