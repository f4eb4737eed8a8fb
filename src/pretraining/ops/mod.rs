//! Differentiable operations that candle lacks or does slowly: each with its own gradient in main memory, and made of
//! candle's operations on any other device.

mod bias;
mod elu;
mod lstm;
mod values;
mod windows;

pub(super) use bias::add_bias;
pub(super) use elu::elu;
pub(super) use lstm::lstm_layer;
pub(super) use windows::{Cut, overlap, windows};

#[cfg(test)]
mod finite_difference;
