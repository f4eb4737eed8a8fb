//! What is to be known at once and stays until it is read.

use eframe::egui::{Frame, Margin, Panel, RichText, Ui};

use super::state::State;
use super::theme::Palette;

pub(super) fn show(ui: &mut Ui, state: &mut State) {
    let palette = Palette::of(ui.ctx());
    let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(12, 6));
    if state.lacks_dialogs {
        let text =
            "This desktop has no file dialog: write the path in the field, or drop the file here.";
        Panel::top("no dialog").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(text).color(palette.warning));
                if ui.button("Understood").clicked() {
                    state.lacks_dialogs = false;
                }
            });
        });
    }
    if let Some(notice) = state.notice.clone() {
        Panel::top("notice").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(notice).color(palette.positive));
                if ui.button("OK").clicked() {
                    state.notice = None;
                }
            });
        });
    }
}
