//! Sounds side by side, as mel spectrograms.

use plotters::backend::DrawingBackend;

use super::figure::{Draw, Placed};
use super::pen::{Anchor, BELOW_HEADING, MARGIN, NAME_PX, Pen};
use super::text::fitted;
use super::{Ink, Picture, PlotError};

/// Width and height of a spectrogram.
const TILE: [f64; 2] = [150.0, 96.0];
/// Room for its name.
const NAME: f64 = 20.0;
/// Between tiles.
const GAP: f64 = 10.0;
/// The most tiles of a row.
const COLUMNS: usize = 8;

/// One sound of a [`SoundsFigure`].
#[derive(Debug, Clone, PartialEq)]
pub struct SoundTile {
    /// What it is called.
    pub name: String,
    /// What it belongs to: another group begins another row.
    pub group: usize,
    /// Its spectrogram.
    pub picture: Picture,
}

/// Mel spectrograms in rows, one class after the other.
#[derive(Debug, Clone, Copy)]
pub struct SoundsFigure<'a> {
    /// The sounds, those of a group together.
    pub sounds: &'a [SoundTile],
    /// How long each lasts, in seconds.
    pub seconds: f64,
    /// The highest frequency shown, in Hz.
    pub highest_hz: f64,
}

impl SoundsFigure<'_> {
    /// Left and top of each sound's tile, and how many columns and rows there are.
    fn places(&self) -> (Vec<(f64, f64)>, usize, usize) {
        let mut places = Vec::new();
        let (mut row, mut column, mut n_columns) = (0, 0, 1);
        for (i, sound) in self.sounds.iter().enumerate() {
            let is_other = i > 0 && self.sounds[i - 1].group != sound.group;
            if is_other || column == COLUMNS {
                (row, column) = (row + 1, 0);
            }
            let x = MARGIN + column as f64 * (TILE[0] + GAP);
            let y = BELOW_HEADING + row as f64 * (TILE[1] + NAME + GAP);
            places.push((x, y));
            column += 1;
            n_columns = n_columns.max(column);
        }
        (places, n_columns, row + 1)
    }
}

impl Draw for SoundsFigure<'_> {
    fn size(&self) -> (u32, u32) {
        let (_, n_columns, n_rows) = self.places();
        let width = 2.0 * MARGIN + n_columns as f64 * (TILE[0] + GAP) - GAP;
        let height = BELOW_HEADING + n_rows as f64 * (TILE[1] + NAME + GAP) - GAP + MARGIN;
        (width.max(470.0) as u32, height as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Result<(), PlotError> {
        let note = format!(
            "Mel spectrograms: {:.1} s to the right, 0 to {:.1} kHz upward",
            self.seconds,
            self.highest_hz / 1e3
        );
        pen.heading("The prototypes as sound", &note)?;
        let (places, ..) = self.places();
        for (sound, (x, y)) in self.sounds.iter().zip(places) {
            let name = fitted(&sound.name, NAME_PX, TILE[0]);
            pen.text(&name, (x, y + NAME / 2.0), (NAME_PX, Ink::Text), Anchor::Left)?;
        }
        Ok(())
    }

    fn pictures(&self) -> Vec<Placed<'_>> {
        let (places, ..) = self.places();
        let tiles = self.sounds.iter().zip(places);
        tiles.map(|(sound, (x, y))| ([x, y + NAME, TILE[0], TILE[1]], &sound.picture)).collect()
    }
}
