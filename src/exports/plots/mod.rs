//! Figures: numbers → SVG and PNG, the same bytes every time.
//!
//! ```text
//! numbers ─▶ Figure ─ draw ─▶ Pen ─┬─▶ SVG   for a page, in the page's colors, or by itself on white
//!                                  └─▶ PNG   two pixels where the SVG has one
//! ```
//!
//! A figure is drawn once for both: it knows sizes in points of the SVG and inks by what they mean. Text in a PNG is set in the
//! font of the window; an SVG asks for whatever sans-serif its reader has.

mod account;
mod axes;
mod classes;
mod confusion;
mod curves;
mod error;
mod figure;
mod ink;
mod map;
mod pen;
mod picture;
mod reliability;
mod sounds;
mod text;
mod waveform;
mod weights;

pub use account::{AccountFigure, AccountStep};
pub use classes::ClassesFigure;
pub use confusion::ConfusionFigure;
pub use curves::{Curve, CurvesFigure};
pub use error::PlotError;
pub use figure::Figure;
pub use ink::{Ink, Look, page_palette};
pub use map::{MapFigure, MapMark, MapSeries};
pub use picture::Picture;
pub use reliability::ReliabilityFigure;
pub use sounds::{SoundTile, SoundsFigure};
pub use waveform::WaveformFigure;
pub use weights::{WeightColumn, WeightsFigure};
