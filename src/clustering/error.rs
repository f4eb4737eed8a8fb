//! Why vectors cannot be clustered, or a network cannot start.

/// Why vectors cannot be clustered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KmeansError {
    /// No center was asked for.
    #[error("k-means needs at least one center, found 0")]
    NoCenter,
    /// Fewer vectors than centers.
    #[error(
        "k-means needs at least as many vectors as centers, found {found} vectors for {k} centers"
    )]
    TooFewRows {
        /// Number of vectors.
        found: usize,
        /// Number of centers.
        k: usize,
    },
    /// NaN or an infinity.
    #[error("row {row} holds a value that is not finite")]
    NotFinite {
        /// The first such row.
        row: usize,
    },
    /// Values so large that squared distances overflow.
    #[error("the squared distances between rows overflow: scale the vectors down")]
    Overflow,
    /// A setting that makes no sense.
    #[error("k-means needs {field} {rule}, found {found}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        found: f64,
    },
}

/// Why a network cannot start from its data.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// A class is smaller than its number of prototypes.
    #[error(
        "class {class} has {found} training segments, expected at least {k}, one for each of its prototypes: ask for fewer prototypes per class or add audio"
    )]
    TooFewSegments {
        /// Name of the class.
        class: String,
        /// Its training segments.
        found: usize,
        /// Prototypes per class.
        k: usize,
    },
    /// Rows and labels do not correspond.
    #[error("expected one list of labels for each of {expected} segments, found {found}")]
    Labels {
        /// Number of segments.
        expected: usize,
        /// Number of lists.
        found: usize,
    },
    /// A label that no class has.
    #[error("segment {row} has label number {found}, expected less than {n_classes}")]
    LabelOutOfRange {
        /// The segment.
        row: usize,
        /// Its label.
        found: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// An array of prototypes of another shape.
    #[error(
        "expected prototypes of shape {expected:?} (classes × prototypes per class, features), found {found:?}"
    )]
    Shape {
        /// `[C · K, D]`.
        expected: [usize; 2],
        /// What was given.
        found: [usize; 2],
    },
    /// NaN or an infinity in given prototypes.
    #[error("prototype {prototype} holds a value that is not finite")]
    NotFinite {
        /// The first such prototype.
        prototype: usize,
    },
    /// Clips were chosen for another number of classes.
    #[error("expected clips for each of {expected} classes, found {found}")]
    ClipClasses {
        /// Number of classes.
        expected: usize,
        /// Number of lists.
        found: usize,
    },
    /// Another number of clips than prototypes.
    #[error("expected {expected} different clips for class {class}, found {found}")]
    ClipCount {
        /// Name of the class.
        class: String,
        /// Prototypes per class.
        expected: usize,
        /// Clips, repeated ones counted once.
        found: usize,
    },
    /// A clip that is no training segment of the class.
    #[error("clip {row} chosen for class {class} is not a training segment of that class")]
    Clip {
        /// Name of the class.
        class: String,
        /// The row.
        row: usize,
    },
    /// The vectors of a class cannot be clustered.
    #[error("class {class}: {source}")]
    Kmeans {
        /// Name of the class.
        class: String,
        /// Why.
        source: KmeansError,
    },
}
