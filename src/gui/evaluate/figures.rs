//! Figures as tables.

use eframe::egui::{Grid, RichText, Ui};

use crate::evaluation::{Interval, Report, Scarcity};
use crate::gui::state::State;
use crate::gui::theme::{GROUP_GAP, Palette};
use crate::gui::wish::{View, Wish};
use crate::gui::words::points;

/// The figures at the head, with their intervals.
pub(super) fn summary(ui: &mut Ui, report: &Report) {
    let palette = Palette::of(ui.ctx());
    let (summary, intervals) = (&report.summary, report.intervals.as_ref());
    let figures = [
        (
            "Class-balanced accuracy",
            Some(summary.balanced_accuracy),
            intervals.map(|i| i.balanced_accuracy),
        ),
        ("Accuracy", Some(summary.accuracy), intervals.map(|i| i.accuracy)),
        ("Macro F1", Some(summary.macro_f1), intervals.map(|i| i.macro_f1)),
        ("ROC AUC", summary.roc_auc, intervals.and_then(|i| i.roc_auc)),
    ];
    Grid::new("summary").num_columns(4).spacing([28.0, 2.0]).show(ui, |ui| {
        for (name, ..) in &figures {
            ui.label(RichText::new(*name).color(palette.faint));
        }
        ui.end_row();
        for (_, value, _) in &figures {
            let text = value.map_or("undefined".to_owned(), |value| format!("{value:.3}"));
            ui.label(RichText::new(text).size(22.0).strong());
        }
        ui.end_row();
        for (.., interval) in &figures {
            let text = interval.map_or_else(String::new, |Interval { lower, upper }| {
                format!("{lower:.3} to {upper:.3}")
            });
            ui.label(RichText::new(text).color(palette.faint))
                .on_hover_text("95 % interval by drawing the tracks anew");
        }
        ui.end_row();
    });
    if let Some(scarcity) = &report.scarcity {
        let text = match scarcity {
            Scarcity::Units => "Too few tracks for an interval".to_owned(),
            Scarcity::Classes(classes) => {
                format!(
                    "Intervals are narrower than they ought to be: too little of {}",
                    classes.join(", ")
                )
            }
        };
        ui.label(RichText::new(text).color(palette.warning));
    }
}

/// Precision, recall and F1 of each class.
pub(super) fn classes(ui: &mut Ui, report: &Report) {
    let palette = Palette::of(ui.ctx());
    ui.label(RichText::new("Classes").strong());
    Grid::new("classes").num_columns(5).striped(true).spacing([28.0, 3.0]).show(ui, |ui| {
        for heading in ["class", "precision", "recall", "F1", "tracks"] {
            ui.label(RichText::new(heading).color(palette.faint));
        }
        ui.end_row();
        for class in &report.classes {
            ui.label(&class.label);
            for value in [class.precision, class.recall, class.f1] {
                ui.monospace(format!("{value:.3}"));
            }
            ui.monospace(class.counts.support.to_string());
            ui.end_row();
        }
    });
}

/// What is lost with each prototype, the most first.
pub(super) fn ablation(ui: &mut Ui, state: &State, wishes: &mut Vec<Wish>) {
    let Some(run) = &state.run else { return };
    let palette = Palette::of(ui.ctx());
    let rows = run.prototypes.iter().filter(|p| p.row.enabled);
    let mut rows: Vec<_> =
        rows.filter_map(|p| Some((p, p.row.cost_if_removed?, p.row.cost_if_blinded?))).collect();
    if rows.is_empty() {
        return;
    }
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    ui.label(RichText::new("Validation accuracy without each prototype, in points").strong());
    Grid::new("ablation").num_columns(4).striped(true).spacing([GROUP_GAP, 3.0]).show(ui, |ui| {
        for (heading, hint) in [
            ("prototype", ""),
            ("removed", "If it were disabled"),
            ("blinded", "If its similarity were always the usual one: what it tells apart, without what it adds everywhere"),
            ("wins", "Share of training segments"),
        ] {
            ui.label(RichText::new(heading).color(palette.faint)).on_hover_text(hint);
        }
        ui.end_row();
        for (prototype, removed, blinded) in rows {
            if ui.link(&prototype.row.name).clicked() {
                wishes.push(Wish::Select(prototype.row.name.clone()));
                wishes.push(Wish::Go(View::Prototypes));
            }
            ui.monospace(points(-removed));
            ui.monospace(points(-blinded));
            ui.monospace(format!("{:.1} %", prototype.row.usage * 100.0));
            ui.end_row();
        }
    });
}
