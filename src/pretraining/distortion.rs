//! How much of a sound is another one.

use candle_core::{Result, Tensor};

/// `10 log₁₀(|αs|² / |αs − x|²)`, `α = x·s / |s|²`, mean over items (Le Roux et al. 2019).
pub(super) fn signal_to_distortion_db(found: &Tensor, wanted: &Tensor) -> Result<f64> {
    let (found, wanted) = (found.to_vec2::<f32>()?, wanted.to_vec2::<f32>()?);
    let ratios = found.iter().zip(&wanted).map(|(x, s)| {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let (energy, shared) = (dot(s, s), dot(x, s));
        let target = shared * shared / energy.max(1e-12);
        10.0 * (target.max(1e-12) / (dot(x, x) - target).max(1e-12)).log10()
    });
    Ok(ratios.sum::<f64>() / found.len() as f64)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn the_level_does_not_count_and_what_is_apart_does() -> Result<()> {
        let wanted = Tensor::new(&[[3.0_f32, 4.0, 0.0], [3.0, 4.0, 0.0]], &Device::Cpu)?;
        // Half as loud, with a tenth of that beside it: 20 dB.
        let found = Tensor::new(&[[1.5_f32, 2.0, 0.25], [1.5, 2.0, 0.25]], &Device::Cpu)?;
        assert!((signal_to_distortion_db(&found, &wanted)? - 20.0).abs() < 1e-4);
        Ok(())
    }
}
