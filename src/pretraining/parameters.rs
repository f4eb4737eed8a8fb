//! Trainable tensors by canonical name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution as _, StandardNormal, StandardUniform};
use sha2::{Digest as _, Sha256};

use crate::weights::Weights;

/// Trainable tensors under the names that a model folder gives them.
///
/// A network asks for its tensors by name and shape; what is not there yet is drawn from the seed and the name alone, so
/// that a network starts from the same numbers whatever else is trained beside it.
#[derive(Debug, Clone)]
pub struct Parameters {
    seed: u64,
    device: Device,
    tensors: BTreeMap<String, Var>,
    /// Whether networks get tensors that no gradient is computed for.
    is_frozen: bool,
}

/// What a tensor holds before its first step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// One value everywhere.
    Value(f32),
    /// Independent normal values of mean 0.
    Normal {
        /// Their standard deviation.
        deviation: f32,
    },
    /// Independent values, uniform between `−bound` and `bound`.
    Uniform {
        /// The largest magnitude.
        bound: f32,
    },
}

impl Parameters {
    /// No tensor yet.
    pub fn new(seed: u64, device: &Device) -> Self {
        Self { seed, device: device.clone(), tensors: BTreeMap::new(), is_frozen: false }
    }

    /// The tensors of a file, to be trained on; what a network wants beyond them is drawn from seed 0.
    ///
    /// # Errors
    /// The device has no room for them.
    pub fn of_weights(weights: &Weights, device: &Device) -> Result<Self> {
        Self::of_tensors(weights.tensors(), device)
    }

    /// The same of some tensors: their names, shapes and values.
    ///
    /// # Errors
    /// As [`Parameters::of_weights`].
    pub fn of_tensors<'a>(
        tensors: impl IntoIterator<Item = (&'a str, &'a [usize], Cow<'a, [f32]>)>,
        device: &Device,
    ) -> Result<Self> {
        let mut parameters = Self::new(0, device);
        for (name, shape, values) in tensors {
            let var = Var::from_tensor(&Tensor::from_slice(&values, shape, device)?)?;
            parameters.tensors.insert(name.to_owned(), var);
        }
        Ok(parameters)
    }

    /// The same tensors; what a network wants beyond them is drawn from `seed`.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// For networks that are only looked through: gradients pass them and stop at none of their tensors.
    #[must_use]
    pub fn frozen(self) -> Self {
        Self { is_frozen: true, ..self }
    }

    /// Where the tensors live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The tensors below `prefix`.
    pub fn scope(&mut self, prefix: &str) -> ParameterScope<'_> {
        ParameterScope { parameters: self, prefix: prefix.to_owned() }
    }

    /// Every tensor, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.tensors.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// A tensor by its full name.
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.tensors.get(name)
    }

    /// How many numbers are trained.
    pub fn n_values(&self) -> usize {
        self.tensors.values().map(|var| var.elem_count()).sum()
    }

    /// The same values under the same names, in tensors of their own.
    ///
    /// # Errors
    /// The device has no room for them.
    pub fn detached_copy(&self) -> Result<Self> {
        let mut copy = Self::new(self.seed, &self.device);
        for (name, var) in self.iter() {
            let var = Var::from_tensor(&var.as_detached_tensor().copy()?)?;
            copy.tensors.insert(name.to_owned(), var);
        }
        Ok(copy)
    }

    /// A copy in main memory, which frozen networks load and files are written from.
    ///
    /// # Errors
    /// The device does not hand them out.
    pub fn to_weights(&self) -> Result<Weights> {
        self.to_weights_below("")
    }

    /// A copy of those whose names begin so.
    ///
    /// # Errors
    /// As [`Parameters::to_weights`].
    pub fn to_weights_below(&self, prefix: &str) -> Result<Weights> {
        let tensors = self
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, var)| {
                let values = var.flatten_all()?.to_vec1::<f32>()?;
                Ok((name.to_owned(), var.dims().to_vec(), values))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Weights::from_memory(tensors))
    }
}

/// The trainable tensors below one prefix, as in `codec.encoder`.
#[derive(Debug)]
pub struct ParameterScope<'a> {
    parameters: &'a mut Parameters,
    prefix: String,
}

impl ParameterScope<'_> {
    /// The scope one step down.
    pub fn pp(&mut self, name: impl std::fmt::Display) -> ParameterScope<'_> {
        ParameterScope { prefix: format!("{}.{name}", self.prefix), parameters: self.parameters }
    }

    /// The tensor of that name: the one that is there, or a new one.
    ///
    /// # Errors
    /// The one that is there has another shape.
    pub fn tensor(&mut self, name: &str, shape: &[usize], initial: Initial) -> Result<Tensor> {
        let name = format!("{}.{name}", self.prefix);
        let Parameters { seed, device, tensors, is_frozen } = &mut *self.parameters;
        let var = match tensors.get(&name) {
            Some(var) if var.dims() == shape => var,
            Some(var) => {
                candle_core::bail!("tensor {name} has shape {:?}, expected {shape:?}", var.dims())
            }
            None => {
                let values = initial.values(stream(*seed, &name), shape.iter().product());
                let tensor = Tensor::from_vec(values, shape, device)?;
                tensors.entry(name).or_insert(Var::from_tensor(&tensor)?)
            }
        };
        Ok(if *is_frozen { var.as_detached_tensor() } else { var.as_tensor().clone() })
    }
}

/// The generator that one tensor is drawn from.
fn stream(seed: u64, name: &str) -> ChaCha20Rng {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name).finalize();
    ChaCha20Rng::from_seed(digest.into())
}

impl Initial {
    /// Uniform within `√(6 / n_inputs)`: keeps the variance of a layer's output at that of its input where half of the
    /// input is rectified away (He et al. 2015).
    pub fn he(n_inputs: usize) -> Self {
        Self::Uniform { bound: (6.0 / n_inputs as f32).sqrt() }
    }

    /// Uniform within `√(3 / n_inputs)`: keeps the variance of a linear layer's output at that of its input (LeCun).
    pub fn lecun(n_inputs: usize) -> Self {
        Self::Uniform { bound: (3.0 / n_inputs as f32).sqrt() }
    }

    fn values(self, rng: ChaCha20Rng, n: usize) -> Vec<f32> {
        match self {
            Self::Value(value) => vec![value; n],
            Self::Normal { deviation } => {
                let normal = StandardNormal.sample_iter(rng);
                normal.take(n).map(|x: f32| x * deviation).collect()
            }
            Self::Uniform { bound } => {
                // The unit interval is scaled instead of asked for by its ends, so that no bound is invalid.
                let unit = StandardUniform.sample_iter(rng);
                unit.take(n).map(|x: f32| bound * (2.0 * x - 1.0)).collect()
            }
        }
    }
}
