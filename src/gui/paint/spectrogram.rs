//! Sounds as textures: a mel spectrogram, and the outline of its waveform beneath.

use eframe::egui::{
    Color32, ColorImage, Context, Painter, Rect, Shape, Stroke, TextureHandle, TextureOptions,
    lerp, pos2,
};

use crate::audio::MelSpectrogram;

/// Rows of the outline, as a share of those of the spectrogram.
const STRIP: f32 = 0.25;
/// What the outline is painted with, on black.
const OUTLINE: Color32 = Color32::from_gray(0xC8);
/// Of the outline's height, what its peak takes.
const PEAK: f32 = 0.96;

/// A sound to be seen. Both of its parts are in one texture, so that they cost as much as one.
pub(in crate::gui) struct SoundPicture {
    texture: TextureHandle,
    /// Where the spectrogram ends, from 0 to 1.
    mel_ends: f32,
}

impl SoundPicture {
    /// Loads a picture; `outline` has the smallest and the largest sample of each frame of `mel`.
    pub(in crate::gui) fn load(
        context: &Context,
        name: String,
        mel: &MelSpectrogram,
        outline: &[(f32, f32)],
    ) -> Self {
        let image = image(mel, outline);
        // What is mixed with its neighbor, the outline's first row, is not shown.
        let mel_ends = (mel.n_mels as f32 - 0.5) / image.height().max(1) as f32;
        Self { texture: context.load_texture(name, image, TextureOptions::LINEAR), mel_ends }
    }

    /// The spectrogram above the outline.
    pub(in crate::gui) fn whole(&self, rect: Rect, tint: Color32) -> Shape {
        self.part(1.0, rect, tint)
    }

    /// The spectrogram alone.
    pub(in crate::gui) fn mel(&self, rect: Rect) -> Shape {
        self.part(self.mel_ends, rect, Color32::WHITE)
    }

    fn part(&self, ends: f32, rect: Rect, tint: Color32) -> Shape {
        let part = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, ends));
        Shape::image(self.texture.id(), rect, part, tint)
    }
}

/// Paints the spectrogram over a rectangle, and a line where the sound is, from 0 to 1.
pub(in crate::gui) fn spectrogram(
    painter: &Painter,
    rect: Rect,
    picture: &SoundPicture,
    playhead: Option<f32>,
) {
    painter.add(picture.mel(rect));
    painter.extend(playhead.into_iter().flat_map(|at| playhead_lines(rect, at)));
}

/// A line where the sound is, from 0 to 1: white on black is seen on any color of a picture.
pub(in crate::gui) fn playhead_lines(rect: Rect, at: f32) -> [Shape; 2] {
    let x = lerp(rect.x_range(), at.clamp(0.0, 1.0));
    let line = |width, color| Shape::vline(x, rect.y_range(), Stroke::new(width, color));
    [line(3.0, Color32::BLACK), line(1.5, Color32::WHITE)]
}

/// Time to the right, high bands above; loudness by a scale that is even to the eye and falls to black and white well. Below,
/// after a black row, the outline, as tall as its peak allows.
fn image(mel: &MelSpectrogram, outline: &[(f32, f32)]) -> ColorImage {
    let color = |db: f32| {
        let color = colorous::MAGMA.eval_continuous(f64::from(MelSpectrogram::shade(db)));
        Color32::from_rgb(color.r, color.g, color.b)
    };
    let (width, height) = (mel.n_frames, mel.n_mels);
    let at = |y: usize, x: usize| color(mel.db[x * height + height - 1 - y]);
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    let mut pixels: Vec<Color32> = pixels.map(|(y, x)| at(y, x)).collect();
    pixels.resize(pixels.len() + width, Color32::BLACK);

    let n_rows = ((height as f32 * STRIP) as usize).max(1);
    let peak = outline.iter().fold(1e-3_f32, |peak, (low, high)| peak.max(-low).max(*high));
    let y = |value: f32| (1.0 - value / peak * PEAK) * n_rows as f32 / 2.0;
    for row in 0..n_rows {
        let (top, bottom) = (row as f32, row as f32 + 1.0);
        pixels.extend((0..width).map(|x| {
            let (low, high) = outline.get(x).copied().unwrap_or_default();
            // Silence is a line, too.
            let covered = bottom.min(y(low) + 0.5) - top.max(y(high) - 0.5);
            Color32::BLACK.lerp_to_gamma(OUTLINE, covered.clamp(0.0, 1.0))
        }));
    }
    ColorImage::new([width, height + 1 + n_rows], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(image: &ColorImage, x: usize, y: usize) -> u32 {
        let pixel = image.pixels[y * image.width() + x];
        u32::from(pixel.r()) + u32::from(pixel.g()) + u32::from(pixel.b())
    }

    #[test]
    fn loud_is_bright_and_high_is_above() {
        let db = vec![-80.0, -10.0, -80.0, -80.0];
        let image = image(&MelSpectrogram { db, n_frames: 2, n_mels: 2 }, &[]);
        assert!(light(&image, 0, 0) > 600 && light(&image, 0, 1) < 20);
        assert!(light(&image, 1, 0) < 20);
    }

    #[test]
    fn beneath_it_stands_an_outline_that_is_tall_where_the_sound_is_loud() {
        let mel = MelSpectrogram { db: vec![-80.0; 3 * 80], n_frames: 3, n_mels: 80 };
        let image = image(&mel, &[(-0.2, 0.2), (0.0, 0.1), (0.0, 0.0)]);
        assert_eq!(image.size, [3, 80 + 1 + 20]);
        let tall = |x: usize, rows: std::ops::Range<usize>| {
            rows.filter(|y| light(&image, x, *y) > 200).count()
        };
        let (above, below) = (81..91, 91..101);
        assert_eq!((tall(0, above.clone()), tall(0, below.clone())), (10, 10));
        assert!((4..=6).contains(&tall(1, above)) && tall(1, below) <= 1);
        assert!((1..=2).contains(&tall(2, 81..101)));
        assert_eq!((0..3).map(|x| tall(x, 0..81)).sum::<usize>(), 0, "it stays beneath");
    }
}
