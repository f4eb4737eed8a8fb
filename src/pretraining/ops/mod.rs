//! Differentiable operations that candle lacks or does slowly, each with its own gradient: in main memory, and on a GPU by
//! the kernels of [`super::cuda`] or by candle's operations.

mod attention;
mod bias;
mod conv;
mod cross_entropy;
mod elu;
mod laid;
mod layer_norm;
mod linear;
mod lstm;
#[cfg(feature = "cuda")]
mod lstm_states;
mod product;
mod relu;
mod rows;
mod spectrum;
mod values;
mod windows;

pub(super) use attention::attention;
pub(super) use bias::add_bias;
pub(super) use conv::{conv, conv_transpose};
pub(super) use cross_entropy::cross_entropy;
pub(super) use elu::elu;
pub(super) use laid::Before;
pub(super) use layer_norm::layer_norm;
pub(super) use linear::linear;
pub(super) use lstm::lstm_layer;
pub(super) use relu::relu;
use rows::product;
pub(super) use spectrum::{Loudness, MelSpectra, mel_spectra};
pub(super) use windows::{Cut, overlap, windows};

#[cfg(test)]
mod finite_difference;
