//! The ways to the views, and what is under way.

use eframe::egui::{Button, ProgressBar, RichText, Ui, vec2};

use super::desk::JobKind;
use super::state::{State, Underway};
use super::theme::{GAP, GROUP_GAP, Palette};
use super::wish::{View, Wish};

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.add_space(GROUP_GAP);
    ui.label(RichText::new("PECMAE Studio").size(16.0).strong());
    ui.add_space(GROUP_GAP);
    for (number, view) in View::ALL.into_iter().enumerate() {
        let n_new = state.problems.len() - state.n_seen;
        let title = match view {
            View::Problems if n_new > 0 => format!("{} ({n_new})", view.title()),
            _ => view.title().to_owned(),
        };
        let is_open = state.run.is_some() || !view.wants_run();
        let button = Button::selectable(state.view == view, title);
        let button = button.min_size(vec2(ui.available_width(), 32.0));
        let button = ui.add_enabled(is_open, button).on_hover_text(format!("Ctrl+{number}"));
        let button = button.on_disabled_hover_text("Open a run first");
        if button.clicked() {
            wishes.push(Wish::Go(view));
        }
    }
    ui.add_space(GROUP_GAP);
    for Underway { job, fraction, words } in &state.jobs {
        ui.separator();
        ui.label(RichText::new(&job.title).small());
        ui.add(ProgressBar::new(*fraction).desired_height(6.0));
        ui.label(RichText::new(words).small().color(palette.faint));
        // What was recorded is kept.
        let title = if job.kind == JobKind::Record { "Stop" } else { "Cancel" };
        if ui.button(title).clicked() {
            wishes.push(Wish::Cancel(job.id));
        }
        ui.add_space(GAP);
    }
}
