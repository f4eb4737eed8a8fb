//! What labeled audio will be read as.

use eframe::egui::{Grid, RichText, ScrollArea, Ui};

use crate::gui::theme::{GAP, GROUP_GAP, Palette};
use crate::studio::data::DataReport;

/// Height of the list of classes.
const HEIGHT: f32 = 220.0;
/// Files that are named one by one.
const N_NAMED: usize = 20;

pub(super) fn show(ui: &mut Ui, report: &DataReport) {
    let palette = Palette::of(ui.ctx());
    let minutes = report.seconds.map_or_else(String::new, |s| format!(", {:.1} min", s / 60.0));
    let groups = match &report.grouped_by {
        Some(by) => format!("{} groups by {by}", report.n_groups),
        None => "not grouped".to_owned(),
    };
    let text = format!(
        "Read as {}: {} tracks of {} files{minutes}, {groups}",
        report.layout, report.n_tracks, report.n_files
    );
    ui.label(RichText::new(text).strong());
    ScrollArea::vertical().id_salt("classes").max_height(HEIGHT).show(ui, |ui| {
        Grid::new("classes").num_columns(5).striped(true).spacing([GROUP_GAP * 2.0, 3.0]).show(
            ui,
            |ui| {
                for heading in ["class", "tracks", "train", "validation", "test"] {
                    ui.label(RichText::new(heading).color(palette.faint));
                }
                ui.end_row();
                for class in &report.classes {
                    ui.label(&class.label);
                    let splits = &class.splits;
                    for n in [class.n_tracks, splits.train, splits.validation, splits.test] {
                        ui.monospace(n.to_string());
                    }
                    ui.end_row();
                }
            },
        );
    });
    ui.add_space(GAP);
    for note in &report.notes {
        ui.label(RichText::new(note).color(palette.faint));
    }
    for warning in &report.warnings {
        ui.label(RichText::new(warning).color(palette.warning));
    }
    if !report.problems.is_empty() {
        let title = format!("{} files cannot be used", report.problems.len());
        ui.collapsing(RichText::new(title).color(palette.negative), |ui| {
            for problem in report.problems.iter().take(N_NAMED) {
                ui.label(format!("{}: {}", problem.path.display(), problem.reason));
            }
            if report.problems.len() > N_NAMED {
                ui.label(format!("and {} more", report.problems.len() - N_NAMED));
            }
        });
    }
    if let Some(reason) = &report.unusable {
        let text = format!("Nothing can be learned from it: {reason}");
        ui.label(RichText::new(text).strong().color(palette.negative));
    }
}
