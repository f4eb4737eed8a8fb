//! Which part of the plane is seen.

use eframe::egui::{Pos2, Rect, Vec2, pos2};

use crate::studio::session::SegmentMap;

/// Room around what is there, as a share.
const MARGIN: f32 = 0.06;

/// Which part of the plane is seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Camera {
    /// The middle of what there is, and half its width and height; `None` before there is something.
    home: Option<([f32; 2], [f32; 2])>,
    /// What is in the middle, from home, in halves.
    offset: [f32; 2],
    /// How many times it is enlarged, less one.
    closer: f32,
}

impl Camera {
    /// Frames what is there, the first time.
    pub(super) fn settle(&mut self, map: &SegmentMap) {
        if self.home.is_some() || map.points.is_empty() {
            return;
        }
        let mut low = [f32::INFINITY; 2];
        let mut high = [f32::NEG_INFINITY; 2];
        let points = map.points.iter().map(|point| point.at);
        for at in points.chain(map.prototypes.iter().map(|mark| mark.at)) {
            for axis in 0..2 {
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
        }
        let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
        let half = [0, 1].map(|axis| ((high[axis] - low[axis]) / 2.0).max(1e-6) * (1.0 + MARGIN));
        self.home = Some((middle, half));
    }

    /// Everything again.
    pub(super) fn reset(&mut self) {
        (self.offset, self.closer) = ([0.0; 2], 0.0);
    }

    /// From −1 to 1 on either axis where it is in sight.
    fn normal(&self, at: [f32; 2]) -> [f32; 2] {
        let (middle, half) = self.home.unwrap_or(([0.0; 2], [1.0; 2]));
        [0, 1].map(|axis| {
            ((at[axis] - middle[axis]) / half[axis] - self.offset[axis]) * (1.0 + self.closer)
        })
    }

    /// Pixels from the upper left corner.
    pub(super) fn place(&self, at: [f32; 2], [width, height]: [usize; 2]) -> [f32; 2] {
        let [x, y] = self.normal(at);
        [(x + 1.0) / 2.0 * width as f32, (1.0 - y) / 2.0 * height as f32]
    }

    pub(super) fn screen(&self, at: [f32; 2], rect: Rect) -> Pos2 {
        let [x, y] = self.normal(at);
        let (half, middle) = (rect.size() / 2.0, rect.center());
        pos2(middle.x + x * half.x, middle.y - y * half.y)
    }

    /// The inverse of [`Camera::screen`].
    pub(super) fn plane(&self, at: Pos2, rect: Rect) -> [f32; 2] {
        let (middle, half) = self.home.unwrap_or(([0.0; 2], [1.0; 2]));
        let normal = self.view(at, rect);
        [0, 1].map(|axis| {
            (normal[axis] / (1.0 + self.closer) + self.offset[axis]) * half[axis] + middle[axis]
        })
    }

    fn view(&self, at: Pos2, rect: Rect) -> [f32; 2] {
        let (half, from) = (rect.size() / 2.0, at - rect.center());
        [from.x / half.x, -from.y / half.y]
    }

    pub(super) fn drag(&mut self, by: Vec2, rect: Rect) {
        let half = rect.size() / 2.0;
        self.offset[0] -= by.x / half.x / (1.0 + self.closer);
        self.offset[1] += by.y / half.y / (1.0 + self.closer);
    }

    /// What is under `at` stays there.
    pub(super) fn zoom(&mut self, factor: f32, at: Pos2, rect: Rect) {
        let view = self.view(at, rect);
        let before = 1.0 + self.closer;
        let after = (before * factor).clamp(1.0, 200.0);
        for (offset, view) in self.offset.iter_mut().zip(view) {
            *offset += view / before - view / after;
        }
        self.closer = after - 1.0;
    }

    /// How many times as large as `earlier` saw it everything is.
    pub(super) fn enlargement(&self, earlier: &Self) -> f32 {
        (1.0 + self.closer) / (1.0 + earlier.closer)
    }

    /// Where a picture lies on the screen that reaches `reach` times as far as the view of `earlier`.
    pub(super) fn frame(&self, earlier: &Self, reach: [f32; 2], rect: Rect) -> Rect {
        let moved = |axis: usize, normal: f32| {
            let there = normal / (1.0 + earlier.closer) + earlier.offset[axis];
            (there - self.offset[axis]) * (1.0 + self.closer)
        };
        let (half, middle) = (rect.size() / 2.0, rect.center());
        let x = |normal: f32| middle.x + moved(0, normal) * half.x;
        let y = |normal: f32| middle.y - moved(1, normal) * half.y;
        let [right, top] = reach;
        Rect::from_min_max(pos2(x(-right), y(top)), pos2(x(right), y(-top)))
    }

    /// Where everything lies on the screen.
    pub(super) fn home_frame(&self, rect: Rect) -> Rect {
        self.frame(&Self::default(), [1.0, 1.0], rect)
    }
}

/// Whether a point lies in a closed outline, by the number of its edges to the right.
pub(super) fn contains(outline: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
    let ends = outline.iter().zip(outline.iter().cycle().skip(1));
    let crossed = ends.filter(|([ax, ay], [bx, by])| {
        (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
    });
    crossed.count() % 2 == 1
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::studio::session::MapPoint;
    use eframe::egui::vec2;

    /// A map of points without anything else.
    pub(in crate::gui::map) fn map(points: &[[f32; 2]]) -> SegmentMap {
        let point = |at: &[f32; 2]| MapPoint {
            at: *at,
            track: 0,
            start_s: 0.0,
            end_s: 4.0,
            truth: None,
            given: None,
            is_correct: false,
            winner: None,
            split: None,
        };
        SegmentMap {
            points: points.iter().map(point).collect(),
            prototypes: Vec::new(),
            kept: [0.5, 0.2],
            tracks: vec!["a".to_owned()],
            paths: vec!["a".to_owned()],
        }
    }

    #[test]
    fn what_is_zoomed_at_stays_and_what_is_dragged_follows() {
        let mut camera = Camera::default();
        camera.settle(&map(&[[-3.0, 1.0], [5.0, 9.0]]));
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 400.0));
        for corner in [[-3.0, 1.0], [5.0, 9.0]] {
            assert!(rect.contains(camera.screen(corner, rect)));
        }
        let at = pos2(333.0, 222.0);
        let there = camera.plane(at, rect);
        camera.zoom(3.0, at, rect);
        assert!(camera.screen(there, rect).distance(at) < 1e-2);
        camera.drag(vec2(40.0, -25.0), rect);
        assert!(camera.screen(there, rect).distance(at + vec2(40.0, -25.0)) < 1e-2);
        let [x, y] = camera.place(there, [800, 400]);
        assert!(pos2(x + 100.0, y + 50.0).distance(at + vec2(40.0, -25.0)) < 1e-2);
    }

