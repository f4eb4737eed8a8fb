//! Music made by rules: a seed → a score → sound, to try the program on and to train on without anybody's recordings.
//!
//! ```text
//! (seed, domain, class, index) ── ClipSeed ──▶ Collection::compose ──▶ Score ──▶ Renderer::render ──▶ PCM, 24 kHz
//!                                              rules, chance           notes     synthesiser, room
//! ```
//!
//! The score comes from chance alone, not from the synthesiser; so the same seed gives the same notes by whatever samples
//! they are heard.

mod built_in;
mod collection;
mod corpus;
mod dice;
mod genres;
mod instruments;
mod phrase;
mod program;
mod renderer;
mod room;
mod scale;
mod score;
mod seed;
mod signal;
mod sound_font;

pub use collection::Collection;
pub use renderer::{Renderer, SAMPLE_RATE_HZ};
pub use score::{Instrument, Note, Part, Score, Swell, Vibrato};
pub use seed::{ClipSeed, Domain};
pub use signal::Signal;
pub use sound_font::{Samples, SoundFontError};
