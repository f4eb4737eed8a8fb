//! What is seen of the map, as a figure.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Color32, Pos2, Rect, Vec2};

use super::camera::Camera;
use super::canvas::side;
use super::sieve::{Coloring, Sieve};
use crate::exports::plots::{MapFigure, MapMark, MapSeries};
use crate::gui::state::State;
use crate::gui::theme::{LIGHT, class_color};
use crate::studio::session::{MapPrototype, PrototypeView, RunView, SegmentMap};

/// What is seen of the map.
pub(super) struct Scene {
    camera: Camera,
    coloring: Coloring,
    sieve: Sieve,
    gathered: Arc<[u32]>,
    selected: Option<String>,
    size: Vec2,
}

impl Scene {
    /// What is seen now.
    pub(super) fn of(state: &State) -> Self {
        let map = &state.map;
        Self {
            camera: map.camera,
            coloring: map.coloring,
            sieve: map.sieve.clone(),
            gathered: map.gathered.points(),
            selected: state.selected.clone(),
            size: map.place.size(),
        }
    }

    /// The points in sight in the colors of a white page, and the prototypes in sight above them.
    pub(super) fn figure(&self, map: &SegmentMap, run: &RunView) -> MapFigure {
        let place = Rect::from_min_size(Pos2::ZERO, self.size);
        let seen = |at: [f32; 2]| {
            let at = self.camera.screen(at, place);
            place.contains(at).then_some([at.x, at.y])
        };
        let mut is_strong = vec![self.gathered.is_empty(); map.points.len()];
        self.gathered.iter().for_each(|i| is_strong[*i as usize] = true);
        // Those that stand out follow the others, and stand above them.
        let mut series = BTreeMap::<(bool, [u8; 4]), Vec<[f32; 2]>>::new();
        let points = map.points.iter().zip(is_strong).filter(|(point, _)| self.sieve.lets(point));
        for (point, is_strong) in points {
            let color = self.coloring.of(point, map, LIGHT).to_array();
            if let Some(at) = seen(point.at) {
                series.entry((is_strong, color)).or_default().push(at);
            }
        }
        let series = series.into_iter().map(|((is_strong, [r, g, b, _]), at)| MapSeries {
            color: (r, g, b),
            is_strong,
            at,
        });
        let mark = |(mark, prototype): (&MapPrototype, &PrototypeView)| {
            let name = &prototype.row.name;
            Some(MapMark {
                at: seen(mark.at)?,
                color: mark.enabled.then(|| rgb(class_color(mark.class as usize))),
                name: (self.selected.as_ref() == Some(name)).then(|| name.clone()),
            })
        };
        let legend = self.coloring.legend(run, LIGHT).into_iter();
        MapFigure {
            plane: (self.size.x.round() as u32, self.size.y.round() as u32),
            kept: map.kept,
            coloring: self.coloring.title().to_owned(),
            legend: legend.map(|(name, color)| (name, rgb(color))).collect(),
            series: series.collect(),
            diameter: f64::from(side(map.points.len())),
            marks: map.prototypes.iter().zip(&run.prototypes).filter_map(mark).collect(),
        }
    }
}

fn rgb(color: Color32) -> (u8, u8, u8) {
    (color.r(), color.g(), color.b())
}
