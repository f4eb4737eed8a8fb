//! Why something cannot be evaluated.

/// Why something cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Nothing to evaluate.
    #[error("there is nothing to evaluate: the {what} set is empty")]
    Empty {
        /// Which set.
        what: &'static str,
    },
    /// Two inputs that should correspond do not.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A label that no class has.
    #[error("item {item} has label number {found}, expected less than {n_classes}")]
    LabelOutOfRange {
        /// The item.
        item: usize,
        /// Its label.
        found: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// None or several labels where there must be one.
    #[error(
        "item {item} has {found} labels, expected exactly 1: several labels need a multi-label model"
    )]
    NotOneLabel {
        /// The item.
        item: usize,
        /// Its number of labels.
        found: usize,
    },
    /// NaN or an infinity.
    #[error("{what} of item {item} hold a value that is not finite")]
    NotFinite {
        /// Which values.
        what: &'static str,
        /// The first such item.
        item: usize,
    },
    /// A probability below 0 or above 1.
    #[error("the probabilities of item {item} hold {found}, expected 0 to 1")]
    NotProbability {
        /// The item.
        item: usize,
        /// The value.
        found: f64,
    },
    /// A setting that makes no sense.
    #[error("{field} must be {rule}, found {found}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        found: f64,
    },
    /// A track without segments.
    #[error("track {track} has no segment")]
    NoSegment {
        /// The track.
        track: usize,
    },
    /// A segment of a track that does not exist.
    #[error("segment {segment} belongs to track {found}, expected less than {n_tracks}")]
    NoTrack {
        /// The segment.
        segment: usize,
        /// Its track.
        found: usize,
        /// Number of tracks.
        n_tracks: usize,
    },
}
