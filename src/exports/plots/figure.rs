//! A figure → SVG or PNG.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use plotters::backend::DrawingBackend;
use plotters::drawing::IntoDrawingArea as _;
use plotters::prelude::{BitMapBackend, SVGBackend};

use png::{BitDepth, ColorType, Compression, Encoder, PixelDimensions, Unit};

use super::pen::Pen;
use super::{Ink, Look, Picture, PlotError, text};

/// Pixels of a PNG where the SVG has one.
const PNG_SCALE: u32 = 2;
/// Dots a meter of a PNG: 96 an inch, times the scale.
const DOTS_PER_METER: u32 = 7559;

/// An image and where it is in a figure: left, top, width and height.
pub(super) type Placed<'a> = ([f64; 4], &'a Picture);

/// Many equal dots of one color. An SVG holds them as one path, whose places are exact to a tenth of a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dots {
    /// Red, green and blue.
    pub(super) color: (u8, u8, u8),
    /// From 0 to 1.
    pub(super) opacity: f64,
    /// In points.
    pub(super) diameter: f64,
    /// Centers, in points of the figure.
    pub(super) at: Vec<[f32; 2]>,
}

impl Dots {
    /// Lines of no length with round ends: a dozen bytes for each dot.
    fn svg(&self) -> String {
        let Self { color: (r, g, b), opacity, diameter, at } = self;
        let mut path = format!(
            "<path fill=\"none\" stroke=\"#{r:02X}{g:02X}{b:02X}\" stroke-width=\"{diameter}\" \
             stroke-linecap=\"round\" opacity=\"{opacity}\" d=\""
        );
        for [x, y] in at {
            let _ = write!(path, "M{} {}h0", tenths(*x), tenths(*y));
        }
        path + "\"/>\n"
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let Self { color, opacity, diameter, at } = self;
        at.iter().try_for_each(|at| pen.dot(at.map(f64::from), *diameter, *color, *opacity))
    }
}

/// A number to a tenth, with no digit that says nothing.
fn tenths(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

/// How a figure is drawn; kept apart, so that nobody else need know what with.
pub(super) trait Draw {
    /// Width and height, in points.
    fn size(&self) -> (u32, u32);

    /// Draws everything but images.
    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError>;

    /// Dots, over what is drawn.
    fn dots(&self) -> Vec<Dots> {
        Vec::new()
    }

    /// Draws what stands above dots.
    fn draw_above<DB: DrawingBackend>(&self, _pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        Ok(())
    }

    /// Images, each over what is drawn.
    fn pictures(&self) -> Vec<Placed<'_>> {
        Vec::new()
    }
}

/// A figure.
pub trait Figure {
    /// The figure as SVG.
    ///
    /// # Errors
    /// It cannot be drawn.
    fn svg(&self, look: Look) -> Result<String, PlotError>;

    /// The figure as PNG on white, with two pixels for each point.
    ///
    /// # Errors
    /// It cannot be drawn or encoded.
    fn png(&self) -> Result<Vec<u8>, PlotError>;
}

impl<T: Draw> Figure for T {
    fn svg(&self, look: Look) -> Result<String, PlotError> {
        text::ready()?;
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, self.size()).into_drawing_area();
        if look != Look::Page {
            area.fill(&Ink::Ground.color(look))?;
        }
        self.draw(&Pen::new(&area, look, 1.0))?;
        area.present()?;
        drop(area);
        let end = svg.rfind("</svg>").unwrap_or(svg.len());
        let mut images = String::new();
        for ([x, y, width, height], picture) in self.pictures() {
            let data = BASE64_STANDARD.encode(picture.png()?);
            images += &format!(
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
                 href=\"data:image/png;base64,{data}\"/>\n"
            );
        }
        let dots: String = self.dots().iter().map(Dots::svg).collect();
        let mut above = String::new();
        // Nothing stands above where there is nothing beneath.
        if !dots.is_empty() {
            let area = SVGBackend::with_string(&mut above, self.size()).into_drawing_area();
            self.draw_above(&Pen::new(&area, look, 1.0))?;
            area.present()?;
        }
        svg.insert_str(end, &(dots + &above + &images));
        Ok(look.finish(svg))
    }

    fn png(&self) -> Result<Vec<u8>, PlotError> {
        text::ready()?;
        let (width, height) = self.size();
        let (width, height) = (width * PNG_SCALE, height * PNG_SCALE);
        let mut pixels = vec![0; 3 * width as usize * height as usize];
        let scale = f64::from(PNG_SCALE);
        {
            let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
            let area = backend.into_drawing_area();
            area.fill(&Ink::Ground.color(Look::Light))?;
            let pen = Pen::new(&area, Look::Light, scale);
            self.draw(&pen)?;
            self.dots().iter().try_for_each(|dots| dots.draw(&pen))?;
            self.draw_above(&pen)?;
            area.present()?;
        }
        for (place, picture) in self.pictures() {
            paint(&mut pixels, (width, height), place.map(|points| points * scale), picture);
        }
        encode(&pixels, (width, height))
    }
}

/// Paints an image over pixels, each of which takes the color of the nearest of its own.
fn paint(pixels: &mut [u8], (width, height): (u32, u32), place: [f64; 4], picture: &Picture) {
    let [left, top, right, bottom] =
        [place[0], place[1], place[0] + place[2], place[1] + place[3]].map(f64::round);
    for y in top.max(0.0) as u32..(bottom as u32).min(height) {
        for x in left.max(0.0) as u32..(right as u32).min(width) {
            let at = |at: u32, from: f64, to: f64| (f64::from(at) + 0.5 - from) / (to - from);
            let color = picture.at(at(x, left, right), at(y, top, bottom));
            let first = 3 * (y as usize * width as usize + x as usize);
            pixels[first..first + 3].copy_from_slice(&<[u8; 3]>::from(color));
        }
    }
}

fn encode(pixels: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, PlotError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    let (xppu, yppu) = (DOTS_PER_METER, DOTS_PER_METER);
    encoder.set_pixel_dims(Some(PixelDimensions { xppu, yppu, unit: Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
