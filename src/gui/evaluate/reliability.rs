//! Whether probabilities are what they say.

use eframe::egui::{Grid, RichText, Ui};
use egui_plot::{Bar, BarChart, Line, Plot};

use super::still;
use crate::evaluation::Calibration;
use crate::exports::plots::ReliabilityFigure;
use crate::gui::export::{self, Drawing};
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::{GROUP_GAP, Palette};
use crate::studio::session::Measured;

/// Height of the diagram.
const SIDE: f32 = 200.0;

pub(super) fn show(ui: &mut Ui, state: &mut State, measured: &Measured) {
    let palette = Palette::of(ui.ctx());
    let (calibration, on) = (&measured.report.calibration, format!("{} split", measured.split));
    let above = ui.horizontal(|ui| {
        ui.label(RichText::new("Whether probabilities are what they say").strong());
        let split = measured.split.to_string();
        let of_split = ["--split", &split];
        let figure = ReliabilityFigure { calibration, on: &on };
        let figures = || vec![("reliability", Drawing::now(&figure))];
        let (rect, says) = (state.evaluate.reliability, (&["evaluate"][..], &of_split[..]));
        export::menu(ui, state, rect, Some(says), Some(&figures), || table(calibration));
    });
    let text = format!(
        "Calibration error {:.3}, Brier score {:.3}, negative log likelihood {:.3}",
        calibration.ece, calibration.brier, calibration.nll
    );
    ui.label(RichText::new(text).color(palette.faint));
    let below = ui.horizontal(|ui| {
        diagram(ui, calibration, palette);
        ui.add_space(GROUP_GAP);
        Grid::new("bins").num_columns(3).spacing([GROUP_GAP, 1.0]).show(ui, |ui| {
            let Table { headings, rows, .. } = table(calibration);
            for heading in headings {
                ui.label(RichText::new(heading).small().color(palette.faint));
            }
            ui.end_row();
            for row in rows {
                for cell in row {
                    ui.label(RichText::new(cell).small().monospace());
                }
                ui.end_row();
            }
        });
    });
    let place = above.response.rect.union(below.response.rect);
    state.evaluate.reliability = place.intersect(ui.clip_rect());
}

/// The same in numbers: the bins that anything fell into.
fn table(calibration: &Calibration) -> Table {
    let share = |share: Option<f64>| {
        share.map_or_else(String::new, |share| format!("{:.0} %", share * 100.0))
    };
    let bins = calibration.bins.iter().filter(|bin| bin.count > 0);
    Table {
        name: "reliability".to_owned(),
        headings: ["probability", "right", "tracks"].map(str::to_owned).to_vec(),
        rows: bins
            .map(|bin| vec![share(bin.confidence), share(bin.accuracy), bin.count.to_string()])
            .collect(),
    }
}

fn diagram(ui: &mut Ui, calibration: &Calibration, palette: Palette) {
    let bars = calibration.bins.iter().filter_map(|bin| {
        let middle = (bin.lower + bin.upper) / 2.0;
        Some(Bar::new(middle, bin.accuracy?).width((bin.upper - bin.lower) * 0.9))
    });
    let bars = BarChart::new("right", bars.collect()).color(palette.accent);
    let ideal = Line::new("as it says", vec![[0.0, 0.0], [1.0, 1.0]]).color(palette.text);
    still(Plot::new("reliability"))
        .width(SIDE + 40.0)
        .height(SIDE)
        .include_x(0.0)
        .include_x(1.0)
        .include_y(0.0)
        .include_y(1.0)
        .x_axis_label("probability")
        .y_axis_label("share that is right")
        .show(ui, |plot| {
            plot.bar_chart(bars);
            plot.line(ideal);
        });
}
