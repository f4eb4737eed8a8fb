//! Residual codebooks over the latents of a finished codec: what the masked encoder learns to predict.

use candle_core::{Device, Tensor};
use ndarray::{Array2, Axis};

use super::{Part, Pool};
use crate::clustering::{KmeansError, KmeansSettings, kmeans};
use crate::codec::CodecEncoder;
use crate::weights::Weights;

/// How codebooks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CodebookSettings {
    /// Codebooks, each for what those before it leave over.
    pub n_codebooks: usize,
    /// Entries of each.
    pub n_bins: usize,
    /// Frames that the centers are found on.
    pub n_frames: usize,
    /// Seeds frames and centers.
    pub seed: u64,
}

/// Why there are no codebooks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodebookError {
    /// The latents make no clusters.
    #[error("cannot make codebooks of the latents ({0}); train the codec longer or on more audio")]
    Clusters(#[from] KmeansError),
    /// The device fails.
    #[error("cannot compute latents ({0})")]
    Device(#[from] candle_core::Error),
}

/// What codebooks leave of the variance of latents, after each of them.
pub type Residuals = Vec<f64>;

/// Samples of the crops whose latents are looked at, in frames.
const FRAMES_PER_CROP: usize = 75;
/// Crops encoded together.
const CROPS: usize = 32;

/// `codec.quantizer.codebooks [codebook, bin, latent]` by k-means on residuals, one codebook after the other, and the share
/// of the variance that is left after each.
///
/// # Errors
/// There are fewer frames than entries, or the device fails.
pub fn codebooks(
    encoder: &CodecEncoder,
    pool: &Pool,
    settings: &CodebookSettings,
) -> Result<(Weights, Residuals), CodebookError> {
    let mut left = latents(encoder, pool, settings)?;
    let n_latents = left.ncols();
    let spread = |x: &Array2<f32>| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let mean = left.mean_axis(Axis(0)).unwrap_or_default();
    let total = spread(&(&left - &mean)).max(f64::MIN_POSITIVE);
    let (mut values, mut residuals) = (Vec::new(), Vec::new());
    for codebook in 0..settings.n_codebooks {
        let kmeans_settings = KmeansSettings {
            restarts: 1,
            max_iterations: 50,
            seed: settings.seed.wrapping_add(codebook as u64),
            ..KmeansSettings::default()
        };
        let found = kmeans(left.view(), settings.n_bins, &kmeans_settings)?;
        for (mut row, &bin) in left.outer_iter_mut().zip(&found.assignment) {
            row -= &found.centers.row(bin);
        }
        values.extend(found.centers);
        residuals.push(spread(&left) / total);
    }
    let shape = vec![settings.n_codebooks, settings.n_bins, n_latents];
    Ok((Weights::from_memory([("codec.quantizer.codebooks".to_owned(), shape, values)]), residuals))
}

fn latents(
    encoder: &CodecEncoder,
    pool: &Pool,
    settings: &CodebookSettings,
) -> candle_core::Result<Array2<f32>> {
    let n_samples = FRAMES_PER_CROP * encoder.hop();
    let n_batches = settings.n_frames.div_ceil(FRAMES_PER_CROP * CROPS);
    let mut rows = Vec::new();
    for batch in 0..n_batches {
        let seed = settings.seed.wrapping_add(batch as u64);
        let pcm = pool.crops(Part::Training, CROPS, n_samples, seed, &Device::Cpu)?;
        rows.push(encoder.encode(&pcm)?.flatten(0, 1)?);
    }
    let rows = Tensor::cat(&rows, 0)?;
    let n_rows = rows.dim(0)?.min(settings.n_frames);
    let values = rows.narrow(0, 0, n_rows)?.flatten_all()?.to_vec1::<f32>()?;
    Array2::from_shape_vec((n_rows, rows.dim(1)?), values)
        .map_err(|error| candle_core::Error::Msg(error.to_string()))
}
