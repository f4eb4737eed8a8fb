//! How a source may be laid out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a source is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `CLASS/…/file.wav`
    ClassFolders,
    /// `train/CLASS/…/file.wav`, or `CLASS/train/…/file.wav`
    SplitFolders,
    /// One CSV, TSV or JSON-lines file that names files and classes.
    List,
    /// One such file for each split, with the split in its name.
    SplitLists,
    /// `metadata.csv`, `.tsv` or `.jsonl` beside the files, as in the Hugging Face hub.
    HuggingFace,
    /// `GENRE/GENRE.00000.wav`
    Gtzan,
    /// `Medley-solos-DB_SPLIT-INSTRUMENT_UUID.wav`
    MedleySolosDb,
    /// `examples.json` beside a folder `audio`.
    Nsynth,
}

/// Not a layout.
#[derive(Debug, thiserror::Error)]
#[error("unknown layout {found:?}, expected one of {}", Layout::ALL.map(Layout::name).join(", "))]
pub struct UnknownLayout {
    /// What was given.
    pub found: String,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ClassFolders,
        Self::SplitFolders,
        Self::List,
        Self::SplitLists,
        Self::HuggingFace,
        Self::Gtzan,
        Self::MedleySolosDb,
        Self::Nsynth,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClassFolders => "class-folders",
            Self::SplitFolders => "split-folders",
            Self::List => "list",
            Self::SplitLists => "split-lists",
            Self::HuggingFace => "hugging-face",
            Self::Gtzan => "gtzan",
            Self::MedleySolosDb => "medley-solos-db",
            Self::Nsynth => "nsynth",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(text: &str) -> Result<Self, UnknownLayout> {
        let found = Self::ALL.into_iter().find(|layout| layout.name() == text);
        found.ok_or_else(|| UnknownLayout { found: text.to_owned() })
    }
}
