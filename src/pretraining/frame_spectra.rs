//! What is heard of a sound by the end of each frame of latents, in bands.

use std::f64::consts::PI;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::ops::{Loudness, MelSpectra, mel_spectra};

/// Sounds → bands of spectra, as many spectra as there are frames of latents. Each ends with its frame, because a codec hears
/// no further.
#[derive(Debug)]
pub(super) struct FrameSpectra {
    spectra: Arc<MelSpectra>,
    n_bands: usize,
    window: usize,
    hop: usize,
}

impl FrameSpectra {
    /// For latents that are `hop` samples apart. Hann windows of so many samples, scaled so that a full-scale sine has magnitude 1;
    /// `filters` is `[bin, band]`.
    pub(super) fn new(
        (window, hop): (usize, usize),
        (filters, n_bands): (&[f32], usize),
        of: Loudness,
    ) -> Self {
        let hann = |n: usize| 0.5 - 0.5 * (2.0 * PI * n as f64 / window as f64).cos();
        let scaled = (0..window).map(|n| (hann(n) * 4.0 / window as f64) as f32).collect();
        let spectra = MelSpectra::new(scaled, hop, (filters, n_bands), of);
        Self { spectra: Arc::new(spectra), n_bands, window, hop }
    }

    /// # Shapes
    /// - `pcm`: `[crop, sample]`; returns: `[crop, frame, band]`
    pub(super) fn of(&self, pcm: &Tensor) -> Result<Tensor> {
        let Self { window, hop, .. } = *self;
        let n_missing = pcm.dim(1)?.next_multiple_of(hop) - pcm.dim(1)?;
        let whole = pcm.pad_with_zeros(1, window.saturating_sub(hop), n_missing)?;
        let first = hop.saturating_sub(window);
        let heard = whole.narrow(1, first, whole.dim(1)? - first)?;
        mel_spectra(&heard, &self.spectra)?.reshape((pcm.dim(0)?, (), self.n_bands))
    }
}
