//! Sound, classes and prototypes over one axis of time.

use std::path::Path;

use eframe::egui::{
    Align2, FontId, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::gui::desk::name_of;
use crate::gui::paint::{spectrogram, waveform};
use crate::gui::shelf::{Found, SoundKey};
use crate::gui::state::State;
use crate::gui::theme::{GAP, Palette, class_color};
use crate::gui::wish::{Sounding, Wish};
use crate::studio::explain::{Explanation, SegmentItem};

/// Room for names left of the lanes.
const NAMES: f32 = 110.0;
const WAVEFORM_HEIGHT: f32 = 48.0;
const PICTURE_HEIGHT: f32 = 96.0;
const ROW_HEIGHT: f32 = 15.0;

pub(super) fn show(
    ui: &mut Ui,
    state: &mut State,
    path: &Path,
    found: &Explanation,
    wishes: &mut Vec<Wish>,
) {
    let palette = Palette::of(ui.ctx());
    let key = SoundKey::file(path);
    let duration = found.audio.seconds.max(1e-3);
    let playhead = state.playhead(&key);
    let lanes = Lanes { found, duration, palette };

    ui.add_space(GAP);
    let (wave, response) = lane(ui, WAVEFORM_HEIGHT, palette);
    let place = "Waveform; a click plays from there and asks about that segment, dragging asks about several";
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, place));
    if let Found::Here(shelved) = state.shelf.get(&key) {
        let colors = [palette.accent, palette.faint];
        waveform(ui.painter(), wave, &shelved.outline, colors, playhead.unwrap_or(0.0));
    }
    seek(ui, state, &lanes, (wave, &response), (path, &key), wishes);

    let (picture, response) = lane(ui, PICTURE_HEIGHT, palette);
    let place = "Mel spectrogram; a click plays from there and asks about that segment, dragging asks about several";
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, place));
    if let Found::Here(shelved) = state.shelf.get(&key) {
        spectrogram(ui.painter(), picture, &shelved.picture, playhead);
    }
    seek(ui, state, &lanes, (picture, &response), (path, &key), wishes);

    let classes = found.classes.len() as f32 * ROW_HEIGHT;
    let (strip, response) = lane(ui, classes, palette);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, lanes.spoken()));
    lanes.classes(ui, strip);
    seek(ui, state, &lanes, (strip, &response), (path, &key), wishes);
    lanes.hover(&response, strip);

    let (strip, response) = lane(ui, ROW_HEIGHT + 6.0, palette);
    let place = "The most similar prototype of each segment";
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, place));
    lanes.prototypes(ui, strip);
    seek(ui, state, &lanes, (strip, &response), (path, &key), wishes);

    if let Some(selected) = state.inspect.selection.clone() {
        let of = |segment: &SegmentItem| {
            (lanes.x(strip, segment.start_s), lanes.x(strip, segment.end_s))
        };
        let ends = found
            .segments
            .get(selected.clone())
            .and_then(|part| Some((of(part.first()?).0, of(part.last()?).1)));
        if let Some((left, right)) = ends {
            let all = Rect::from_min_max(pos2(left, wave.top()), pos2(right, strip.bottom()));
            let stroke = Stroke::new(2.0, palette.accent);
            ui.painter().rect_stroke(all, 3.0, stroke, StrokeKind::Inside);
        }
        ui.horizontal(|ui| {
            let text = match selected.len() {
                1 => format!("Segment {} is asked about", selected.end),
                _ => format!("Segments {} to {} are asked about", selected.start + 1, selected.end),
            };
            ui.label(RichText::new(text).color(palette.accent));
            if ui.button("Ask about the whole file").clicked() {
                state.inspect.selection = None;
                wishes.push(Wish::Ask(path.to_owned(), state.inspect.asking()));
            }
        });
    } else if found.segments.len() > 1 {
        let text = "The whole file is asked about; click a segment to ask about it alone.";
        ui.label(RichText::new(text).color(palette.faint));
    }
}

/// Room for a lane right of the names.
fn lane(ui: &mut Ui, height: f32, palette: Palette) -> (Rect, Response) {
    let size = vec2(ui.available_width(), height);
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    let rect = whole.with_min_x(whole.left() + NAMES);
    let response = ui.interact(
        rect,
        ui.scope_id().with(("lane", whole.top() as i32)),
        Sense::click_and_drag(),
    );
    ui.painter().rect_filled(rect, 3.0, palette.ground);
    (rect, response)
}

