//! The edits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::classifier::PartsError;

/// A change to a classifier; prototypes go by their names.
///
/// No edit removes a prototype or moves one to another place: new ones are appended, replaced ones are disabled, so that a
/// prototype's number means the same before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Takes prototypes out of every logit; they keep their weights.
    Disable {
        /// The prototypes.
        names: Vec<String>,
    },
    /// Takes them in again.
    Enable {
        /// The prototypes.
        names: Vec<String>,
    },
    /// Gives a prototype another name.
    Rename {
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Replaces prototypes of one class by one, at the mean of the vectors that z' is compared with and with the sum of
    /// their weights: `p' = Σ p'ᵢ / n`, `W[c] = Σ W[c, i]`. Merging equal prototypes changes no logit.
    Merge {
        /// The prototypes, which are disabled.
        names: Vec<String>,
        /// Name of the new one.
        into: String,
    },
    /// Makes a segment a prototype. The class keeps its total weight: with k enabled prototypes the weights of each become
    /// `k / (k + 1)` of what they were, and the new one gets the sum of what they lost. Promoting a segment that is as
    /// similar to everything as the others are on average changes no logit.
    Promote {
        /// Name of the new prototype.
        name: String,
        /// Its class.
        label: String,
        /// The track that it was taken from.
        track: String,
        /// Start of the segment, in seconds.
        start_s: f64,
        /// `[feature]`, as the encoder gave it; in `f64`, which JSON keeps to the last bit of an `f32`.
        z: Vec<f64>,
    },
    /// Replaces the last layer by one that was learned on the same similarities.
    Refit {
        /// `[class][prototype]`
        weight: Vec<Vec<f64>>,
        /// `[class]`
        bias: Vec<f64>,
    },
}

/// A line's deed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// A new edit; what was undone before it cannot be redone any more.
    Edit {
        /// The edit.
        edit: Edit,
    },
    /// Takes back the last edit in force.
    Undo,
    /// Takes back the last undoing.
    Redo,
}

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// No prototype of that name.
    #[error("no prototype is called {name:?}; {}", known(there))]
    Unknown {
        /// What was given.
        name: String,
        /// Names that there are.
        there: Vec<String>,
    },
    /// No class of that name.
    #[error("no class is called {name:?}; there are {}", there.join(", "))]
    UnknownClass {
        /// What was given.
        name: String,
        /// The classes.
        there: Vec<String>,
    },
    /// A prototype is called so already.
    #[error("a prototype is called {name:?} already; choose another name")]
    Taken {
        /// The name.
        name: String,
    },
    /// No name at all.
    #[error("{name:?} is no name for a prototype; give a word of visible characters")]
    Name {
        /// What was given.
        name: String,
    },
    /// Nothing to do.
    #[error("prototype {name:?} is {state} already")]
    Already {
        /// The prototype.
        name: String,
        /// `enabled` or `disabled`.
        state: &'static str,
    },
    /// A prototype that takes no part.
    #[error("prototype {name:?} is disabled; enable it before it is merged")]
    Disabled {
        /// The prototype.
        name: String,
    },
    /// Too few to merge.
    #[error("merging takes two prototypes or more, found {found}; name each once")]
    TooFew {
        /// How many were named.
        found: usize,
    },
    /// Prototypes of different classes.
    #[error(
        "prototypes {a:?} and {b:?} belong to different classes; only those of one class merge"
    )]
    OtherClass {
        /// One.
        a: String,
        /// The other.
        b: String,
    },
    /// The outcome is no classifier.
    #[error(transparent)]
    Parts(#[from] PartsError),
}

fn known(there: &[String]) -> String {
    const SHOWN: usize = 12;
    let names = there.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match there.len() {
        0..=SHOWN => format!("there are {names}"),
        n => format!("there are {names} and {} more", n - SHOWN),
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disable { names } => write!(f, "disable {}", names.join(" ")),
            Self::Enable { names } => write!(f, "enable {}", names.join(" ")),
            Self::Rename { from, to } => write!(f, "rename {from} to {to}"),
            Self::Merge { names, into } => write!(f, "merge {} into {into}", names.join(" ")),
            Self::Promote { name, track, start_s, .. } => {
                write!(f, "promote {track} at {start_s:.1} s to {name}")
            }
            Self::Refit { .. } => f.write_str("refit"),
        }
    }
}
