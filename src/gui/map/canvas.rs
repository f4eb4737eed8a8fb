//! The points as one picture, painted on a thread of its own.
//!
//! A picture is larger than the view. While the camera moves, the picture that is there moves with it; it is painted anew where
//! the camera rests, and before that where the view leaves it or sees it much enlarged or reduced.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use eframe::egui::{Color32, Context, Rect, Shape, TextureHandle, TextureOptions, Ui, pos2};

use super::camera::Camera;
use super::picture::{Dot, picture};
use super::sieve::{Coloring, Sieve};
use crate::gui::theme::Palette;
use crate::studio::session::SegmentMap;

/// How much of the view a picture holds beyond each of its borders, as a share.
const BEYOND: f32 = 0.25;
/// How long the camera rests before its view is painted anew, in seconds.
const REST_S: f64 = 0.15;
/// How far a picture may be reduced or enlarged until it is painted anew at once.
const STRETCH: std::ops::RangeInclusive<f32> = 0.6..=1.7;

/// What a picture shows, wherever the camera is.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// The points.
    pub(super) map: Arc<SegmentMap>,
    /// In which colors.
    pub(super) coloring: Coloring,
    /// Which of them.
    pub(super) sieve: Sieve,
    /// Those that stand out, as indices; none for all.
    pub(super) gathered: Arc<[u32]>,
    /// On which ground.
    pub(super) palette: Palette,
    /// Of the view, in pixels.
    pub(super) size: [usize; 2],
    /// Pixels of a point of the screen.
    pub(super) scale: f32,
    /// The largest picture that can be shown, in pixels.
    pub(super) largest: usize,
}

impl PartialEq for Look {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.map, &other.map)
            && Arc::ptr_eq(&self.gathered, &other.gathered)
            && (self.coloring, &self.sieve, self.palette)
                == (other.coloring, &other.sieve, other.palette)
            && (self.size, self.scale, self.largest) == (other.size, other.scale, other.largest)
    }
}

impl Look {
    /// Pixels beyond each border of the view.
    fn beyond(&self) -> [usize; 2] {
        self.size.map(|n| {
            let wanted = (n as f32 * BEYOND) as usize;
            wanted.min(self.largest.saturating_sub(n) / 2)
        })
    }

    /// Paints the points as a camera sees them, and what lies beyond its view.
    fn paint(&self, camera: &Camera) -> eframe::egui::ColorImage {
        let Self { map, coloring, sieve, gathered, palette, size, scale, .. } = self;
        let mut is_strong = vec![gathered.is_empty(); map.points.len()];
        gathered.iter().for_each(|i| is_strong[*i as usize] = true);
        let beyond = self.beyond();
        let dots = map.points.iter().zip(is_strong).filter(|(point, _)| sieve.lets(point));
        let dots = dots.map(|(point, is_strong)| {
            let [x, y] = camera.place(point.at, *size);
            Dot {
                at: [x + beyond[0] as f32, y + beyond[1] as f32],
                color: coloring.of(point, map, *palette),
                is_strong,
            }
        });
        let side = side(map.points.len());
        let whole = [0, 1].map(|axis| size[axis] + 2 * beyond[axis]);
        picture(dots, whole, (side * scale).round() as usize)
    }
}

/// Of one of so many points, in points of the screen: few are easier to see and to hit where they are large.
pub(super) fn side(n_points: usize) -> f32 {
    match n_points {
        0..2_000 => 7.0,
        2_000..20_000 => 5.0,
        _ => 3.0,
    }
}

/// A picture that was painted.
struct Painted {
    texture: TextureHandle,
    look: Look,
    camera: Camera,
}

/// The picture, and the one that is being painted.
#[derive(Default)]
pub(super) struct Canvas {
    shown: Option<Painted>,
    coming: Option<Receiver<Painted>>,
    /// Where the camera was at the last frame, and since when, in seconds.
    seen: Option<(Camera, f64)>,
}

/// When a picture is to be painted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Now,
    AtRest,
    Never,
}

