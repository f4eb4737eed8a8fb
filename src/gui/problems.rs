//! What went wrong, in sentences.

use eframe::egui::{CentralPanel, RichText, ScrollArea, Ui};

use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette};

pub(super) fn show(ui: &mut Ui, state: &mut State) {
    let palette = Palette::of(ui.ctx());
    state.n_seen = state.problems.len();
    CentralPanel::default().show(ui, |ui| {
        ui.add_space(GAP);
        ui.heading("Problems");
        ui.add_space(GAP);
        if state.problems.is_empty() {
            ui.label("Nothing went wrong.");
            let text = "Files that cannot be read, work that ended early and devices that went away are listed here, each with its reason.";
            ui.label(RichText::new(text).color(palette.faint));
            return;
        }
        if ui.button("Clear").clicked() {
            state.problems.clear();
            state.n_seen = 0;
        }
        ScrollArea::vertical().id_salt("problems").auto_shrink(false).show(ui, |ui| {
            for problem in state.problems.iter().rev() {
                ui.add_space(GROUP_GAP / 2.0);
                let what = format!("Could not {}", problem.what);
                ui.label(RichText::new(what).strong().color(palette.negative));
                ui.label(&problem.reason);
            }
        });
    });
}
