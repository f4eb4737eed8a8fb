//! Results → forms that other people and programs read.

pub mod plots;
