//! What all stages of a pretraining have in common.

use std::path::Path;

use candle_core::Result;

use super::{CheckpointError, Measured};
use crate::weights::Weights;

/// A network on its way: steps, measurements, and everything that the rest of the way depends on.
///
/// Equal settings on equal audio give equal numbers on the same machine, wherever the way was interrupted.
pub trait Trainer {
    /// Steps done.
    fn n_steps(&self) -> u64;

    /// Steps of the whole way.
    fn n_steps_wanted(&self) -> u64;

    /// How many numbers are trained.
    fn n_values(&self) -> usize;

    /// What was measured so far.
    fn history(&self) -> &[Measured];

    /// One step on the next batch; returns its loss.
    ///
    /// # Errors
    /// A number is not finite, in which case nothing has moved; or the device fails.
    fn step(&mut self) -> Result<f64>;

    /// Measures on what is held out, always the same crops, and remembers it. `seconds` of computation went before.
    ///
    /// # Errors
    /// The device fails.
    fn measure(&mut self, seconds: f64) -> Result<Measured>;

    /// Keeps everything that the rest of the way depends on.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save(&self, path: &Path) -> std::result::Result<(), CheckpointError>;

    /// The tensors of this stage under their canonical names, as a frozen network uses them.
    ///
    /// # Errors
    /// There was no step yet, or the device fails.
    fn weights(&self) -> Result<Weights>;
}
