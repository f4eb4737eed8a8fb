//! The window: what is heard and seen of a run, and the changes that somebody makes to it.
//!
//! ```text
//! studio::session ◀─ Ask ─ desk ─ Told ─▶ hear ─▶ State ─▶ views, painted sixty times a second
//! playback        ◀──────────────────────────── fulfil ◀─ Wish ──┘
//! ```
//!
//! Views read the state and leave wishes, which are fulfilled after the frame. Nothing that computes or
//! reads a disk runs on the window's thread.

mod banner;
mod desk;
mod evaluate;
mod export;
mod fulfil;
mod hear;
mod home;
mod inspect;
mod kept;
mod keys;
mod map;
mod paint;
mod path_field;
mod player_bar;
mod problems;
mod prototypes;
mod rail;
mod settings;
mod shelf;
mod state;
mod studio;
mod table;
mod theme;
mod top_bar;
mod train;
mod wish;
mod words;

use std::path::PathBuf;

use eframe::egui;

pub use studio::Studio;

use crate::models::Library;
use crate::playback::{Microphone, Speakers};

/// What the window opens with.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// A run to open.
    pub run: Option<PathBuf>,
    /// Audio to look at in it.
    pub audio: Vec<PathBuf>,
    /// Where runs live.
    pub runs: PathBuf,
    /// Where models live; without it nothing can be heard or rendered anew.
    pub library: Option<Library>,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot open a window ({0}); it wants a desktop session and OpenGL, on a server try `xvfb-run`"
)]
pub struct GuiError(String);

/// Opens the window, and returns when it is closed.
///
/// # Errors
/// There is no display, or no OpenGL on it.
pub fn run(opening: Opening) -> Result<(), GuiError> {
    let start = move |context: &eframe::CreationContext<'_>| {
        let devices = (Speakers::of_machine(), Microphone::of_machine());
        Ok::<Box<dyn eframe::App>, _>(Box::new(Studio::new(context, opening, devices)))
    };
    eframe::run_native("pecmae", options(), Box::new(start))
        .map_err(|error| GuiError(error.to_string()))
}

/// How the window is opened.
pub fn options() -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title("PECMAE Studio")
        .with_app_id("pecmae")
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([960.0, 600.0])
        .with_drag_and_drop(true);
    // All colors are flat, so that there is nothing to dither; every pixel would cost more where a processor paints.
    eframe::NativeOptions { viewport, dithering: false, ..eframe::NativeOptions::default() }
}
