//! Runs to open.

use eframe::egui::{
    CentralPanel, CornerRadius, Frame, Grid, Margin, RichText, ScrollArea, Stroke, Ui,
};

use super::desk::name_of;
use super::studio::State;
use super::theme::{GAP, GROUP_GAP, Palette, RADIUS};
use super::wish::Wish;
use crate::runs::RunSummary;

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    CentralPanel::default().show(ui, |ui| {
        ui.add_space(GROUP_GAP);
        ui.label(RichText::new("Hear what your classifier has learned").size(26.0).strong());
        ui.label(
            RichText::new(
                "Open a run to listen to its prototypes, or drop a run folder or audio here.",
            )
            .color(palette.faint),
        );
        ui.add_space(GROUP_GAP);
        if let Some(path) = &state.opening {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(format!("Opening {}", name_of(path)));
            });
            return;
        }
        ui.horizontal(|ui| {
            ui.heading("Runs");
            ui.label(RichText::new(format!("in {}", state.runs.display())).color(palette.faint));
            if ui.button("Open another folder …").clicked() {
                wishes.push(Wish::ChooseRun);
            }
        });
        ui.add_space(GAP);
        if state.known_runs.is_empty() {
            ui.label("There is no run yet. These make one:");
            ui.add_space(GAP);
            for (command, what) in [
                (
                    "pecmae demo",
                    "learns from music that is part of the program, in about two minutes",
                ),
                ("pecmae train FOLDER", "learns from your own audio, one folder a class"),
            ] {
                ui.horizontal(|ui| {
                    ui.code(command);
                    ui.label(RichText::new(what).color(palette.faint));
                });
            }
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for run in &state.known_runs {
                entry(ui, run, palette, wishes);
            }
        });
    });
}

fn entry(ui: &mut Ui, run: &RunSummary, palette: Palette, wishes: &mut Vec<Wish>) {
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(CornerRadius::same(RADIUS))
        .stroke(Stroke::new(1.0, palette.line))
        .inner_margin(Margin::same(12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width().min(760.0));
        ui.horizontal(|ui| {
            ui.label(RichText::new(run.folder.name()).heading());
            let is_trained = run.folder.model_path().exists();
            let open = ui.add_enabled(is_trained, eframe::egui::Button::new("Open"));
            let open = open.on_disabled_hover_text(
                "It has no classifier yet; go on with it by pecmae train --resume",
            );
            if open.clicked() {
                wishes.push(Wish::Open(run.folder.path().to_owned()));
            }
        });
        let status = match &run.status {
            Ok(status) => status,
            Err(reason) => {
                ui.label(RichText::new(reason).color(palette.negative));
                return;
            }
        };
        Grid::new(("facts", run.folder.path())).num_columns(2).spacing([GROUP_GAP, 2.0]).show(
            ui,
            |ui| {
                let accuracy = status
                    .validation_accuracy
                    .map_or("not measured".to_owned(), |accuracy| format!("{accuracy:.3}"));
                for (name, value) in [
                    ("Accuracy on validation", accuracy),
                    ("Classes", status.labels.join(", ")),
                    ("Prototypes", status.n_prototypes.to_string()),
                    ("State", status.state.to_string()),
                ] {
                    ui.label(RichText::new(name).color(palette.faint));
                    ui.label(value);
                    ui.end_row();
                }
            },
        );
    });
    ui.add_space(GAP);
}
