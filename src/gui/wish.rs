//! What a view asks of the studio.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::desk::{Choice, Lesson, Part};
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
    /// A new run of labeled audio.
    Train,
    /// What went wrong.
    Problems,
    /// Sound, colors, places.
    Settings,
}

impl View {
    /// In the order of the rail.
    pub(super) const ALL: [Self; 8] = [
        Self::Home,
        Self::Prototypes,
        Self::Inspect,
        Self::Map,
        Self::Evaluate,
        Self::Train,
        Self::Problems,
        Self::Settings,
    ];

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
            Self::Train => "Train",
            Self::Problems => "Problems",
            Self::Settings => "Settings",
        }
    }
}

/// What a view asks of the studio, which fulfils it after the frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    /// Look elsewhere.
    Go(View),
    /// List the runs anew.
    List,
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
    /// Send a part of a file through the model and back.
    Reconstruct(Part),
    /// Look at an audio file.
    Inspect(PathBuf),
    /// Listen to a file, and stay.
    Hear(PathBuf),
    /// Ask anew about a file that was heard.
    Ask(PathBuf, Asking),
    /// Take a file from the list.
    Forget(PathBuf),
    /// Look at labeled audio.
    Check(PathBuf),
    /// Learn something.
    Learn(Lesson),
    /// Let somebody choose files or a folder.
    Choose(Choice),
    /// Be heard on the device of this name, or on the desktop's own, and list devices anew.
    Sound(Option<String>),
    /// Record.
    Record,
    /// Stop a job.
    Cancel(u64),
}

/// A sound with its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sounding {
    /// Which sound.
    pub(super) key: SoundKey,
    /// What it is, in words.
    pub(super) title: String,
    /// Where to begin, in seconds.
    pub(super) at_s: f64,
}
