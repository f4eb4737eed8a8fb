//! A start of the summarizer that hears all that frames tell, not only what is large in them.
//!
//! The frames of a small encoder vary a hundred times more in a few directions, which tell pieces apart, than in all others. What
//! learns from them by gradients sees those few for thousands of steps. So values are taken of whitened frames,
//!
//! ```text
//! V ← V L⁻¹,   L Lᵀ = C + ε · mean diag C,   cls ← cls − O V (μ + mean of positions)
//! ```
//!
//! with μ and C the mean and the covariance of frames. Attention begins flat, and whatever follows begins quiet, so that z begins as
//! the whitened mean of a segment.

use candle_core::{Device, Result, Tensor};
use linfa_linalg::cholesky::Cholesky as _;
use linfa_linalg::triangular::{SolveTriangular as _, UPLO};
use ndarray::{Array2, Axis};

use super::Parameters;
use crate::tensor::with_values;

/// ε: directions that vary less than this share of the mean are not made louder still.
const FLOOR: f64 = 1e-2;
/// What the first layer's queries and keys are multiplied by.
const FLAT: [f64; 2] = [0.01, 0.3];
/// What the token that z is written to, and the feed-forward net, are multiplied by.
const QUIET: [f64; 2] = [0.3, 0.1];

/// Gives the summarizer that start; what it is made of may be any other.
///
/// # Shapes
/// - `frames`: `[crop, frame, feature]`; `positions`: `[frame, feature]`
///
/// # Errors
/// A tensor of the summarizer is missing, or frames are not finite.
pub(super) fn whiten(parameters: &Parameters, frames: &Tensor, positions: &Tensor) -> Result<()> {
    let [rows, positions] = [frames.flatten(0, 1)?, positions.clone()].map(|x| matrix(&x));
    let (rows, positions) = (rows?, positions?);
    let mean = rows.mean_axis(Axis(0)).expect("crops have frames");
    let rows = rows - &mean;
    let mut covariance = rows.t().dot(&rows) / rows.nrows() as f64;
    let floor = FLOOR * covariance.diag().mean().unwrap_or(0.0);
    covariance.diag_mut().iter_mut().for_each(|variance| *variance += floor);
    let triangle = covariance.cholesky().map_err(candle_core::Error::wrap)?;

    let layer = "summarizer.transformer.layers.0.attention";
    let values = matrix(get(parameters, &format!("{layer}.value.weight"))?.as_tensor())?;
    // V' L = V, so that Lᵀ V'ᵀ = Vᵀ.
    let solved = triangle.t().to_owned().solve_triangular(&values.t().to_owned(), UPLO::Upper);
    let values = solved.map_err(candle_core::Error::wrap)?.reversed_axes();
    let output = matrix(get(parameters, &format!("{layer}.output.weight"))?.as_tensor())?;
    let usual = mean + positions.mean_axis(Axis(0)).expect("crops have frames");
    let usual = output.dot(&values.dot(&usual));

    set(parameters, &format!("{layer}.value.weight"), &values)?;
    for (name, scale) in [("query", FLAT[0]), ("key", FLAT[1])] {
        scaled(parameters, &format!("{layer}.{name}.weight"), scale)?;
    }
    scaled(parameters, "summarizer.cls_token", QUIET[0])?;
    for name in ["weight", "bias"] {
        let down = format!("summarizer.transformer.feed_forward.down.{name}");
        scaled(parameters, &down, QUIET[1])?;
    }
    let later = parameters.iter().map(|(name, _)| name.to_owned()).filter(|name| {
        name.starts_with("summarizer.transformer.layers.")
            && name.ends_with(".attention.output.weight")
            && !name.starts_with(layer)
    });
    later.collect::<Vec<_>>().iter().try_for_each(|name| scaled(parameters, name, 0.0))?;
    let cls = get(parameters, "summarizer.cls_token")?;
    let usual = usual.iter().map(|value| *value as f32);
    let usual = Tensor::from_iter(usual, &Device::Cpu)?.to_device(cls.device())?;
    cls.set(&(cls.as_detached_tensor() - usual)?)
}

fn get<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a candle_core::Var> {
    parameters
        .get(name)
        .ok_or_else(|| candle_core::Error::Msg(format!("the summarizer lacks the tensor {name}")))
}

fn scaled(parameters: &Parameters, name: &str, scale: f64) -> Result<()> {
    let var = get(parameters, name)?;
    var.set(&var.as_detached_tensor().affine(scale, 0.0)?)
}

fn set(parameters: &Parameters, name: &str, values: &Array2<f64>) -> Result<()> {
    let var = get(parameters, name)?;
    let values = values.iter().map(|value| *value as f32);
    let tensor = Tensor::from_iter(values, &Device::Cpu)?.reshape(var.shape())?;
    var.set(&tensor.to_device(var.device())?)
}

fn matrix(x: &Tensor) -> Result<Array2<f64>> {
    let shape = x.dims2()?;
    with_values(&x.to_device(&Device::Cpu)?, |values| {
        let values = values.iter().map(|value| f64::from(*value)).collect();
        Array2::from_shape_vec(shape, values).map_err(candle_core::Error::wrap)
    })
}

#[cfg(test)]
mod tests {
    use super::super::StackSizes;
    use super::super::summarizer_network::SummarizerNetwork;
    use super::*;
    use crate::tensor::gaussian_noise;

    /// Frames of many crops that vary ten times more in one direction than in the others.
    fn frames() -> Result<Tensor> {
        let noise = gaussian_noise(1, 64 * 10, 12)?;
        let large = gaussian_noise(2, 64 * 10, 1)?.affine(10.0, 5.0)?;
        let along = gaussian_noise(3, 1, 12)?;
        (noise + large.matmul(&along)?)?.reshape((64, 10, 12))
    }

    /// The share of its variance that z has in its largest direction.
    fn largest_share(z: &Tensor) -> Result<f64> {
        let z = matrix(z)?;
        let z = &z - &z.mean_axis(Axis(0)).unwrap();
        let covariance = z.t().dot(&z);
        let mut x = Array2::ones((12, 1));
        for _ in 0..200 {
            x = covariance.dot(&x);
            x /= x.mapv(|x| x * x).sum().sqrt();
        }
        Ok(x.t().dot(&covariance.dot(&x))[[0, 0]] / covariance.diag().sum())
    }

    #[test]
    fn z_begins_with_all_directions_of_the_frames() -> Result<()> {
        let sizes = StackSizes { n_features: 12, n_heads: 3, feed_forward: 16, n_layers: 2 };
        let mut parameters = Parameters::new(4, &Device::Cpu);
        let network = SummarizerNetwork::new(&mut parameters, &sizes)?;
        let frames = frames()?;
        let before = largest_share(&network.z(&frames)?)?;
        whiten(&parameters, &frames, &network.positions().rows(10)?)?;
        let z = network.z(&frames)?;
        let after = largest_share(&z)?;
        assert!(before > 0.8 && after < 0.5, "{before}, then {after}");
        // What all frames have in common is not in the way of what they differ in.
        let spread = z.broadcast_sub(&z.mean_keepdim(0)?)?.sqr()?.mean_all()?.to_scalar::<f32>()?;
        let common = z.mean(0)?.sqr()?.mean_all()?.to_scalar::<f32>()?;
        assert!(spread > common, "{spread} of {common}");
        Ok(())
    }
}