    #[test]
    fn a_picture_moves_with_what_is_in_it() {
        let mut painted = Camera::default();
        painted.settle(&map(&[[-3.0, 1.0], [5.0, 9.0]]));
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 400.0));
        painted.zoom(3.0, pos2(300.0, 100.0), rect);
        let frame = painted.frame(&painted, [1.5, 1.25], rect);
        assert!(frame.min.distance(pos2(-100.0, 0.0)) < 1e-2, "{frame:?}");
        assert!(frame.max.distance(pos2(1100.0, 500.0)) < 1e-2, "{frame:?}");
        let mut camera = painted;
        camera.drag(vec2(70.0, -20.0), rect);
        camera.zoom(1.7, pos2(700.0, 300.0), rect);
        assert!((camera.enlargement(&painted) - 1.7).abs() < 1e-5);
        let moved = camera.frame(&painted, [1.5, 1.25], rect);
        for corner in [frame.min, frame.max, frame.center()] {
            let wanted = camera.screen(painted.plane(corner, rect), rect);
            let share = (corner - frame.min) / frame.size();
            let found = moved.min + share * moved.size();
            assert!(found.distance(wanted) < 1e-2, "{found:?} {wanted:?}");
        }
        // The points are framed with some room.
        let home = camera.home_frame(rect);
        for at in [[-3.0, 1.0], [5.0, 9.0]] {
            assert!(home.contains(camera.screen(at, rect)));
        }
    }

    #[test]
    fn a_lasso_holds_what_it_surrounds() {
        let outline = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        for (point, wanted) in
            [([0.5, 1.0], true), ([2.0, 3.0], false), ([3.5, 2.0], true), ([-1.0, 1.0], false)]
        {
            assert_eq!(contains(&outline, point), wanted, "{point:?}");
        }
    }
}
