//! A score → sound at the model's rate, by whichever synthesiser there is.

use std::path::Path;

use super::dice::Dice;
use super::room::Room;
use super::score::Score;
use super::sound_font::{self, Samples, SoundFontError};
use super::{ClipSeed, built_in};
use crate::audio::{Waveform, resample};
use crate::files::Sha256Digest;

/// The rate of a clip, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 24_000;

/// What turns notes into sound.
#[derive(Debug)]
pub enum Renderer {
    /// The samples of a SoundFont.
    SoundFont(Samples),
    /// Formulas, which need no file.
    BuiltIn,
}

/// Where Debian's packages of SoundFonts put them, the best one first.
const INSTALLED: [&str; 3] = [
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
];

/// What is asked for in place of a SoundFont to have the built-in synthesiser.
const NO_FILE: &str = "none";

impl Renderer {
    /// The synthesiser that was asked for, `none` for the one that needs no file, or the best there is.
    ///
    /// # Errors
    /// The SoundFont cannot be read or is none.
    pub fn choose(wanted: Option<&Path>) -> Result<Self, SoundFontError> {
        let installed = || INSTALLED.iter().map(Path::new).find(|path| path.is_file());
        match wanted.or_else(installed) {
            Some(path) if path != Path::new(NO_FILE) => Ok(Self::SoundFont(Samples::open(path)?)),
            _ => Ok(Self::BuiltIn),
        }
    }

    /// The name of the SoundFont, or `built-in`.
    pub fn name(&self) -> &str {
        match self {
            Self::SoundFont(font) => &font.name,
            Self::BuiltIn => "built-in",
        }
    }

    /// The digest of the SoundFont.
    pub fn sha256(&self) -> Option<Sha256Digest> {
        match self {
            Self::SoundFont(font) => Some(font.sha256),
            Self::BuiltIn => None,
        }
    }

    /// The sound of a score in a room that `seed` decides: mono, [`Score::seconds`] long, never clipped.
    ///
    /// A function of its arguments alone, whatever thread computes it.
    pub fn render(&self, score: &Score, seed: &ClipSeed) -> Waveform {
        let mut dice = Dice::of_sound(seed);
        let mut samples = match self {
            Self::SoundFont(font) => {
                resample(&font.play(score), sound_font::SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
            }
            Self::BuiltIn => built_in::play(score, &mut dice),
        };
        let rate_hz = f64::from(SAMPLE_RATE_HZ);
        for signal in &score.signals {
            signal.add_to(&mut samples, rate_hz, &mut dice);
        }
        Room::any(&mut dice).record(&mut samples, rate_hz, &mut dice);
        Waveform { samples, sample_rate_hz: SAMPLE_RATE_HZ }
    }
}