/// A click plays from there and selects the segment, where there are more; dragging selects several.
fn seek(
    ui: &Ui,
    state: &mut State,
    lanes: &Lanes<'_>,
    (rect, response): (Rect, &Response),
    (path, key): (&Path, &SoundKey),
    wishes: &mut Vec<Wish>,
) {
    let Some(at) = response.interact_pointer_pos() else { return };
    let seconds = lanes.seconds(rect, at.x);
    if response.clicked() {
        let sounding = Sounding { key: key.clone(), title: name_of(path), at_s: seconds };
        wishes.push(Wish::Play(sounding));
    }
    let Some(segment) = lanes.segment_at(seconds) else { return };
    if response.clicked() && lanes.found.segments.len() > 1 {
        state.inspect.selection = Some(segment..segment + 1);
        wishes.push(Wish::Ask(path.to_owned(), state.inspect.asking()));
    }
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin()).map_or(at.x, |at| at.x);
        state.inspect.anchor = lanes.segment_at(lanes.seconds(rect, origin)).unwrap_or(segment);
    }
    if response.dragged() || response.drag_stopped() {
        let anchor = state.inspect.anchor;
        state.inspect.selection = Some(anchor.min(segment)..anchor.max(segment) + 1);
    }
    if response.drag_stopped() {
        wishes.push(Wish::Ask(path.to_owned(), state.inspect.asking()));
    }
}

/// What lies over time.
struct Lanes<'a> {
    found: &'a Explanation,
    duration: f64,
    palette: Palette,
}

impl Lanes<'_> {
    fn x(&self, rect: Rect, seconds: f64) -> f32 {
        rect.left() + (seconds / self.duration).clamp(0.0, 1.0) as f32 * rect.width()
    }

    fn seconds(&self, rect: Rect, x: f32) -> f64 {
        f64::from(((x - rect.left()) / rect.width()).clamp(0.0, 1.0)) * self.duration
    }

    fn segment_at(&self, seconds: f64) -> Option<usize> {
        let after = self.found.segments.partition_point(|segment| segment.start_s <= seconds);
        after.checked_sub(1)
    }

    fn cell(&self, rect: Rect, segment: &SegmentItem) -> Rect {
        let (left, right) = (self.x(rect, segment.start_s), self.x(rect, segment.end_s));
        Rect::from_min_max(pos2(left, rect.top()), pos2(right.max(left + 1.0), rect.bottom()))
    }

    fn probability(segment: &SegmentItem, label: &str) -> f64 {
        let ranked = segment.item.verdict.ranking.iter().find(|ranked| ranked.label == label);
        ranked.map_or(0.0, |ranked| ranked.probability)
    }

    /// One row a class, darker where it is more probable, outlined where it is given.
    fn classes(&self, ui: &Ui, rect: Rect) {
        let font = FontId::proportional(11.0);
        for (class, of) in self.found.classes.iter().enumerate() {
            let top = rect.top() + class as f32 * ROW_HEIGHT;
            let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW_HEIGHT));
            let at = pos2(rect.left() - GAP, row.center().y);
            let color = self.palette.text;
            ui.painter().text(at, Align2::RIGHT_CENTER, &of.label, font.clone(), color);
            for segment in &self.found.segments {
                let cell = self.cell(row, segment).shrink2(vec2(0.5, 1.0));
                let probability = Self::probability(segment, &of.label);
                let fill = class_color(class).gamma_multiply(probability.sqrt() as f32);
                ui.painter().rect_filled(cell, 1.0, fill);
                if segment.item.verdict.labels.contains(&of.label) {
                    let stroke = Stroke::new(1.0, self.palette.text);
                    ui.painter().rect_stroke(cell, 1.0, stroke, StrokeKind::Inside);
                }
            }
        }
    }

    fn prototypes(&self, ui: &Ui, rect: Rect) {
        let font = FontId::proportional(11.0);
        let at = pos2(rect.left() - GAP, rect.center().y);
        let text = self.palette.text;
        ui.painter().text(at, Align2::RIGHT_CENTER, "prototype", font.clone(), text);
        for segment in &self.found.segments {
            let Some(name) = &segment.item.verdict.top_prototype else { continue };
            let cell = self.cell(rect, segment).shrink2(vec2(0.5, 1.0));
            let of = self.found.prototypes.iter().find(|prototype| prototype.name == *name);
            let class = of
                .and_then(|of| self.found.classes.iter().position(|class| class.label == of.label));
            let color = class_color(class.unwrap_or_default());
            ui.painter().rect_filled(cell, 2.0, color.gamma_multiply(0.55));
            let painter = ui.painter_at(cell);
            painter.text(cell.center(), Align2::CENTER_CENTER, name, font.clone(), text);
        }
    }

    fn hover(&self, response: &Response, rect: Rect) {
        let Some(at) = response.hover_pos() else { return };
        let Some(segment) = self.segment_at(self.seconds(rect, at.x)) else { return };
        let segment = &self.found.segments[segment];
        let best = segment.item.verdict.ranking.iter().take(3).map(ToString::to_string);
        let best = best.collect::<Vec<_>>().join(", ");
        let text = format!("{:.1} to {:.1} s: {best}", segment.start_s, segment.end_s);
        response.clone().on_hover_text_at_pointer(text);
    }

    /// The strip of classes in words.
    fn spoken(&self) -> String {
        let of = |segment: &SegmentItem| {
            format!("{:.0} s {}", segment.start_s, segment.item.verdict.labels.join(" and "))
        };
        let segments: Vec<_> = self.found.segments.iter().take(20).map(of).collect();
        format!("Classes over time: {}", segments.join(", "))
    }
}
