//! How the training went.

use eframe::egui::{RichText, Ui};
use egui_plot::{Corner, Legend, Line, Plot};

use super::still;
use crate::gui::export::{self, Drawing};
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::Palette;
use crate::runs::HistoryRow;
use crate::studio::export::{accuracy_figure, loss_figure};

/// Height of a diagram.
const HEIGHT: f32 = 170.0;

pub(super) fn show(ui: &mut Ui, state: &mut State) {
    let Some(run) = state.run.clone() else { return };
    if run.history.len() < 2 {
        return;
    }
    let palette = Palette::of(ui.ctx());
    let above = ui.horizontal(|ui| {
        ui.label(RichText::new("Training").strong());
        let rect = state.evaluate.curves;
        let figures = || {
            let figures =
                [("loss", loss_figure(&run.history)), ("accuracy", accuracy_figure(&run.history))];
            let drawn = figures.into_iter().filter_map(|(name, f)| Some((name, Drawing::now(&f?))));
            drawn.collect()
        };
        export::menu(ui, state, rect, None, Some(&figures), || table(&run.history));
    });
    let points = |of: fn(&HistoryRow) -> Option<f64>| -> Vec<[f64; 2]> {
        run.history.iter().filter_map(|row| Some([row.step as f64, of(row)?])).collect()
    };
    let width = (ui.available_width() - 16.0) / 2.0;
    let plots = ui.horizontal(|ui| {
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
            .legend(Legend::default().position(Corner::RightBottom))
            .x_axis_label("step")
            .y_axis_label("accuracy")
            .show(ui, |plot| {
                let of_segments = points(|row| row.validation_balanced_accuracy);
                let line = Line::new("validation segments, class-balanced", of_segments);
                plot.line(line.color(palette.negative));
            });
    });
    let place = above.response.rect.union(plots.response.rect);
    state.evaluate.curves = place.intersect(ui.clip_rect());
    table(&run.history).fold(ui);
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

/// The same in numbers.
fn table(history: &[HistoryRow]) -> Table {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.5}"));
    let row = |row: &HistoryRow| {
        vec![
            row.step.to_string(),
            number(Some(row.loss)),
            number(row.validation_loss),
            number(row.validation_balanced_accuracy),
        ]
    };
    Table {
        name: "training".to_owned(),
        headings: ["step", "loss", "validation loss", "validation accuracy"]
            .map(str::to_owned)
            .to_vec(),
        rows: history.iter().map(row).collect(),
    }
}