impl Canvas {
    /// Shows the points as a camera sees them now; once a frame.
    pub(super) fn show(&mut self, ui: &Ui, rect: Rect, camera: &Camera, look: Look) {
        self.receive();
        let now = ui.input(|input| input.time);
        let since = match self.seen {
            Some((seen, since)) if seen == *camera => since,
            _ => now,
        };
        self.seen = Some((*camera, since));
        let due = match &self.shown {
            Some(painted) if painted.look == look => {
                due(&painted.camera, painted.reach(), camera, rect)
            }
            _ => Due::Now,
        };
        let left = since + REST_S - now;
        match due {
            Due::AtRest if left > 0.0 => {
                ui.ctx().request_repaint_after(Duration::from_secs_f64(left));
            }
            Due::Now | Due::AtRest => self.order(ui.ctx(), camera, look),
            Due::Never => {}
        }
        if let Some(painted) = &self.shown {
            let place = camera.frame(&painted.camera, painted.reach(), rect);
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            let image = Shape::image(painted.texture.id(), place, whole, Color32::WHITE);
            ui.painter_at(rect).add(image);
        }
    }

    /// Takes in what was painted since.
    fn receive(&mut self) {
        let Some(coming) = &self.coming else { return };
        match coming.try_recv() {
            Ok(painted) => (self.shown, self.coming) = (Some(painted), None),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => self.coming = None,
        }
    }

    /// Lets the view be painted, unless another is being painted: what is due then is ordered when that one is here.
    fn order(&mut self, context: &Context, camera: &Camera, look: Look) {
        if self.coming.is_some() {
            return;
        }
        let (sender, receiver) = channel();
        let (context, camera) = (context.clone(), *camera);
        let paint = move || {
            let image = look.paint(&camera);
            let texture = context.load_texture("map", image, TextureOptions::NEAREST);
            // Nobody waits for it any more where another run was opened.
            let _ = sender.send(Painted { texture, look, camera });
            context.request_repaint();
        };
        // Without a thread it is tried again at the next frame.
        if thread::Builder::new().name("map".to_owned()).spawn(paint).is_ok() {
            self.coming = Some(receiver);
        }
    }
}

impl Painted {
    /// How many times as far as the view it reaches.
    fn reach(&self) -> [f32; 2] {
        let (size, beyond) = (self.look.size, self.look.beyond());
        [0, 1].map(|axis| 1.0 + 2.0 * beyond[axis] as f32 / size[axis].max(1) as f32)
    }
}

