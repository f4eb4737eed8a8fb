//! Segments and prototypes on a plane, to be pointed at, heard and gathered.

mod camera;
mod canvas;
mod figure;
mod gathered;
mod legend;
mod picture;
mod sieve;

use std::path::Path;
use std::sync::Arc;

use eframe::egui::{
    Align2, CentralPanel, FontId, Key, Panel, Pos2, Rect, Response, RichText, Role, Sense, Shape,
    Stroke, Ui, WidgetInfo, vec2,
};

use self::camera::Camera;
use self::canvas::{Canvas, Look};
use self::gathered::Gathered;
use self::sieve::{Coloring, Sieve};
use super::desk::name_of;
use super::shelf::SoundKey;
use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette, class_color};
use super::wish::{Sounding, View, Wish};
use crate::studio::session::{MapPoint, SegmentMap};

/// How near the pointer must be to a point, in points of the screen.
const REACH: f32 = 14.0;
/// Of a prototype's mark.
const MARK: f32 = 6.0;

/// What the view remembers.
pub(super) struct MapState {
    camera: Camera,
    coloring: Coloring,
    sieve: Sieve,
    canvas: Canvas,
    /// The outline that is being drawn, on the plane.
    lasso: Vec<[f32; 2]>,
    gathered: Gathered,
    /// What was found under the pointer.
    pointed: Option<(Pointing, Option<usize>)>,
    /// Where it was painted last.
    place: Rect,
}

/// What is found under the pointer depends on this.
#[derive(Debug, Clone, PartialEq)]
struct Pointing {
    at: Pos2,
    rect: Rect,
    camera: Camera,
    sieve: Sieve,
}

impl Default for MapState {
    fn default() -> Self {
        Self {
            camera: Camera::default(),
            coloring: Coloring::default(),
            sieve: Sieve::default(),
            canvas: Canvas::default(),
            lasso: Vec::new(),
            gathered: Gathered::default(),
            pointed: None,
            place: Rect::NOTHING,
        }
    }
}

impl MapState {
    /// Gathers those of the points shown that are meant.
    fn gather(&mut self, map: &SegmentMap, is_meant: impl Fn(&MapPoint) -> bool) {
        self.gathered = Gathered::of(map, |point| self.sieve.lets(point) && is_meant(point));
    }

    /// Forgets what belonged to another run or classifier.
    pub(super) fn renew(&mut self) {
        (self.gathered, self.lasso, self.pointed) = (Gathered::default(), Vec::new(), None);
    }
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let Some(map) = state.segment_map.clone() else {
        CentralPanel::default().show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spinner();
                ui.label("Laying out segments");
            });
        });
        return;
    };
    Panel::right("legend").default_size(280.0).size_range(240.0..=420.0).show(ui, |ui| {
        legend::show(ui, state, &map, wishes);
    });
    CentralPanel::default().show(ui, |ui| plane(ui, state, &map, wishes));
}

