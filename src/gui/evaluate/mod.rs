//! How good the run is, and where it errs.

mod curves;
mod figures;
mod matrix;
mod mistakes;
mod reliability;

use std::sync::Arc;

use eframe::egui::{CentralPanel, Panel, Rect, RichText, ScrollArea, Ui};
use egui_plot::Plot;

use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette};
use super::wish::Wish;
use super::words::capital;
use crate::dataset::Split;
use crate::studio::session::Measured;

/// What the view remembers.
#[derive(Debug)]
pub(super) struct EvaluateState {
    /// Whether test is looked at.
    shows_test: bool,
    /// True and predicted class of the files to list; `None` for all mistakes.
    cell: Option<(usize, usize)>,
    /// Where confusions were last in sight.
    matrix: Rect,
    /// Where curves were last in sight.
    curves: Rect,
    /// Where the diagram of reliability was.
    reliability: Rect,
}

impl Default for EvaluateState {
    fn default() -> Self {
        let (matrix, curves, reliability) = (Rect::NOTHING, Rect::NOTHING, Rect::NOTHING);
        Self { shows_test: false, cell: None, matrix, curves, reliability }
    }
}

impl EvaluateState {
    /// Folds test again: its figures are of another classifier.
    pub(super) fn renew(&mut self) {
        (self.shows_test, self.cell) = (false, None);
    }
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let measured = match state.evaluate.shows_test {
        true => state.test.clone(),
        false => state.validation.clone(),
    };
    let Some(measured) = measured else { return nothing(ui, state, wishes) };
    let run = state.run.as_ref().map(|run| run.path.clone());
    Panel::right("mistakes").default_size(380.0).size_range(280.0..=560.0).show(ui, |ui| {
        mistakes::show(ui, state, &measured, wishes);
    });
    CentralPanel::default().show(ui, |ui| {
        ScrollArea::vertical().id_salt(("evaluate", run)).auto_shrink(false).show(ui, |ui| {
            splits(ui, state, &measured, wishes);
            ui.add_space(GAP);
            figures::summary(ui, &measured.report);
            ui.add_space(GROUP_GAP);
            matrix::show(ui, state, &measured);
            ui.add_space(GROUP_GAP);
            figures::classes(ui, &measured.report);
            ui.add_space(GROUP_GAP);
            reliability::show(ui, state, &measured);
            ui.add_space(GROUP_GAP);
            figures::ablation(ui, state, wishes);
            ui.add_space(GROUP_GAP);
            curves::show(ui, state);
            ui.add_space(GROUP_GAP);
        });
    });
}

fn nothing(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    CentralPanel::default().show(ui, |ui| {
        ui.add_space(GROUP_GAP);
        ui.label("No track is in the validation split, so nothing can be measured without looking at test.");
        if ui.button("Show test").clicked() {
            state.evaluate.shows_test = true;
            wishes.push(Wish::Measure(Split::Test));
        }
    });
}

/// Test is folded until somebody asks: whoever goes on editing by it tunes on it.
fn splits(ui: &mut Ui, state: &mut State, measured: &Arc<Measured>, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.add_space(GAP);
    ui.horizontal(|ui| {
        ui.heading(format!("{} split", capital(&measured.split.to_string())));
        let text = format!("{} tracks", measured.tracks.len());
        ui.label(RichText::new(text).color(palette.faint));
        let title = if state.evaluate.shows_test { "Back to validation" } else { "Show test" };
        let hint = "Whoever goes on editing by test figures tunes on them";
        if ui.button(title).on_hover_text(hint).clicked() {
            state.evaluate.shows_test = !state.evaluate.shows_test;
            state.evaluate.cell = None;
            if state.evaluate.shows_test {
                state.test = None;
                wishes.push(Wish::Measure(Split::Test));
            }
        }
    });
}

/// A diagram that stays where it is while the page around it scrolls.
pub(super) fn still(plot: Plot<'_>) -> Plot<'_> {
    plot.allow_zoom(false).allow_scroll(false).allow_drag(false).allow_boxed_zoom(false)
}
