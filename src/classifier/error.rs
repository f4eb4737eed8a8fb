//! What can be wrong with the parts of a classifier, and with what it is asked about.

/// Why parts do not make a classifier.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PartsError {
    /// Something is missing altogether.
    #[error("a classifier needs {what}, found none")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// Two sizes that must be equal are not.
    #[error("the number of {what} is {found}, expected {expected}")]
    Size {
        /// What was counted.
        what: &'static str,
        /// The number that fits.
        expected: usize,
        /// The number that is there.
        found: usize,
    },
    /// One name for two things.
    #[error("two {what}s are called {name:?}, rename one")]
    Twice {
        /// Of what kind they are.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A prototype of a class that does not exist.
    #[error("prototype {name:?} belongs to class {label}, expected one below {n_classes}")]
    Label {
        /// Name of the prototype.
        name: String,
        /// Its class.
        label: usize,
        /// Number of classes.
        n_classes: usize,
    },
    /// A value that is no number.
    #[error("the {what} hold {value}, expected finite values")]
    NotFinite {
        /// The tensor.
        what: &'static str,
        /// The value.
        value: f32,
    },
    /// Scalars that cannot be divided by.
    #[error(
        "normalization by mean {mean} and standard deviation {std} is impossible, expected finite values and a deviation above 0"
    )]
    Normalization {
        /// The mean.
        mean: f32,
        /// The standard deviation.
        std: f32,
    },
    /// A rule of the objective or the adaptor is broken.
    #[error("{flaw}")]
    Flaw {
        /// Which, and how.
        flaw: String,
    },
}

/// Why a classifier cannot judge what it was given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Vectors or rows of another width.
    #[error(
        "{what} have {found} columns, expected {expected}; they were made for another classifier"
    )]
    Columns {
        /// What was given.
        what: &'static str,
        /// The width that fits.
        expected: usize,
        /// The width that was found.
        found: usize,
    },
    /// A value that is no number.
    #[error("{what} hold {value} in row {row}, column {column}, expected finite values")]
    NotFinite {
        /// What was given.
        what: &'static str,
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The value.
        value: f32,
    },
}
