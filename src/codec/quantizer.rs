//! Residual vector quantisation: latents ⇄ codes.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use crate::tensor::with_values;
use crate::weights::{Loaded, Scope};

/// Codebooks applied one after the other, each to what the ones before left over.
#[derive(Debug)]
pub struct Quantizer {
    /// `[codebook, bin, latent]`.
    codebooks: Vec<f32>,
    n_codebooks: usize,
    n_bins: usize,
    n_latents: usize,
}

impl Quantizer {
    /// Reads `codebooks` below `codec.quantizer`.
    ///
    /// # Errors
    /// The tensor is missing.
    pub fn load(scope: &Scope<'_>) -> Loaded<Self> {
        let shape @ [n_codebooks, n_bins, n_latents] = scope.shape("codebooks")?;
        let codebooks = scope.values("codebooks", &shape)?.into_owned();
        Ok(Self { codebooks, n_codebooks, n_bins, n_latents })
    }

    /// Number of codebooks.
    pub fn n_codebooks(&self) -> usize {
        self.n_codebooks
    }

    /// Entries of a codebook.
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    fn entry(&self, codebook: usize, bin: usize) -> &[f32] {
        &self.codebooks[(codebook * self.n_bins + bin) * self.n_latents..][..self.n_latents]
    }

    /// The nearest entry of each of the first `n_codebooks` codebooks to what is left, in Euclidean distance; of equal
    /// ones the first.
    ///
    /// # Shapes
    /// - `latents`: `[batch, frame, latent]`; returns: `[codebook, batch, frame]`, `u32`
    ///
    /// # Errors
    /// There are fewer codebooks, or `latents` has another last axis.
    pub fn encode(&self, latents: &Tensor, n_codebooks: usize) -> Result<Tensor> {
        let (n_items, n_frames, n_latents) = latents.dims3()?;
        if n_latents != self.n_latents || n_codebooks > self.n_codebooks {
            candle_core::bail!(
                "expected {} latents and at most {} codebooks, found {n_latents} and {n_codebooks}",
                self.n_latents,
                self.n_codebooks
            );
        }
        let codes: Vec<Vec<u32>> = with_values(latents, |values| {
            Ok(values
                .par_chunks(n_latents)
                .map(|frame| self.codes_of(frame, n_codebooks))
                .collect())
        })?;
        let codes: Vec<u32> =
            (0..n_codebooks).flat_map(|q| codes.iter().map(move |codes| codes[q])).collect();
        Tensor::from_vec(codes, (n_codebooks, n_items, n_frames), latents.device())
    }

    fn codes_of(&self, frame: &[f32], n_codebooks: usize) -> Vec<u32> {
        let mut residual = frame.to_vec();
        let mut codes = Vec::with_capacity(n_codebooks);
        for codebook in 0..n_codebooks {
            let bin = self.nearest(codebook, &residual);
            codes.push(bin as u32);
            residual.iter_mut().zip(self.entry(codebook, bin)).for_each(|(r, e)| *r -= e);
        }
        codes
    }

    fn nearest(&self, codebook: usize, residual: &[f32]) -> usize {
        let mut best = (0, f32::INFINITY);
        for bin in 0..self.n_bins {
            let differences = self.entry(codebook, bin).iter().zip(residual).map(|(e, r)| e - r);
            let distance = differences.map(|d| d * d).sum();
            if distance < best.1 {
                best = (bin, distance);
            }
        }
        best.0
    }

    /// The sum of the entries that `codes` name.
    ///
    /// # Shapes
    /// - `codes`: `[codebook, batch, frame]`, `u32`; returns: `[batch, frame, latent]`
    ///
    /// # Errors
    /// A code is no bin, or there are more codebooks than these.
    pub fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let (n_codebooks, n_items, n_frames) = codes.dims3()?;
        let mut latents = vec![0.0; n_items * n_frames * self.n_latents];
        for (at, code) in codes.flatten_all()?.to_vec1::<u32>()?.into_iter().enumerate() {
            let (codebook, frame) = (at / (n_items * n_frames), at % (n_items * n_frames));
            if n_codebooks > self.n_codebooks || code as usize >= self.n_bins {
                candle_core::bail!("code {code} of codebook {codebook} does not exist");
            }
            let entry = self.entry(codebook, code as usize);
            let sums = &mut latents[frame * self.n_latents..][..self.n_latents];
            sums.iter_mut().zip(entry).for_each(|(sum, e)| *sum += e);
        }
        Tensor::from_vec(latents, (n_items, n_frames, self.n_latents), codes.device())
    }
}
