//! Many points as one picture: what is painted costs the same for a hundred thousand of them as for a hundred.

use eframe::egui::{Color32, ColorImage};

/// A point, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dot {
    /// From the upper left corner.
    pub(super) at: [f32; 2],
    /// Opaque.
    pub(super) color: Color32,
    /// Others are faint.
    pub(super) is_strong: bool,
}

/// How much a faint point covers.
const FAINT: f32 = 0.18;

/// Paints dots of `side` pixels over each other, later ones above; where none is, nothing.
pub(super) fn picture(
    dots: impl Iterator<Item = Dot>,
    [width, height]: [usize; 2],
    side: usize,
) -> ColorImage {
    let mut image = ColorImage::filled([width, height], Color32::TRANSPARENT);
    let size = side.max(1) as i32;
    for Dot { at, color, is_strong } in dots {
        let [x, y] = at.map(|x| x.round() as i32 - size / 2);
        let color = if is_strong { color } else { color.gamma_multiply(FAINT) };
        let columns = x.max(0)..(x + size).min(width as i32);
        for row in y.max(0)..(y + size).min(height as i32) {
            for column in columns.clone() {
                // Corners are left out, so that dots look round.
                let is_edge = |at: i32, from: i32| at == from || at == from + size - 1;
                if size > 2 && is_edge(row, y) && is_edge(column, x) {
                    continue;
                }
                let pixel = &mut image.pixels[row as usize * width + column as usize];
                *pixel = if is_strong { color } else { pixel.blend(color) };
            }
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_where_they_are_and_those_outside_are_cut() {
        let dot = |x: f32, y: f32| Dot { at: [x, y], color: Color32::RED, is_strong: true };
        let image =
            picture([dot(4.0, 2.0), dot(-50.0, 3.0), dot(9.6, 5.0)].into_iter(), [10, 6], 3);
        let red = |x: usize, y: usize| image.pixels[y * 10 + x] == Color32::RED;
        assert!(red(4, 2) && red(3, 2) && red(4, 3) && !red(3, 1) && red(9, 5));
        assert_eq!(image.pixels.iter().filter(|pixel| **pixel == Color32::RED).count(), 5 + 1);
    }
}
