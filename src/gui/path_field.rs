//! A path that is written, where there is no dialog or somebody has it at hand.

use std::path::PathBuf;

use eframe::egui::{Key, TextEdit, Ui};

use super::desk::Choice;
use super::wish::Wish;

/// A field and a dialog for the same; what is written is wished for by `wish`, as `title` says.
pub(super) fn path_field(
    ui: &mut Ui,
    text: &mut String,
    [label, title]: [&str; 2],
    choice: Choice,
    wish: impl FnOnce(PathBuf) -> Wish,
    wishes: &mut Vec<Wish>,
) {
    ui.horizontal(|ui| {
        let label = ui.label(label);
        let field = TextEdit::singleline(text).hint_text("Path").desired_width(360.0);
        let field = ui.add(field).labelled_by(label.id);
        let is_done = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if (ui.button(title).clicked() || is_done) && !text.trim().is_empty() {
            wishes.push(wish(PathBuf::from(text.trim())));
        }
        if ui.button("Choose …").clicked() {
            wishes.push(Wish::Choose(choice));
        }
    });
}
