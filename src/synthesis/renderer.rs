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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::{Collection, Domain};

    #[test]
    fn every_class_sounds_from_the_start_and_is_not_clipped_by_the_built_in_synthesiser() {
        for collection in [Collection::Instruments, Collection::Genres] {
            for (class, name) in collection.class_names().into_iter().enumerate() {
                let seed = ClipSeed::new(5, Domain::Test, name, 0);
                let score = collection.compose(class, &seed);
                let sound = Renderer::BuiltIn.render(&score, &seed);
                assert_eq!(sound.duration_secs(), collection.clip_seconds(), "{name}");
                let samples = &sound.samples;
                let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
                assert!((0.25..0.9).contains(&peak), "{name}: {peak}");
                let rms = |part: &[f32]| {
                    let power = part.iter().map(|sample| f64::from(sample * sample)).sum::<f64>();
                    (power / part.len() as f64).sqrt()
                };
                assert!(rms(samples) > 0.01 * f64::from(peak), "{name}");
                let n_silent =
                    samples.chunks(2400).filter(|part| rms(part) < 1e-3 * f64::from(peak)).count();
                assert!(n_silent * 2400 < samples.len() / 2, "{name}: {n_silent}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_sound_and_another_one_another() {
        let render = |index| {
            let seed = ClipSeed::new(5, Domain::Test, "guitar", index);
            Renderer::BuiltIn.render(&Collection::Instruments.compose(4, &seed), &seed)
        };
        assert!(render(0) == render(0));
        assert!(render(0) != render(1));
    }

    #[test]
    fn what_is_no_soundfont_is_refused_and_none_asks_for_the_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sf2");
        let missing = Renderer::choose(Some(&path)).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read the SoundFont"), "{missing}");
        std::fs::write(&path, b"RIFF????sfbk").unwrap();
        let wrong = Renderer::choose(Some(&path)).unwrap_err().to_string();
        assert!(wrong.starts_with("this is no SoundFont"), "{wrong}");
        let built_in = Renderer::choose(Some(Path::new("none"))).unwrap();
        assert_eq!((built_in.name(), built_in.sha256()), ("built-in", None));
    }
}
