//! Mel spectrograms as textures.

use eframe::egui::{Color32, ColorImage, Painter, Rect, Shape, Stroke, TextureId, pos2};

use crate::audio::MelSpectrogram;

/// Time to the right, high bands above; loudness by a scale that is even to the eye and falls to black and white well.
pub(in crate::gui) fn spectrogram_image(mel: &MelSpectrogram) -> ColorImage {
    let color = |db: f32| {
        let color = colorous::MAGMA.eval_continuous(f64::from(MelSpectrogram::shade(db)));
        Color32::from_rgb(color.r, color.g, color.b)
    };
    let (width, height) = (mel.n_frames, mel.n_mels);
    let at = |y: usize, x: usize| color(mel.db[x * height + height - 1 - y]);
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    let pixels = pixels.map(|(y, x)| at(y, x)).collect();
    ColorImage::new([width, height], pixels)
}

/// Paints a texture over a rectangle, and a line where the sound is, from 0 to 1.
pub(in crate::gui) fn spectrogram(
    painter: &Painter,
    rect: Rect,
    texture: TextureId,
    tint: Color32,
    playhead: Option<f32>,
) {
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.add(Shape::image(texture, rect, whole, tint));
    if let Some(at) = playhead {
        let x = rect.left() + at.clamp(0.0, 1.0) * rect.width();
        // White on black is seen on any color of the picture.
        painter.vline(x, rect.y_range(), Stroke::new(3.0, Color32::BLACK));
        painter.vline(x, rect.y_range(), Stroke::new(1.5, Color32::WHITE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_is_bright_and_high_is_above() {
        let db = vec![-80.0, -10.0, -80.0, -80.0];
        let image = spectrogram_image(&MelSpectrogram { db, n_frames: 2, n_mels: 2 });
        let light = |x: usize, y: usize| {
            let pixel = image.pixels[y * 2 + x];
            u32::from(pixel.r()) + u32::from(pixel.g()) + u32::from(pixel.b())
        };
        assert!(light(0, 0) > 600 && light(0, 1) < 20 && light(1, 0) < 20);
    }
}
