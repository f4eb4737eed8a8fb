//! Noise that the seed and the step determine, whatever ran before and on how many threads.

use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Where in the adaptor activations are dropped: the four places of `torch.nn.TransformerEncoderLayer`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Site {
    /// The attention weight, one a prototype: dropped, the value of the whole prototype is.
    Attention,
    /// What attention adds to the residual stream.
    Attended,
    /// The feed-forward net's hidden layer.
    Hidden,
    /// What the feed-forward net adds to the residual stream.
    Fed,
}

/// The noise of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropout {
    /// Values of a uniform `u32` below this are drops.
    threshold: u32,
    scale: f32,
    seed: u64,
    step: u64,
}

impl Dropout {
    /// No noise at all.
    pub(super) const OFF: Self = Self { threshold: 0, scale: 1.0, seed: 0, step: 0 };

    /// The noise of step `step`, which drops a share `rate` of the activations, below 1.
    pub(super) fn new(rate: f64, seed: u64, step: usize) -> Self {
        let threshold = (rate * 2.0_f64.powi(32)) as u32;
        Self { threshold, scale: (1.0 / (1.0 - rate)) as f32, seed, step: step as u64 }
    }

    /// What a kept activation is multiplied by.
    pub(super) fn scale(&self) -> f32 {
        self.scale
    }

    /// Sets dropped values to 0 and scales the rest, so that the mean stays.
    ///
    /// `block` tells apart pieces of one site that different tasks work on. Applied to a gradient it is its own backward
    /// pass: the same place draws the same noise.
    pub(super) fn apply(&self, site: Site, block: usize, values: &mut [f32]) {
        if self.threshold == 0 {
            return;
        }
        let mut key = [0; 32];
        let words = [self.seed, self.step, site as u64, block as u64];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        let mut noise = [0; 4096];
        for values in values.chunks_mut(noise.len() / 4) {
            let noise = &mut noise[..4 * values.len()];
            rng.fill_bytes(noise);
            let (words, _) = noise.as_chunks();
            for (value, word) in values.iter_mut().zip(words) {
                let kept = u32::from_le_bytes(*word) >= self.threshold;
                *value *= if kept { self.scale } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ones(dropout: Dropout, site: Site, block: usize) -> Vec<f32> {
        let mut values = vec![1.0; 20_000];
        dropout.apply(site, block, &mut values);
        values
    }

    #[test]
    fn the_share_is_right_the_mean_stays_and_only_the_place_matters() {
        let dropout = Dropout::new(0.25, 3, 9);
        let values = ones(dropout, Site::Hidden, 1);
        let dropped = values.iter().filter(|x| **x == 0.0).count() as f32 / 20_000.0;
        assert!((dropped - 0.25).abs() < 0.01, "{dropped}");
        assert!(values.iter().all(|x| *x == 0.0 || (*x - 4.0 / 3.0).abs() < 1e-6));
        assert_eq!(ones(dropout, Site::Hidden, 1), values);
        assert_ne!(ones(dropout, Site::Hidden, 2), values);
        assert_ne!(ones(dropout, Site::Fed, 1), values);
        assert_ne!(ones(Dropout::new(0.25, 3, 10), Site::Hidden, 1), values);
        assert_ne!(ones(Dropout::new(0.25, 4, 9), Site::Hidden, 1), values);
        assert!(ones(Dropout::OFF, Site::Fed, 0).iter().all(|x| *x == 1.0));
    }
}
