//! Which class is taken for which; a click on a cell lists its files.

use eframe::egui::{
    Align2, CornerRadius, FontId, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::evaluation::Confusion;
use crate::exports::plots::{ConfusionFigure, Figure as _, Look};
use crate::gui::export;
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::{GAP, Palette};
use crate::studio::session::Measured;

/// The largest side of a cell.
const LARGEST: f32 = 42.0;
/// Room for names of rows.
const NAMES: f32 = 110.0;
/// Room for names of columns.
const HEADS: f32 = 84.0;

pub(super) fn show(ui: &mut Ui, state: &mut State, measured: &Measured) {
    let palette = Palette::of(ui.ctx());
    let Some(confusion) = &measured.report.confusion else { return };
    let mut place = Rect::NOTHING;
    let above = ui.horizontal(|ui| {
        ui.label(RichText::new("True class in rows, predicted class in columns").strong());
        let split = measured.split.to_string();
        let of_split = ["--split", &split];
        let rect = state.evaluate.matrix;
        let on = format!("{split} split");
        let figure = ConfusionFigure { confusion, on: &on };
        let figures = || vec![("confusion", figure.svg(Look::Light))];
        let says = Some((&["evaluate"][..], &of_split[..]));
        export::menu(ui, state, rect, says, Some(&figures), || table(confusion));
    });
    place |= above.response.rect;
    place |= cells(ui, &mut state.evaluate.cell, confusion, palette);
    state.evaluate.matrix = place.intersect(ui.clip_rect());
}

/// The same in numbers.
fn table(confusion: &Confusion) -> Table {
    let heading = std::iter::once("true class".to_owned());
    let row = |(truth, counts): (&String, &Vec<u64>)| {
        let counts = counts.iter().map(ToString::to_string);
        std::iter::once(truth.clone()).chain(counts).collect()
    };
    Table {
        name: "confusion".to_owned(),
        headings: heading.chain(confusion.labels.iter().cloned()).collect(),
        rows: confusion.labels.iter().zip(&confusion.counts).map(row).collect(),
    }
}

fn cells(
    ui: &mut Ui,
    cell: &mut Option<(usize, usize)>,
    confusion: &Confusion,
    palette: Palette,
) -> Rect {
    let n = confusion.labels.len();
    let side = ((ui.available_width() - NAMES) / n.max(1) as f32).clamp(14.0, LARGEST);
    let size = vec2(NAMES + side * n as f32, HEADS + side * n as f32);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let shares = confusion.shares();
    let corner = rect.left_top() + vec2(NAMES, HEADS);
    let font = FontId::proportional(12.0);
    for (class, label) in confusion.labels.iter().enumerate() {
        let middle = (class as f32 + 0.5) * side;
        let at = pos2(corner.x - GAP, corner.y + middle);
        ui.painter().text(at, Align2::RIGHT_CENTER, label, font.clone(), palette.text);
        let galley = ui.painter().layout_no_wrap(label.clone(), font.clone(), palette.text);
        // Upward, so that names of any length have room.
        let foot = pos2(corner.x + middle - galley.size().y / 2.0, corner.y - GAP);
        let text = eframe::epaint::TextShape::new(foot, galley, palette.text);
        ui.painter().add(text.with_angle(-std::f32::consts::FRAC_PI_2));
    }
    for (truth, counts) in confusion.counts.iter().enumerate() {
        for (given, count) in counts.iter().enumerate() {
            let at = corner + vec2(given as f32, truth as f32) * side;
            let place = Rect::from_min_size(at, vec2(side, side)).shrink(1.0);
            let response =
                ui.interact(place, ui.scope_id().with(("cell", truth, given)), Sense::click());
            let (from, to) = (&confusion.labels[truth], &confusion.labels[given]);
            let label = match truth == given {
                true => format!("{count} of {from} are right"),
                false => format!("{count} of {from} are taken for {to}"),
            };
            let is_chosen = *cell == Some((truth, given));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &label));
            let share = shares[truth][given] as f32;
            let hue = if truth == given { palette.positive } else { palette.negative };
            let fill = palette.raised.lerp_to_gamma(hue, share.sqrt());
            let radius = CornerRadius::same(3);
            ui.painter().rect_filled(place, radius, fill);
            if *count > 0 {
                // On a strong color, text is that of the ground.
                let color = if share > 0.4 { palette.ground } else { palette.text };
                let middle = place.center();
                ui.painter().text(middle, Align2::CENTER_CENTER, count, font.clone(), color);
            }
            if is_chosen || response.hovered() || response.has_focus() {
                let stroke =
                    Stroke::new(2.0, if is_chosen { palette.accent } else { palette.text });
                ui.painter().rect_stroke(place, radius, stroke, StrokeKind::Inside);
            }
            if response.on_hover_text(&label).clicked() {
                *cell = if is_chosen { None } else { Some((truth, given)) };
            }
        }
    }
    rect
}
