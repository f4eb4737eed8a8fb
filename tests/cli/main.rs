//! What a user sees and gets: every verb of the program, from outside.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod broken;
#[path = "../checkpoints/mod.rs"]
mod checkpoints;
mod data;
#[cfg(target_os = "linux")]
mod demo;
mod edit;
mod embed;
mod evaluate;
mod explain;
mod export;
#[cfg(target_os = "linux")]
mod full;
mod import;
#[cfg(target_os = "linux")]
mod interrupt;
mod merge;
mod models;
mod pages;
mod predict;
#[cfg(target_os = "linux")]
mod pretrain;
#[path = "../program/mod.rs"]
mod program;
mod prototypes;
mod runs;
mod sonify_run;
mod sound;
mod synth;
mod terminal;
mod train;

use program::npy;

/// The tiny model's width of z.
const FEATURES: usize = 32;

/// A `.npy` file of so many z.
fn vectors(n_items: usize) -> Vec<u8> {
    npy(&[n_items, FEATURES], &values(n_items))
}

fn values(n_items: usize) -> Vec<f32> {
    (0..n_items * FEATURES).map(|i| (i as f32 * 0.7).sin() * (i % 5) as f32).collect()
}
