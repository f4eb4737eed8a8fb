//! What every prototype counts for every class.

use std::sync::Arc;

use eframe::egui::{
    Align2, Button, Color32, ColorImage, FontId, Rect, RichText, Role, ScrollArea, Sense, Shape,
    Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use crate::exports::plots::{WeightColumn, WeightsFigure};
use crate::gui::export::{self, Drawing};
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::{GAP, Palette, class_color};
use crate::gui::wish::Wish;
use crate::studio::session::{PrototypeView, RunView};

/// Room for names of classes.
const NAMES: f32 = 110.0;
/// Height of a class.
const ROW: f32 = 20.0;
/// Height of the strip that says whose prototypes stand below.
const HEAD: f32 = 20.0;
/// Width of a prototype, at least and at most.
const COLUMN: (f32, f32) = (7.0, 52.0);
/// Where there is room for a number.
const NUMBER: f32 = 38.0;

/// What the heatmap remembers.
#[derive(Default)]
pub(in crate::gui) struct HeatmapState {
    /// Whether numbers are shown in its place.
    is_table: bool,
    /// The picture, and what it was painted for.
    painted: Option<(TextureHandle, Arc<RunView>, Color32)>,
}

pub(super) fn show(ui: &mut Ui, state: &mut State, run: &Arc<RunView>, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    let rect = ui.max_rect();
    ui.horizontal(|ui| {
        ui.label(RichText::new("What every prototype counts for every class").strong())
            .on_hover_text(
                "The weights of the last layer: blue speaks for a class, orange against it",
            );
        let is_table = &mut state.prototypes.heatmap.is_table;
        for (of, title) in [(false, "Picture"), (true, "Table")] {
            if ui.add(Button::selectable(*is_table == of, title)).clicked() {
                *is_table = of;
            }
        }
        let figures = || vec![("weights", drawing(run))];
        let says = Some((&["prototypes", "list"][..], &[][..]));
        export::menu(ui, state, rect, says, Some(&figures), || table(run));
        if ui.button("Close").clicked() {
            state.prototypes.shows_weights = false;
        }
    });
    if state.prototypes.heatmap.is_table {
        return table(run).show(ui);
    }
    let n = run.prototypes.len().max(1) as f32;
    let column = ((ui.available_width() - NAMES - GAP) / n).clamp(COLUMN.0, COLUMN.1);
    ScrollArea::both().id_salt("heatmap").auto_shrink(false).show(ui, |ui| {
        let size = vec2(NAMES + column * n, HEAD + ROW * run.classes.len() as f32);
        let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
        let cells = Rect::from_min_max(whole.min + vec2(NAMES, HEAD), whole.max);
        names(ui, run, cells, column, palette);
        paint(ui, state, run, cells, palette);
        numbers(ui, run, cells, column, palette);
        point_at(ui, state, run, (cells, column), wishes);
    });
}

/// The same as a figure.
fn drawing(run: &RunView) -> Drawing {
    let column = |(m, prototype): (usize, &PrototypeView)| WeightColumn {
        name: prototype.row.name.clone(),
        class: prototype.class,
        enabled: prototype.row.enabled,
        weights: (0..run.classes.len()).map(|class| weight(run, class, m)).collect(),
    };
    let prototypes: Vec<_> = run.prototypes.iter().enumerate().map(column).collect();
    Drawing::now(&WeightsFigure { classes: &run.classes, prototypes: &prototypes })
}

/// The same in numbers: a row a prototype, a column a class.
fn table(run: &RunView) -> Table {
    let row = |prototype: &PrototypeView| {
        let row = &prototype.row;
        let state = if row.enabled { "on" } else { "off" };
        let weights = run.classes.iter().map(|class| {
            let weight = row.weights.iter().find(|weight| weight.class == *class);
            weight.map_or_else(String::new, |weight| format!("{:+.3}", weight.weight))
        });
        [row.name.clone(), state.to_owned()].into_iter().chain(weights).collect()
    };
    Table {
        name: "weights".to_owned(),
        headings: ["prototype".to_owned(), "state".to_owned()]
            .into_iter()
            .chain(run.classes.iter().cloned())
            .collect(),
        rows: run.prototypes.iter().map(row).collect(),
    }
}

/// The weight of a prototype for a class.
fn weight(run: &RunView, class: usize, prototype: usize) -> f32 {
    let weights = &run.prototypes[prototype].row.weights;
    weights.iter().find(|weight| weight.class == run.classes[class]).map_or(0.0, |w| w.weight)
}

fn names(ui: &Ui, run: &RunView, cells: Rect, column: f32, palette: Palette) {
    let painter = ui.painter();
    let font = FontId::proportional(12.0);
    for (class, name) in run.classes.iter().enumerate() {
        let at = pos2(cells.left() - GAP, cells.top() + (class as f32 + 0.5) * ROW);
        painter.text(at, Align2::RIGHT_CENTER, name, font.clone(), palette.text);
        let of = |p: &PrototypeView| p.class == class;
        let Some(first) = run.prototypes.iter().position(of) else { continue };
        let n = run.prototypes[first..].iter().take_while(|p| of(p)).count();
        let left = cells.left() + first as f32 * column;
        let strip = Rect::from_min_max(
            pos2(left + 1.0, cells.top() - HEAD),
            pos2(left + n as f32 * column - 1.0, cells.top() - 2.0),
        );
        painter.rect_filled(strip.with_min_y(strip.bottom() - 3.0), 1.0, class_color(class));
        let place = strip.left_top();
        let painter = ui.painter_at(strip);
        painter.text(place, Align2::LEFT_TOP, name, font.clone(), palette.faint);
    }
}

/// One pixel a cell, enlarged; painted anew only where something has changed.
fn paint(ui: &Ui, state: &mut State, run: &Arc<RunView>, cells: Rect, palette: Palette) {
    let painted = &mut state.prototypes.heatmap.painted;
    let is_known = painted
        .as_ref()
        .is_some_and(|(_, of, ground)| Arc::ptr_eq(of, run) && *ground == palette.raised);
    if !is_known {
        let (n_rows, n_columns) = (run.classes.len(), run.prototypes.len());
        let all = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| (row, column)));
        let weights: Vec<f32> = all.map(|(row, column)| weight(run, row, column)).collect();
        let largest = largest(run);
        let color = |(i, w): (usize, &f32)| {
            let hue = if *w >= 0.0 { palette.positive } else { palette.negative };
            let color = palette.raised.lerp_to_gamma(hue, (w.abs() / largest).sqrt());
            match run.prototypes[i % n_columns.max(1)].row.enabled {
                true => color,
                false => color.lerp_to_gamma(palette.surface, 0.7),
            }
        };
        let pixels = weights.iter().enumerate().map(color).collect();
        let image = ColorImage::new([n_columns, n_rows], pixels);
        let texture = ui.ctx().load_texture("weights", image, TextureOptions::NEAREST);
        *painted = Some((texture, Arc::clone(run), palette.raised));
    }
    if let Some((texture, ..)) = painted {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().add(Shape::image(texture.id(), cells, whole, Color32::WHITE));
    }
    for class in 1..run.classes.len() {
        let y = cells.top() + class as f32 * ROW;
        ui.painter().hline(cells.x_range(), y, Stroke::new(1.0, palette.surface));
    }
}

