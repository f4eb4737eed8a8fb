//! Keys that work everywhere, as in Sonic Visualiser where it has them.

use eframe::egui::{Context, Key, Modifiers, Window};

use super::state::State;
use super::wish::{View, Wish};
use super::{inspect, prototypes};
use crate::studio::edit::Request;

/// What the list of keys says.
const KEYS: [(&str, &str); 12] = [
    ("Space", "Play, pause"),
    ("Esc", "Stop all sound"),
    ("L", "Loop"),
    ("[  and  ]", "Previous, next prototype"),
    ("Enter", "Play the selected prototype from its start"),
    ("B", "Flip between A, B and C, keeping the place"),
    ("Del", "Disable or enable the selected prototype"),
    ("Ctrl+Z", "Undo"),
    ("Ctrl+Shift+Z", "Redo"),
    ("Ctrl+0 … Ctrl+7", "The views, in the order of the rail"),
    ("F", "Show all of the data map"),
    ("F2 or ?", "This list"),
];

/// Reads what was pressed, unless somebody writes.
pub(super) fn read(context: &Context, state: &mut State, wishes: &mut Vec<Wish>) {
    let pressed = |modifiers: Modifiers, key: Key| {
        context.input_mut(|input| input.consume_key(modifiers, key))
    };
    let views =
        [Key::Num0, Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7];
    for (view, key) in View::ALL.into_iter().zip(views) {
        if pressed(Modifiers::COMMAND, key) && (state.run.is_some() || !view.wants_run()) {
            wishes.push(Wish::Go(view));
        }
    }
    if context.egui_wants_keyboard_input() {
        return;
    }
    let none = Modifiers::NONE;
    if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) {
        wishes.push(Wish::Edit(Request::Redo));
    } else if pressed(Modifiers::COMMAND, Key::Z) {
        wishes.push(Wish::Edit(Request::Undo));
    }
    if pressed(none, Key::Escape) {
        state.shows_keys = false;
        wishes.push(Wish::Silence);
    }
    if pressed(none, Key::F2) || pressed(none, Key::Questionmark) {
        state.shows_keys = !state.shows_keys;
    }
    if pressed(none, Key::L) {
        let is_looped = state.player.state().is_looped;
        state.player.set_looped(!is_looped);
    }
    let has_focus = context.memory(|memory| memory.focused().is_some());
    // A focused button takes these for itself.
    if !has_focus && pressed(none, Key::Space) {
        wishes.push(Wish::TogglePlay);
    }
    if state.view == View::Prototypes {
        prototypes::keys(context, state, wishes);
    }
    if state.view == View::Inspect {
        inspect::keys(context, state, wishes);
    }
}

/// The list, if it is wanted.
pub(super) fn show_list(context: &Context, state: &mut State) {
    Window::new("Keys").open(&mut state.shows_keys).collapsible(false).resizable(false).show(
        context,
        |ui| {
            eframe::egui::Grid::new("keys").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
                for (key, what) in KEYS {
                    ui.monospace(key);
                    ui.label(what);
                    ui.end_row();
                }
            });
        },
    );
}
