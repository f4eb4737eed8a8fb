//! Gradients of named parameters.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::Parameters;

/// One gradient a parameter, by name.
#[derive(Debug, Clone)]
pub struct Gradients {
    by_name: BTreeMap<String, Tensor>,
}

impl Gradients {
    /// The gradient of a scalar for every parameter that it depends on.
    ///
    /// # Errors
    /// An operation on the way has no gradient.
    pub fn of(loss: &Tensor, parameters: &Parameters) -> Result<Self> {
        let mut store = loss.backward()?;
        let by_name = parameters
            .iter()
            .filter_map(|(name, var)| Some((name.to_owned(), store.remove(var.as_tensor())?)))
            .collect();
        Ok(Self { by_name })
    }

    /// The sum over the chunks of a batch of what `loss` gives for each: its value with everything worth telling, and
    /// its gradient. Chunks are computed side by side and added in their order, so that the number of threads does not
    /// show in the sum.
    ///
    /// # Errors
    /// Whatever `loss` says first, in the order of the chunks.
    pub fn over_chunks<C: Sync, T: Send>(
        chunks: &[C],
        parameters: &Parameters,
        loss: impl Fn(&C) -> Result<(Tensor, T)> + Sync,
    ) -> Result<(Self, Vec<T>)> {
        let parts: Vec<Result<(Self, T)>> = chunks
            .par_iter()
            .map(|chunk| {
                let (loss, told) = loss(chunk)?;
                Ok((Self::of(&loss, parameters)?, told))
            })
            .collect();
        let mut sum = Self { by_name: BTreeMap::new() };
        let mut told = Vec::with_capacity(chunks.len());
        for part in parts {
            let (gradients, part) = part?;
            sum.add(gradients)?;
            told.push(part);
        }
        Ok((sum, told))
    }

    fn add(&mut self, other: Self) -> Result<()> {
        for (name, gradient) in other.by_name {
            let sum = match self.by_name.get(&name) {
                Some(sum) => (sum + gradient)?,
                None => gradient,
            };
            self.by_name.insert(name, sum);
        }
        Ok(())
    }

    /// The gradient of one parameter; none if nothing depends on it.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.by_name.get(name)
    }
}

/// The sum over the chunks of a batch of the numbers that each tells, asked for when the device has all its work.
pub(super) fn sums<'a, const N: usize>(
    told: impl IntoIterator<Item = &'a Tensor>,
) -> Result<[f64; N]> {
    let mut sums = [0.0; N];
    for values in told {
        for (sum, value) in sums.iter_mut().zip(values.to_vec1::<f32>()?) {
            *sum += f64::from(value);
        }
    }
    Ok(sums)
}

/// Parts that a batch is computed in: in main memory two, side by side, whatever the number of threads, so that it does not show in the
/// numbers; elsewhere one, because a GPU is asked for less that way.
pub(super) fn n_chunks(device: &Device, n_crops: usize) -> usize {
    if device.is_cpu() { n_crops.clamp(1, 2) } else { 1 }
}