fn numbers(ui: &Ui, run: &RunView, cells: Rect, column: f32, palette: Palette) {
    if column < NUMBER {
        return;
    }
    let largest = largest(run);
    for class in 0..run.classes.len() {
        for prototype in 0..run.prototypes.len() {
            let middle = vec2((prototype as f32 + 0.5) * column, (class as f32 + 0.5) * ROW);
            let at = cells.min + middle;
            if !ui.clip_rect().contains(at) {
                continue;
            }
            let weight = weight(run, class, prototype);
            // On a strong color, text is that of the ground.
            let is_strong = run.prototypes[prototype].row.enabled && weight.abs() > largest * 0.3;
            let color = if is_strong { palette.ground } else { palette.text };
            let font = FontId::monospace(10.5);
            let text = format!("{weight:+.2}");
            ui.painter().text(at, Align2::CENTER_CENTER, text, font, color);
        }
    }
}

/// The largest weight, whatever its sign.
fn largest(run: &RunView) -> f32 {
    let weights = run.prototypes.iter().flat_map(|prototype| &prototype.row.weights);
    weights.fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.weight.abs()))
}

/// The selected prototype is framed; what is under the pointer is named, and a click selects it.
fn point_at(
    ui: &Ui,
    state: &State,
    run: &RunView,
    (cells, column): (Rect, f32),
    wishes: &mut Vec<Wish>,
) {
    let response = ui.interact(cells, ui.scope_id().with("cells"), Sense::click());
    let label = format!(
        "Weights of {} prototypes for {} classes; the table has the same in numbers",
        run.prototypes.len(),
        run.classes.len()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    let chosen = |p: &PrototypeView| Some(&p.row.name) == state.selected.as_ref();
    if let Some(place) = run.prototypes.iter().position(chosen) {
        let left = cells.left() + place as f32 * column;
        let frame = Rect::from_x_y_ranges(left..=left + column, cells.y_range());
        let stroke = Stroke::new(2.0, Palette::of(ui.ctx()).text);
        ui.painter().rect_stroke(frame, 1.0, stroke, StrokeKind::Outside);
    }
    let Some(at) = response.hover_pos().filter(|at| cells.contains(*at)) else { return };
    let prototype = ((at.x - cells.left()) / column) as usize;
    let class = ((at.y - cells.top()) / ROW) as usize;
    let (Some(of), Some(name)) = (run.prototypes.get(prototype), run.classes.get(class)) else {
        return;
    };
    let text = format!("{} counts {:+.3} for {name}", of.row.name, weight(run, class, prototype));
    if response.on_hover_text_at_pointer(text).clicked() {
        wishes.push(Wish::Select(of.row.name.clone()));
    }
}
