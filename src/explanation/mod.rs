//! A classifier and z → reasons: contributions that sum to the logit, what is usual, what is near, what each prototype is
//! good for.
//!
//! ```text
//! z ──────────── Evidence ── Question ──▶ Account        terms that sum to the logit
//! training z ─── Survey ──┬─ Familiarity                 is this like anything it learned from?
//!                         └─ Inspection ──▶ PrototypeFacts, ModelFacts
//! validation z ─ Ablation ──┘                               accuracy without this, with k of them, with others
//! ```
//!
//! Everything here is a function from values to values; sums are in double precision.

mod ablation;
mod account;
mod controls;
mod evidence;
mod familiarity;
mod geometry;
mod neighbors;
mod pruning;
mod report;
mod survey;

pub use ablation::{Ablation, AblationError};
pub use account::{Account, Question, Term, Total, View};
pub use controls::Controls;
pub use evidence::Evidence;
pub use familiarity::{Familiarity, Reading};
pub use geometry::Closest;
pub use neighbors::{Neighbor, nearest_segments};
pub use pruning::Pruned;
pub use report::{Costs, Inspection, ModelFacts, PURITY_AT, PrototypeFacts};
pub use survey::Survey;
