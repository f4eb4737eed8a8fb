//! What is shown, to be taken along: a table as CSV, a part of the window as PNG, a figure of it as SVG.

use std::path::PathBuf;
use std::{fmt, io};

use eframe::egui::{Button, ColorImage, Context, Rect, Ui};

use super::desk::{Ask, Desk};
use super::state::State;
use super::table::Table;
use super::words::command;
use crate::exports::plots::{Figure, Look, PlotError};

/// Frames until a menu that covered what is to be taken is gone.
const N_FRAMES: u8 = 3;

/// A part of the window that is to be saved.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    rect: Rect,
    path: PathBuf,
    /// Frames to wait.
    wait: u8,
}

/// What is to be written, and what it is.
#[derive(Debug)]
pub(super) enum Content {
    /// As it is.
    Text(String),
    /// As PNG.
    Image(ColorImage),
    /// As SVG.
    Figure(Drawing),
}

/// A figure for a white page, to be drawn where nobody waits for it.
pub(super) struct Drawing(Box<Draw>);

type Draw = dyn FnOnce() -> Result<String, PlotError> + Send;

impl Drawing {
    /// Of a figure that holds all that it shows.
    pub(super) fn of(figure: impl Figure + Send + 'static) -> Self {
        Self(Box::new(move || figure.svg(Look::Light)))
    }

    /// Of a small one that borrows what it shows: it is drawn now.
    pub(super) fn now(figure: &impl Figure) -> Self {
        let drawn = figure.svg(Look::Light);
        Self(Box::new(move || drawn))
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawing")
    }
}

/// What is shown as figures, with their names.
pub(super) type Figures<'a> = &'a dyn Fn() -> Vec<(&'static str, Drawing)>;

/// Where there is no figure of what is shown.
pub(super) const NO_FIGURES: Option<Figures<'static>> = None;

/// A menu that gives away what is shown at `rect`, the same as a table, and the command that says it: what stands before the
/// run, and what after it.
pub(super) fn menu(
    ui: &mut Ui,
    state: &mut State,
    rect: Rect,
    says: Option<(&[&str], &[&str])>,
    figures: Option<Figures<'_>>,
    table: impl FnOnce() -> Table,
) {
    let Some(run) = state.run.clone() else { return };
    // What is out of sight cannot be taken.
    let rect = rect.intersect(ui.ctx().content_rect());
    ui.menu_button("Export", |ui| {
        if let Some((before, after)) = says
            && ui.button("Copy as command").clicked()
        {
            let path = run.path.display().to_string();
            let words = before.iter().copied().chain([path.as_str()]).chain(after.iter().copied());
            ui.ctx().copy_text(command(words.map(str::to_owned)));
            state.notice = Some("Copied a command".to_owned());
            ui.close();
        }
        let copies = ui.button("Copy as CSV").clicked();
        let saves = ui.button("Save as CSV").clicked();
        let pictures = ui.add_enabled(rect.is_positive(), Button::new("Save as PNG")).clicked();
        let svg = figures.filter(|_| ui.button("Save as SVG").clicked());
        if let Some(figures) = svg {
            state.saves.extend(figures().into_iter().map(|(name, drawing)| {
                let path = run.exports.join(name).with_extension("svg");
                (path, Content::Figure(drawing))
            }));
            ui.close();
        }
        if !(copies || saves || pictures) {
            return;
        }
        let table = table();
        let path = |ending: &str| run.exports.join(&table.name).with_extension(ending);
        if copies {
            ui.ctx().copy_text(table.csv());
            state.notice = Some(format!("Copied {} rows", table.rows.len()));
        }
        if saves {
            state.saves.push((path("csv"), Content::Text(table.csv())));
        }
        if pictures {
            state.picture = Some(Picture { rect, path: path("png"), wait: N_FRAMES });
        }
        ui.close();
    });
}

/// Takes a picture that is due, and gives what is to be saved to the desk; once a frame.
pub(super) fn save(context: &Context, state: &mut State, desk: &Desk) {
    state.saves.drain(..).for_each(|(path, content)| desk.ask(Ask::Save(path, content)));
    let Some(picture) = &mut state.picture else { return };
    picture.wait = picture.wait.saturating_sub(1);
    context.request_repaint();
    if picture.wait > 0 {
        return;
    }
    if let Some(Picture { rect, path, .. }) = state.picture.take() {
        let scale = context.pixels_per_point();
        let asks = desk.asks();
        context.request_screenshot(move |image| {
            let part = image.region(&rect, Some(scale));
            // The desk ends only with the window.
            let _ = asks.send(Ask::Save(path, Content::Image(part)));
        });
    }
}

/// What is written for it.
pub(super) fn bytes(content: Content) -> io::Result<Vec<u8>> {
    match content {
        Content::Text(text) => Ok(text.into_bytes()),
        Content::Figure(Drawing(draw)) => draw().map(String::into_bytes).map_err(io::Error::other),
        Content::Image(image) => {
            let [width, height] = image.size.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, width, height);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            let pixels: Vec<u8> =
                image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
            encoder.write_header()?.write_image_data(&pixels)?;
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::Color32;

    use super::*;

    #[test]
    fn a_picture_is_written_pixel_for_pixel() {
        let mut image = ColorImage::filled([5, 3], Color32::from_rgb(1, 2, 3));
        image.pixels[7] = Color32::from_rgb(200, 100, 50);
        let bytes = bytes(Content::Image(image)).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!((reader.info().width, reader.info().height), (5, 3));
        assert_eq!(pixels[..3], [1, 2, 3]);
        assert_eq!(pixels[21..24], [200, 100, 50]);
    }
}
