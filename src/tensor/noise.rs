//! Gaussian noise that a seed determines on every machine.

use candle_core::{Device, Result, Tensor};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// Independent standard normal values from one seed.
///
/// # Shapes
/// - returns: `[row, column]`
///
/// # Errors
/// Never in main memory; candle's signature.
pub fn gaussian_noise(seed: u64, n_rows: usize, n_columns: usize) -> Result<Tensor> {
    let rng = ChaCha20Rng::seed_from_u64(seed);
    let values: Vec<f32> = StandardNormal.sample_iter(rng).take(n_rows * n_columns).collect();
    Tensor::from_vec(values, (n_rows, n_columns), &Device::Cpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_and_the_moments_are_right() -> Result<()> {
        let values = |seed| gaussian_noise(seed, 100, 500)?.flatten_all()?.to_vec1::<f32>();
        let (a, b, c) = (values(7)?, values(7)?, values(8)?);
        assert_eq!(a, b);
        assert_ne!(a, c);
        let mean = a.iter().sum::<f32>() / a.len() as f32;
        let variance = a.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / a.len() as f32;
        assert!(mean.abs() < 0.015 && (variance - 1.0).abs() < 0.02, "{mean}, {variance}");
        Ok(())
    }
}
