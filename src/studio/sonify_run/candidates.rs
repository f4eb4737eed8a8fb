//! Of several draws of a sound, the one in which the model hears best what it was made from.

use candle_core::{Device, Result, Tensor};
use ndarray::Array2;

use super::SonifyRunError;
use crate::autoencoder::Embedder;
use crate::classifier::Classifier;
use crate::models::ModelFolder;
use crate::studio::{RenderError, SynthesisError};
use crate::tensor::{Kernel, Precision, with_values};

/// Sets the noises of the candidates of a take apart from those of its neighbors.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The seed of a candidate; the first one has that of its take.
pub(super) fn candidate_seed(take_seed: u64, candidate: usize) -> u64 {
    take_seed.wrapping_add(STRIDE.wrapping_mul(candidate as u64))
}

/// The hearing half of a model, and what it listens for.
#[derive(Debug)]
pub(super) struct Listener<'a> {
    embedder: Embedder,
    classifier: &'a Classifier,
}

impl<'a> Listener<'a> {
    pub(super) fn load(
        model: &ModelFolder,
        precision: Precision,
        classifier: &'a Classifier,
    ) -> std::result::Result<Self, SynthesisError> {
        let settings = model.architecture().settings();
        let embedder = Embedder::load(model.weights(), &settings, Kernel::best(precision))?;
        Ok(Self { embedder, classifier })
    }

    /// For every prototype the candidate that is heard as most similar to it; of equally similar ones the first.
    ///
    /// `sounds` are `[prototype · candidate][sample]`, all candidates of the first prototype first; `rows` are the prototypes.
    pub(super) fn nearest(
        &self,
        sounds: &[Vec<f32>],
        rows: &[usize],
    ) -> std::result::Result<Vec<usize>, SonifyRunError> {
        let z = self.z(sounds).map_err(RenderError::from)?;
        let distances = self.classifier.distances(z.view())?;
        let n_candidates = sounds.len() / rows.len().max(1);
        let of_row = |(i, row): (usize, &usize)| {
            let distance = |candidate: &usize| distances[[i * n_candidates + candidate, *row]];
            let nearest = (0..n_candidates).min_by(|a, b| distance(a).total_cmp(&distance(b)));
            nearest.unwrap_or(0)
        };
        Ok(rows.iter().enumerate().map(of_row).collect())
    }

    /// `[sound, feature]`
    fn z(&self, sounds: &[Vec<f32>]) -> Result<Array2<f32>> {
        let n_samples = sounds.first().map_or(0, Vec::len);
        let pcm = Tensor::from_vec(sounds.concat(), (sounds.len(), n_samples), &Device::Cpu)?;
        let z = self.embedder.z(&pcm, &vec![n_samples; sounds.len()])?;
        let shape = z.dims2()?;
        let values = with_values(&z.contiguous()?, |values| Ok(values.to_vec()))?;
        Array2::from_shape_vec(shape, values).map_err(candle_core::Error::wrap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_candidate_of_a_take_has_the_noise_of_a_neighboring_take() {
        let seeds = (0..50_u64).flat_map(|take| (0..50).map(move |c| candidate_seed(take, c)));
        let mut seeds: Vec<_> = seeds.collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 2500);
        assert_eq!(candidate_seed(7, 0), 7);
    }
}
