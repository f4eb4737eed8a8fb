//! How the training went.

use eframe::egui::{RichText, Ui};
use egui_plot::{Legend, Line, Plot};

use super::still;
use crate::gui::studio::State;
use crate::gui::theme::Palette;
use crate::runs::HistoryRow;

/// Height of a diagram.
const HEIGHT: f32 = 170.0;

pub(super) fn show(ui: &mut Ui, state: &State) {
    let Some(run) = &state.run else { return };
    if run.history.len() < 2 {
        return;
    }
    let palette = Palette::of(ui.ctx());
    ui.label(RichText::new("Training").strong());
    let points = |of: fn(&HistoryRow) -> Option<f64>| -> Vec<[f64; 2]> {
        run.history.iter().filter_map(|row| Some([row.step as f64, of(row)?])).collect()
    };
    let width = (ui.available_width() - 16.0) / 2.0;
    ui.horizontal(|ui| {
        still(Plot::new("losses"))
            .width(width)
            .height(HEIGHT)
            .include_y(0.0)
            .legend(Legend::default())
            .x_axis_label("step")
            .y_axis_label("loss")
            .show(ui, |plot| {
                plot.line(
                    Line::new("training", points(|row| Some(row.loss))).color(palette.accent),
                );
                let validation = Line::new("validation", points(|row| row.validation_loss));
                plot.line(validation.color(palette.negative));
            });
        still(Plot::new("accuracies"))
            .width(width)
            .height(HEIGHT)
            .include_y(0.0)
            .include_y(1.0)
            .legend(Legend::default())
            .x_axis_label("step")
            .y_axis_label("accuracy")
            .show(ui, |plot| {
                let of_segments = points(|row| row.validation_balanced_accuracy);
                let line = Line::new("validation segments, class-balanced", of_segments);
                plot.line(line.color(palette.negative));
            });
    });
    if let Some(last) = run.history.last() {
        let text = format!(
            "{} evaluations, the last after {} steps: loss {:.3}, on validation {}",
            run.history.len(),
            last.step,
            last.loss,
            last.validation_loss.map_or("not measured".to_owned(), |loss| format!("{loss:.3}"))
        );
        ui.label(RichText::new(text).color(palette.faint));
    }
}
