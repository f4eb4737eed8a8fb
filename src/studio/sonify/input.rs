//! The arrays that sounds are made of, checked against the model.

use std::path::Path;

use candle_core::{Device, Result as TensorResult, Tensor};

use super::{ArrayFile, NoiseOrigin, NoiseShape, NoiseSource, SonifyError};
use crate::files::Array;
use crate::models::ModelFolder;

/// The z of a run: `[item, feature]`.
#[derive(Debug)]
pub(super) struct Vectors {
    pub(super) n_items: usize,
    pub(super) file: ArrayFile,
    n_features: usize,
    values: Vec<f32>,
}

impl Vectors {
    pub(super) fn read(path: &Path, model: &ModelFolder) -> Result<Self, SonifyError> {
        let n_features = model.architecture().feature;
        let array = Array::read_npy(path)?;
        let n_items = match array.shape[..] {
            [0] | [0, _] => {
                let (found, path) = (array.shape, path.to_owned());
                return Err(SonifyError::NoVectors { found, path });
            }
            [width] if width == n_features => 1,
            [n_items, width] if width == n_features => n_items,
            _ => {
                let (found, model) = (array.shape, model.name().to_owned());
                return Err(SonifyError::Vectors {
                    found,
                    model,
                    n_features,
                    path: path.to_owned(),
                });
            }
        };
        let file = ArrayFile::of(path, &array);
        Ok(Self { n_items, file, n_features, values: array.values })
    }

    pub(super) fn row(&self, item: usize) -> &[f32] {
        &self.values[item * self.n_features..][..self.n_features]
    }
}

/// The noise of a run.
#[derive(Debug)]
pub(super) struct Noise {
    pub(super) origin: NoiseOrigin,
    shape: NoiseShape,
    given: Vec<f32>, // [frame, latent], [item, frame, latent], or nothing
}

impl Noise {
    pub(super) fn read(
        source: &NoiseSource,
        shape: NoiseShape,
        n_items: usize,
    ) -> Result<Self, SonifyError> {
        let path = match source {
            NoiseSource::Seed(seed) => {
                return Ok(Self { origin: NoiseOrigin::Seed(*seed), shape, given: Vec::new() });
            }
            NoiseSource::File(path) => path,
        };
        let array = Array::read_npy(path)?;
        let NoiseShape { n_frames, n_latents } = shape;
        if array.shape != [n_frames, n_latents] && array.shape != [n_items, n_frames, n_latents] {
            let (found, path) = (array.shape, path.clone());
            return Err(SonifyError::NoiseShape { found, n_items, n_frames, n_latents, path });
        }
        let origin = NoiseOrigin::File(ArrayFile::of(path, &array));
        Ok(Self { origin, shape, given: array.values })
    }

    /// `[frame, latent]`
    pub(super) fn of(&self, item: usize) -> TensorResult<Tensor> {
        let NoiseShape { n_frames, n_latents } = self.shape;
        let size = n_frames * n_latents;
        let values = match self.origin {
            NoiseOrigin::Seed(seed) => return self.shape.draw(seed, item as u64),
            NoiseOrigin::File(_) if self.given.len() == size => &self.given[..],
            NoiseOrigin::File(_) => &self.given[item * size..][..size],
        };
        Tensor::from_slice(values, (n_frames, n_latents), &Device::Cpu)
    }
}
