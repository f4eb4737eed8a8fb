//! A source of labeled audio → tracks with their classes, splits and groups.
//!
//! ```text
//! folder or list ──▶ layout ──▶ drafts (id, labels, split, group) ──▶ Dataset ──▶ splits or folds
//! ```
//!
//! Nothing here opens an audio file, and nothing is dropped without a word: whatever a source holds ends up as a track, among
//! the ignored files, or among the problems.

mod draft;
mod error;
pub(crate) mod files;
mod folders;
mod folds;
mod group;
mod gtzan;
mod layout;
mod lists;
mod medley;
mod near;
mod nsynth;
mod plan;
mod read;
mod remarks;
mod rows;
mod share;
mod sheet;
mod split;
mod track;
mod unit;

pub use error::DatasetError;
pub use folds::Folds;
pub use group::{GroupBy, GroupByError};
pub use layout::{Layout, UnknownLayout};
pub use near::{NearPair, near_pairs};
pub use plan::{Assignment, Fractions, SplitError, SplitOrigin, SplitPlan};
pub use read::{ReadOptions, read};
pub use split::Split;
pub use track::{Dataset, Ignored, Problem, TrackEntry};
