//! Scores and truth → metrics, intervals, reports, and what simple models reach on the same data.
//!
//! Everything here is a function from values to values. An *item* is what is counted: a track, or a segment where that is
//! asked for. Sums are in double precision. Where scikit-learn has a metric, ours is the same number, undefined cases
//! included: a ratio without denominator counts as 0, except for rankings, which are left out.

mod accuracy;
mod averages;
mod baselines;
mod bootstrap;
mod calibration;
mod class_report;
mod comparison;
mod confusion;
mod counts;
mod error;
mod items;
mod ranking;
mod report;
mod scores;
mod summary;
mod tally;
mod thresholds;

pub use accuracy::{Accuracy, accuracy};
pub use averages::{Average, Averages};
pub use baselines::{BaselineResult, BaselineSettings, Baselines, Segments};
pub use bootstrap::{BootstrapSettings, Interval, MIN_UNITS, Scarcity};
pub use calibration::{Calibration, ReliabilityBin};
pub use comparison::{Answers, Comparison, Difference, compare, mcnemar_exact_p};
pub use confusion::Confusion;
pub use counts::ClassCounts;
pub use error::EvaluationError;
pub use items::{Decision, Items};
pub use report::{ClassIntervals, ClassScores, Report, ReportSettings, TopK};
pub use scores::{sigmoid, softmax, track_means};
pub use summary::Summary;
pub use tally::Tally;
pub use thresholds::best_f1_thresholds;
