//! A spectrogram as an image.

use png::{BitDepth, ColorType, Compression, Encoder};

use super::PlotError;
use crate::audio::MelSpectrogram;

/// An image of levels, shown by a scale that is even to the eye and falls to black and white well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    /// `[y, x]`, row-major, the top first.
    levels: Vec<u8>,
}

impl Picture {
    /// Time to the right, high bands above.
    pub fn of_mel(mel: &MelSpectrogram) -> Self {
        let (width, height) = (mel.n_frames, mel.n_mels);
        let level = |y: usize, x: usize| {
            let shade = MelSpectrogram::shade(mel.db[x * height + height - 1 - y]);
            (shade * 255.0).round() as u8
        };
        let levels = (0..height).flat_map(|y| (0..width).map(move |x| level(y, x))).collect();
        Self { width, height, levels }
    }

    /// Pixels from left to right, and from top to bottom.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The color at a place from 0 to 1, from the left and from the top.
    pub(super) fn at(&self, x: f64, y: f64) -> (u8, u8, u8) {
        let place = |at: f64, n: usize| ((at * n as f64) as usize).min(n.saturating_sub(1));
        let index = place(y, self.height) * self.width + place(x, self.width);
        color(self.levels.get(index).copied().unwrap_or_default())
    }

    /// The image as PNG with a palette.
    ///
    /// # Errors
    /// It has no pixels, or more than PNG allows.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        let palette: Vec<u8> =
            (0..=u8::MAX).flat_map(|level| <[u8; 3]>::from(color(level))).collect();
        encoder.set_palette(palette);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.levels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

fn color(level: u8) -> (u8, u8, u8) {
    let color = colorous::MAGMA.eval_continuous(f64::from(level) / 255.0);
    (color.r, color.g, color.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_bands_are_above_and_time_goes_right() {
        // Two frames of three bands: silence, then a sound in the highest.
        let db = vec![-80.0, -80.0, -80.0, -80.0, -80.0, 0.0];
        let picture = Picture::of_mel(&MelSpectrogram { db, n_frames: 2, n_mels: 3 });
        assert_eq!(picture.size(), (2, 3));
        assert_eq!(picture.levels, [0, 255, 0, 0, 0, 0]);
        assert_eq!(picture.at(0.9, 0.1), color(255));
        assert_eq!(picture.at(0.1, 0.1), color(0));
        assert_eq!(picture.at(1.0, 1.0), color(0));
        let mut reader =
            png::Decoder::new(std::io::Cursor::new(picture.png().unwrap())).read_info().unwrap();
        let mut levels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut levels).unwrap();
        let brightest = reader.info().palette.as_ref().unwrap()[3 * 255..].to_vec();
        assert_eq!((reader.info().width, reader.info().height), (2, 3));
        assert_eq!(brightest, <[u8; 3]>::from(color(255)));
    }
}