/// When a picture that was painted for `painted` is to be painted for `camera`.
fn due(painted: &Camera, reach: [f32; 2], camera: &Camera, rect: Rect) -> Due {
    if camera == painted {
        return Due::Never;
    }
    // Where there is nothing to be seen, nothing is missing.
    let wanted = camera.home_frame(rect).intersect(rect);
    let is_covered =
        !wanted.is_positive() || camera.frame(painted, reach, rect).contains_rect(wanted);
    match is_covered && STRETCH.contains(&camera.enlargement(painted)) {
        true => Due::AtRest,
        false => Due::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::camera::tests::map;
    use eframe::egui::{RawInput, vec2};
    use std::time::Instant;

    const REACH: [f32; 2] = [1.5, 1.5];

    fn rect() -> Rect {
        Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 400.0))
    }

    fn camera() -> Camera {
        let mut camera = Camera::default();
        camera.settle(&map(&[[-3.0, 1.0], [5.0, 9.0]]));
        camera
    }

    fn look(points: &[[f32; 2]], size: [usize; 2]) -> Look {
        Look {
            map: Arc::new(map(points)),
            coloring: Coloring::Correct,
            sieve: Sieve::default(),
            gathered: Arc::new([]),
            palette: Palette::of(&Context::default()),
            size,
            scale: 1.0,
            largest: 4096,
        }
    }

    #[test]
    fn a_picture_is_painted_anew_at_rest_and_at_once_where_the_view_leaves_it() {
        let home = camera();
        let due_after = |change: &dyn Fn(&mut Camera)| {
            let mut painted = home;
            painted.zoom(4.0, rect().center(), rect());
            let mut now = painted;
            change(&mut now);
            due(&painted, REACH, &now, rect())
        };
        assert_eq!(due_after(&|_| {}), Due::Never);
        assert_eq!(due_after(&|camera| camera.drag(vec2(190.0, 0.0), rect())), Due::AtRest);
        assert_eq!(due_after(&|camera| camera.drag(vec2(210.0, 0.0), rect())), Due::Now);
        assert_eq!(due_after(&|camera| camera.drag(vec2(0.0, -110.0), rect())), Due::Now);
        let zoom = |factor: f32| due_after(&|camera| camera.zoom(factor, rect().center(), rect()));
        assert_eq!((zoom(1.5), zoom(0.8)), (Due::AtRest, Due::AtRest));
        assert_eq!((zoom(2.0), zoom(0.5)), (Due::Now, Due::Now));
        // All points are in the picture that is shown.
        let mut dragged = home;
        dragged.drag(vec2(600.0, 300.0), rect());
        assert_eq!(due(&home, REACH, &dragged, rect()), Due::AtRest);
    }

    #[test]
    fn a_picture_has_points_where_the_camera_sees_them_also_after_it_has_moved() {
        let points = [[-3.0, 1.0], [5.0, 9.0], [1.5, 4.0]];
        let look = look(&points, [800, 400]);
        let mut painted = camera();
        painted.zoom(1.3, pos2(300.0, 200.0), rect());
        let image = look.paint(&painted);
        assert_eq!(image.size, [1200, 600]);
        let mut camera = painted;
        camera.drag(vec2(37.0, -21.0), rect());
        camera.zoom(1.2, pos2(512.0, 140.0), rect());
        let place = camera.frame(&painted, REACH, rect());
        for at in points {
            let pixel = |at: [f32; 2]| {
                let share = (camera.screen(at, rect()) - place.min) / place.size();
                [(share.x * 1200.0) as usize, (share.y * 600.0) as usize]
            };
            let [x, y] = pixel(at);
            assert_ne!(image.pixels[y * 1200 + x], Color32::TRANSPARENT, "{at:?}");
        }
        let n = image.pixels.iter().filter(|pixel| **pixel != Color32::TRANSPARENT).count();
        assert_eq!(n, 3 * (7 * 7 - 4));
    }

    #[test]
    fn a_picture_is_kept_while_the_camera_moves_and_painted_anew_when_it_rests() {
        let (context, look) = (Context::default(), look(&[[-3.0, 1.0], [5.0, 9.0]], [800, 400]));
        let frame = |canvas: &mut Canvas, camera: &Camera, time: f64| {
            let input = RawInput { time: Some(time), ..RawInput::default() };
            let _ = context.run_ui(input, |ui| canvas.show(ui, rect(), camera, look.clone()));
        };
        // Paints until nothing is on its way, and says what is shown then.
        let settled = |canvas: &mut Canvas, camera: &Camera, time: f64| {
            let began = Instant::now();
            loop {
                frame(canvas, camera, time);
                if canvas.coming.is_none() {
                    let painted = canvas.shown.as_ref().unwrap();
                    return (painted.texture.id(), painted.camera);
                }
                assert!(began.elapsed() < Duration::from_secs(60), "it is never painted");
                thread::sleep(Duration::from_millis(1));
            }
        };
        let (mut canvas, mut camera) = (Canvas::default(), camera());
        let (first, seen) = settled(&mut canvas, &camera, 0.0);
        assert_eq!(seen, camera);
        for i in 1..=10 {
            camera.drag(vec2(5.0, 2.0), rect());
            frame(&mut canvas, &camera, f64::from(i) * 0.1);
            assert!(canvas.coming.is_none(), "it was painted while the camera moved");
            assert_eq!(canvas.shown.as_ref().unwrap().texture.id(), first);
        }
        frame(&mut canvas, &camera, 1.1);
        assert!(canvas.coming.is_none(), "it was painted before the camera rested");
        let (second, seen) = settled(&mut canvas, &camera, 1.2);
        assert!(second != first && seen == camera);
    }

    #[test]
    fn a_picture_is_no_larger_than_what_can_be_shown() {
        let look = Look { largest: 1000, ..look(&[[0.0, 0.0]], [800, 400]) };
        assert_eq!(look.beyond(), [100, 100]);
    }
}
