//! Differentiable operations that candle lacks or does slowly: each with its own gradient in main memory, and made of
//! candle's operations on any other device.

mod attention;
mod bias;
mod cross_entropy;
mod elu;
mod layer_norm;
mod lstm;
mod product;
mod relu;
mod spectrum;
mod values;
mod windows;

pub(super) use attention::attention;
pub(super) use bias::add_bias;
pub(super) use cross_entropy::cross_entropy;
pub(super) use elu::elu;
pub(super) use layer_norm::layer_norm;
pub(super) use lstm::lstm_layer;
pub(super) use relu::relu;
pub(super) use spectrum::{Frames, power_spectra};
pub(super) use windows::{Cut, overlap, windows};

#[cfg(test)]
mod finite_difference;
