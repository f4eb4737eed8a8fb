//! Sinusoidal positions with a learned scale.

use candle_core::{Result, Tensor};

/// Frames whose positions are computed at load: a 10 s segment's. Longer signals still work, at the cost of computing theirs.
const PRECOMPUTED_FRAMES: usize = 750;

/// Adds `scale · sinusoid` to frame embeddings.
///
/// `sinusoid[t, 2i] = sin(t · 10000^(−2i/D))`, `sinusoid[t, 2i+1] = cos(…)`; frames count from 0.
#[derive(Debug)]
pub struct Positions {
    n_features: usize,
    scale: f32,
    /// `scale · sinusoid` of the first frames, computed once at load.
    table: Vec<f32>,
}

impl Positions {
    /// Positions of frames of `n_features` values.
    pub fn new(scale: f32, n_features: usize) -> Self {
        Self { n_features, scale, table: rows(scale, n_features, PRECOMPUTED_FRAMES) }
    }

    /// # Shapes
    /// - `x` and the result: `[batch, frame, feature]`
    ///
    /// # Errors
    /// The last axis of `x` is not `feature` long.
    pub fn add(&self, x: &Tensor) -> Result<Tensor> {
        let (_, n_frames, n_features) = x.dims3()?;
        if n_features != self.n_features {
            candle_core::bail!("expected {} features, found {:?}", self.n_features, x.dims());
        }
        let needed = n_frames * n_features;
        let table = if needed <= self.table.len() {
            Tensor::from_slice(&self.table[..needed], (n_frames, n_features), x.device())?
        } else {
            let values = rows(self.scale, n_features, n_frames);
            Tensor::from_vec(values, (n_frames, n_features), x.device())?
        };
        x.broadcast_add(&table)
    }
}

/// The sinusoid alone, frame by frame: `[frame, feature]`.
pub(crate) fn sinusoid(n_features: usize, n_frames: usize) -> Vec<f32> {
    rows(1.0, n_features, n_frames)
}

fn rows(scale: f32, n_features: usize, n_frames: usize) -> Vec<f32> {
    // Single precision throughout, as the published code computes it: at frame 300 the angle's rounding shows.
    let step = -(10_000_f64.ln() / n_features as f64) as f32;
    let frequency = |i: usize| ((i / 2 * 2) as f32 * step).exp();
    let value = |t: usize, i: usize| {
        let angle = t as f32 * frequency(i);
        scale * if i.is_multiple_of(2) { angle.sin() } else { angle.cos() }
    };
    (0..n_frames * n_features).map(|at| value(at / n_features, at % n_features)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    #[test]
    fn frame_zero_is_sine_zero_and_cosine_one_and_long_signals_continue() -> Result<()> {
        let positions = Positions::new(2.0, 4);
        let x = Tensor::zeros((1, PRECOMPUTED_FRAMES + 5, 4), DType::F32, &Device::Cpu)?;
        let found = positions.add(&x)?.get(0)?.to_vec2::<f32>()?;
        assert_eq!(found[0], [0.0, 2.0, 0.0, 2.0]);
        let t = PRECOMPUTED_FRAMES as f32 + 4.0;
        let wanted = [t.sin(), t.cos(), (t / 100.0).sin(), (t / 100.0).cos()];
        for (found, wanted) in found[PRECOMPUTED_FRAMES + 4].iter().zip(wanted) {
            assert!((found - 2.0 * wanted).abs() < 1e-5, "{found} for {wanted}");
        }
        Ok(())
    }
}
