//! What a view asks of the studio.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::shelf::SoundKey;
use crate::dataset::Split;
use crate::studio::edit::Request;
use crate::studio::explain::Asking;

/// A place to look at a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum View {
    /// Runs to open.
    #[default]
    Home,
    /// Every prototype, to be seen and heard.
    Prototypes,
    /// Why a file is called what it is called.
    Inspect,
    /// Segments and prototypes on a plane.
    Map,
    /// How good it is, and where it errs.
    Evaluate,
    /// What went wrong.
    Problems,
}

impl View {
    /// In the order of the rail.
    pub(super) const ALL: [Self; 6] =
        [Self::Home, Self::Prototypes, Self::Inspect, Self::Map, Self::Evaluate, Self::Problems];

    /// Whether there is nothing to see without a run.
    pub(super) fn wants_run(self) -> bool {
        matches!(self, Self::Prototypes | Self::Map | Self::Evaluate)
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Prototypes => "Prototypes",
            Self::Inspect => "Inspect",
            Self::Map => "Data map",
            Self::Evaluate => "Evaluate",
            Self::Problems => "Problems",
        }
    }
}

/// What a view asks of the studio, which fulfils it after the frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    /// Look elsewhere.
    Go(View),
    /// Open a run.
    Open(PathBuf),
    /// Look at a prototype, by its name.
    Select(String),
    /// Play a sound.
    Play(Sounding),
    /// Play another sound from where this one is.
    Flip(Sounding),
    /// Stop or go on.
    TogglePlay,
    /// Stop.
    Silence,
    /// Change the run.
    Edit(Request),
    /// Render prototypes.
    Render {
        /// Their names; none for all.
        only: Vec<String>,
        /// Sounds of each.
        n_takes: NonZeroUsize,
    },
    /// Measure a split.
    Measure(Split),
    /// Look at an audio file.
    Inspect(PathBuf),
    /// Ask anew about a file that was heard.
    Ask(PathBuf, Asking),
    /// Take a file from the list.
    Forget(PathBuf),
    /// Let somebody choose a run's folder.
    ChooseRun,
    /// Let somebody choose audio files.
    ChooseAudio,
    /// Stop a job.
    Cancel(u64),
}

/// A sound with its name and its level.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sounding {
    /// Which sound.
    pub(super) key: SoundKey,
    /// What it is, in words.
    pub(super) title: String,
    /// What brings it to −23 LUFS, in dB, where that is known.
    pub(super) gain_db: Option<f32>,
    /// Where to begin, in seconds.
    pub(super) at_s: f64,
}
