//! Why a run's prototypes were not made audible.

use std::path::PathBuf;

use crate::classifier::InputError;
use crate::runs::RunError;
use crate::studio::RenderError;
use crate::weights::StoreError;

/// Why a run's prototypes were not made audible.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SonifyRunError {
    /// The run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A model in whose space the prototypes mean nothing.
    #[error(
        "the run was made with the model of fingerprint {expected}, and {name:?} has {found}; take that one"
    )]
    OtherModel {
        /// The fingerprint of the run's model.
        expected: String,
        /// The model that was given.
        name: String,
        /// Its fingerprint.
        found: String,
    },
    /// No such prototype or class.
    #[error("{found:?} is neither a prototype nor a class of the run; there are the classes {}", classes.join(", "))]
    Unknown {
        /// What was given.
        found: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// Nothing to render.
    #[error("all prototypes of the run are disabled; name those to be heard by --only")]
    AllDisabled,
    /// Two programs render one run.
    #[error("another pecmae is rendering this run; wait until it is done: {}", path.display())]
    Busy {
        /// The run.
        path: PathBuf,
    },
    /// The rendering fails, or somebody asked to stop.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A tensor of the encoding half does not fit.
    #[error(transparent)]
    Weights(#[from] StoreError),
    /// A sound cannot be embedded.
    #[error("cannot embed the sound ({reason}): {}", path.display())]
    Embed {
        /// What the encoder said.
        reason: String,
        /// The sound.
        path: PathBuf,
    },
    /// The embedded sound does not fit the classifier.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The record is not what this program writes.
    #[error("damaged, or of another version ({reason}); remove it to render the sounds again: {}", path.display())]
    Record {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}
