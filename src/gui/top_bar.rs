//! Which run is open, how good it is now, and the way back.

use eframe::egui::{Align, Button, Layout, RichText, Theme, Ui};

use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette};
use super::wish::Wish;
use crate::studio::edit::Request;
use crate::studio::session::RunView;

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    let palette = Palette::of(ui.ctx());
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new(&run.name).heading());
        ui.label(RichText::new(format!("z by {}", run.model)).color(palette.faint));
        ui.add_space(GROUP_GAP);
        let edited = state.edited.as_ref().and_then(|edited| edited.validation.as_ref());
        let edited = edited.map(|effect| effect.after.balanced_accuracy);
        match edited.or(run.validation.map(|accuracy| accuracy.balanced)) {
            Some(accuracy) => {
                let text = format!("accuracy {accuracy:.3}");
                ui.label(RichText::new(text).strong()).on_hover_text(format!(
                    "Class-balanced accuracy of the {} tracks of validation, with the edits in force",
                    run.n_validation
                ));
                if let Some(before) = run.trained_validation {
                    let change = accuracy - before;
                    let color = if change < 0.0 { palette.negative } else { palette.positive };
                    ui.label(RichText::new(format!("{change:+.3}")).color(color))
                        .on_hover_text("Since training");
                }
            }
            None => {
                ui.label(RichText::new("no validation split").color(palette.faint));
            }
        }
        if state.is_editing {
            ui.spinner();
        }
        silenced(ui, &run, palette);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (icon, other) = match ui.ctx().theme() {
                Theme::Dark => ("Light theme", Theme::Light),
                Theme::Light => ("Dark theme", Theme::Dark),
            };
            if ui.button(icon).clicked() {
                ui.ctx().set_theme(other);
            }
            if ui.button("Keys").on_hover_text("F2").clicked() {
                state.shows_keys = !state.shows_keys;
            }
            ui.add_space(GAP);
            for (title, what, request, keys) in [
                ("Redo", &run.redo, Request::Redo, "Ctrl+Shift+Z"),
                ("Undo", &run.undo, Request::Undo, "Ctrl+Z"),
            ] {
                let button = ui.add_enabled(state.can_make(&request), Button::new(title));
                let hint = what.as_ref().map(|what| format!("{title} {what} ({keys})"));
                let button = button.on_hover_text(hint.unwrap_or_default());
                let button = button.on_disabled_hover_text(format!("Nothing to {}", title.to_lowercase()));
                if button.clicked() {
                    wishes.push(Wish::Edit(request));
                }
            }
        });
    });
}

/// Classes that nothing speaks for any more.
fn silenced(ui: &mut Ui, run: &RunView, palette: Palette) {
    let text = match &run.silenced[..] {
        [] => return,
        [class] => format!("{class} is silenced"),
        classes => format!("{} are silenced", classes.join(", ")),
    };
    ui.add_space(GAP);
    ui.label(RichText::new(text).color(palette.warning)).on_hover_text(
        "All prototypes of the class are disabled, so that nothing but its bias speaks for it",
    );
}
