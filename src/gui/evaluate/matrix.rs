//! Which class is taken for which; a click on a cell lists its files.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, CornerRadius, FontId, Galley, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};
use eframe::epaint::TextShape;

use crate::evaluation::Confusion;
use crate::exports::plots::ConfusionFigure;
use crate::gui::export::{self, Drawing};
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::{GAP, Palette};
use crate::studio::session::Measured;

/// The largest side of a cell.
const LARGEST: f32 = 42.0;
/// The most room that a name takes.
const LONGEST: f32 = 150.0;

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
        let figures = || vec![("confusion", Drawing::now(&figure))];
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

/// A class's name, short enough for its place.
fn name(ui: &Ui, label: &str, palette: Palette) -> Arc<Galley> {
    let font = FontId::proportional(12.0);
    let mut job = LayoutJob::simple_singleline(label.to_owned(), font, palette.text);
    job.wrap = TextWrapping::truncate_at_width(LONGEST);
    ui.painter().layout_job(job)
}

fn cells(
    ui: &mut Ui,
    cell: &mut Option<(usize, usize)>,
    confusion: &Confusion,
    palette: Palette,
) -> Rect {
    let n = confusion.labels.len();
    let names: Vec<_> = confusion.labels.iter().map(|label| name(ui, label, palette)).collect();
    let names_width = names.iter().map(|name| name.size().x).fold(0.0, f32::max) + 2.0 * GAP;
    let side = ((ui.available_width() - names_width) / n.max(1) as f32).clamp(14.0, LARGEST);
    let size = Vec2::splat(names_width + side * n as f32);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let shares = confusion.shares();
    let corner = rect.left_top() + Vec2::splat(names_width);
    for (class, galley) in names.into_iter().enumerate() {
        let middle = (class as f32 + 0.5) * side;
        let half = galley.size().y / 2.0;
        let left = pos2(corner.x - GAP - galley.size().x, corner.y + middle - half);
        ui.painter().galley(left, Arc::clone(&galley), palette.text);
        let foot = pos2(corner.x + middle - half, corner.y - GAP);
        let text = TextShape::new(foot, galley, palette.text);
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
                ui.painter().text(
                    middle,
                    Align2::CENTER_CENTER,
                    count,
                    FontId::proportional(12.0),
                    color,
                );
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