fn plane(ui: &mut Ui, state: &mut State, map: &Arc<SegmentMap>, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    let label = format!(
        "Map of {} segments and {} prototypes; drag to move, scroll to zoom, Shift and drag to gather",
        map.points.len(),
        map.prototypes.len()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    state.map.place = rect;
    state.map.camera.settle(map);
    let is_gathering = ui.input(|input| input.modifiers.shift);
    move_camera(ui, state, &response, rect, is_gathering);
    paint(ui, state, map, rect, palette);
    marks(ui, state, map, rect, palette);
    lasso(ui, state, map, (rect, &response), is_gathering, palette);
    point_at(ui, state, map, (rect, &response), wishes);
}

fn move_camera(ui: &Ui, state: &mut State, response: &Response, rect: Rect, is_gathering: bool) {
    let camera = &mut state.map.camera;
    if response.dragged() && !is_gathering {
        camera.drag(response.drag_delta(), rect);
    }
    if let Some(at) = response.hover_pos() {
        let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = zoom * (scroll / 300.0).exp();
        if factor != 1.0 {
            camera.zoom(factor, at, rect);
        }
    }
    if ui.input(|input| input.key_pressed(Key::F)) && !ui.ctx().egui_wants_keyboard_input() {
        camera.reset();
    }
}

/// All points, as one picture.
fn paint(ui: &Ui, state: &mut State, map: &Arc<SegmentMap>, rect: Rect, palette: Palette) {
    let scale = ui.ctx().pixels_per_point();
    let MapState { camera, coloring, sieve, canvas, gathered, .. } = &mut state.map;
    let look = Look {
        map: Arc::clone(map),
        coloring: *coloring,
        sieve: sieve.clone(),
        gathered: gathered.points(),
        palette,
        size: [(rect.width() * scale) as usize, (rect.height() * scale) as usize],
        scale,
        largest: ui.input(|input| input.max_texture_side),
    };
    canvas.show(ui, rect, camera, look);
}

/// Prototypes stand above the points, with their names where there is room.
fn marks(ui: &Ui, state: &State, map: &SegmentMap, rect: Rect, palette: Palette) {
    let Some(run) = &state.run else { return };
    let painter = ui.painter_at(rect);
    for (mark, prototype) in map.prototypes.iter().zip(&run.prototypes) {
        let at = state.map.camera.screen(mark.at, rect);
        if !rect.expand(2.0 * MARK).contains(at) {
            continue;
        }
        let is_selected = state.selected.as_ref() == Some(&prototype.row.name);
        let size = if is_selected { MARK + 3.0 } else { MARK };
        let corners = [vec2(0.0, -size), vec2(size, 0.0), vec2(0.0, size), vec2(-size, 0.0)];
        let corners: Vec<Pos2> = corners.into_iter().map(|corner| at + corner).collect();
        let fill = if mark.enabled { class_color(mark.class as usize) } else { palette.surface };
        let edge = Stroke::new(if is_selected { 2.5 } else { 1.5 }, palette.text);
        painter.add(Shape::convex_polygon(corners, fill, edge));
        if is_selected {
            let place = at + vec2(0.0, -size - 3.0);
            let font = FontId::proportional(13.0);
            let name = &prototype.row.name;
            painter.text(place, Align2::CENTER_BOTTOM, name, font, palette.text);
        }
    }
}

fn lasso(
    ui: &Ui,
    state: &mut State,
    map: &SegmentMap,
    (rect, response): (Rect, &Response),
    is_gathering: bool,
    palette: Palette,
) {
    let MapState { camera, lasso, gathered, .. } = &mut state.map;
    if response.drag_started() && is_gathering {
        lasso.clear();
        *gathered = Gathered::default();
    }
    if let Some(at) = response.interact_pointer_pos()
        && response.dragged()
        && is_gathering
    {
        lasso.push(camera.plane(at, rect));
    }
    if lasso.len() > 1 {
        let line: Vec<Pos2> = lasso.iter().map(|at| camera.screen(*at, rect)).collect();
        ui.painter_at(rect).add(Shape::closed_line(line, Stroke::new(1.5, palette.accent)));
    }
    if response.drag_stopped() && lasso.len() > 2 {
        let outline = std::mem::take(lasso);
        state.map.gather(map, |point| camera::contains(&outline, point.at));
    }
}

/// What is under the pointer is named; a click selects and plays it.
fn point_at(
    ui: &Ui,
    state: &mut State,
    map: &SegmentMap,
    (rect, response): (Rect, &Response),
    wishes: &mut Vec<Wish>,
) {
    // Whoever drags looks for nothing.
    let Some(at) = response.hover_pos().filter(|_| !response.dragged()) else { return };
    let camera = &state.map.camera;
    let apart = |of: [f32; 2]| camera.screen(of, rect).distance_sq(at);
    let marks = map.prototypes.iter().enumerate().map(|(m, mark)| (m, apart(mark.at)));
    let nearest = marks.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, far)| *far < REACH * REACH);
    let run = state.run.clone();
    if let (Some((m, _)), Some(run)) = (nearest, &run) {
        let Some(prototype) = run.prototypes.get(m) else { return };
        response.clone().on_hover_text_at_pointer(format!("prototype {}", prototype.row.name));
        if response.clicked() {
            wishes.push(Wish::Select(prototype.row.name.clone()));
            wishes.extend(super::prototypes::sounding(prototype).map(Wish::Play));
        }
        return;
    }
    let Some(point) = pointed(&mut state.map, map, at, rect).map(|i| &map.points[i]) else {
        return;
    };
    response.clone().on_hover_text_at_pointer(legend::described(point, map, run.as_deref()));
    let place = state.map.camera.screen(point.at, rect);
    let ring = Stroke::new(2.0, Palette::of(ui.ctx()).text);
    ui.painter_at(rect).circle_stroke(place, 5.0, ring);
    let path = &map.paths[point.track as usize];
    if response.clicked() {
        wishes.push(Wish::Play(Sounding {
            key: SoundKey::part(path, f64::from(point.start_s), f64::from(point.end_s)),
            title: format!("{} from {:.0} s", name_of(Path::new(path)), point.start_s),
            at_s: 0.0,
        }));
    }
    if response.double_clicked() {
        wishes.push(Wish::Inspect(path.into()));
        wishes.push(Wish::Go(View::Inspect));
    }
}

/// The point shown that is nearest to the pointer, if it is near: looked for among all, but only where something has changed.
fn pointed(state: &mut MapState, map: &SegmentMap, at: Pos2, rect: Rect) -> Option<usize> {
    let MapState { camera, sieve, .. } = state;
    let pointing = Pointing { at, rect, camera: *camera, sieve: sieve.clone() };
    if let Some((known, found)) = &state.pointed
        && *known == pointing
    {
        return *found;
    }
    let points = map.points.iter().enumerate().filter(|(_, point)| sieve.lets(point));
    let points = points.map(|(i, point)| (i, camera.screen(point.at, rect).distance_sq(at)));
    let nearest = points.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, far)| *far < REACH * REACH);
    let found = nearest.map(|(i, _)| i);
    state.pointed = Some((pointing, found));
    found
}

/// A heading of the panel beside the map.
fn section(ui: &mut Ui, title: &str) {
    ui.add_space(GROUP_GAP);
    ui.label(RichText::new(title).strong());
    ui.add_space(GAP / 2.0);
}
