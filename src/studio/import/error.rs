//! Why nothing is imported.

use std::path::PathBuf;

use crate::classifier::PartsError;
use crate::embeddings::TableError;
use crate::files::ArrayError;
use crate::runs::RunError;
use crate::studio::scoring::ScoringError;
use crate::studio::train::TrainError;

/// Why nothing is imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportDataError {
    /// A file is no array.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// An array of another shape.
    #[error("the array of {what} has shape {found:?}, expected {expected}: {}", path.display())]
    Shape {
        /// What it should hold.
        what: &'static str,
        /// What shape it should have.
        expected: String,
        /// What shape it has.
        found: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// Names that do not fit the weights.
    #[error(
        "there are {found} names of classes and {n_classes} rows of weights, one name a row is expected"
    )]
    Labels {
        /// Names given.
        found: usize,
        /// Rows of the weights.
        n_classes: usize,
    },
    /// Names that are not those of the data.
    #[error("the names of classes are not those of the data ({difference})")]
    OtherLabels {
        /// Which are on one side only.
        difference: String,
    },
    /// Nobody names the classes.
    #[error(
        "nobody names the classes; give them by --labels, in the order of the rows of the weights"
    )]
    NoLabels,
    /// Rows that no class has the same number of.
    #[error(
        "{n_prototypes} prototypes cannot be shared evenly by {n_classes} classes; tell whose they are by --order weights"
    )]
    Uneven {
        /// Rows of the prototypes.
        n_prototypes: usize,
        /// Classes.
        n_classes: usize,
    },
    /// Nobody states the scale.
    #[error(
        "mean and deviation of the z are not known; give --mean and --std, or the z that it was trained on by --table"
    )]
    NoScale,
    /// Vectors of another length than the model's or the table's.
    #[error("the vectors have {found} features, those of {of} have {expected}")]
    Features {
        /// Whose length counts.
        of: String,
        /// That length.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// What was read makes no classifier.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] TrainError),
    /// The run cannot be made.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The classifier cannot be measured.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The table cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The folder cannot be looked through.
    #[error("cannot list the folder ({source}): {}", path.display())]
    List {
        /// What the system said.
        source: std::io::Error,
        /// The folder.
        path: PathBuf,
    },
    /// No array is in the folder.
    #[error("no .npy file that fits is in the folder{}: {}", reason.as_ref().map_or_else(String::new, |r| format!(" (the first does not, because {r})")), path.display())]
    Nothing {
        /// Why the first one does not fit, if there is one.
        reason: Option<String>,
        /// The folder.
        path: PathBuf,
    },
}
