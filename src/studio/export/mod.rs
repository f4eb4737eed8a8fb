//! A run → what its owner hands to others.

pub mod html;
pub mod plots;
mod results;

pub use results::ResultsError;
