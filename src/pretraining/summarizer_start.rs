//! A start of the summarizer in closed form: z tells the statistics of a crop as well as a linear map of its mean frame does.
//!
//! The frames of a small encoder vary a hundred times more in a few directions, which tell pieces apart, than in all others. What
//! learns from them by gradients sees those few for thousands of steps, and forgets of the others what it knew by chance. So the map
//! that tells statistics s best from mean frames f (ridge regression) is computed,
//!
//! ```text
//! B = (C + ε · mean diag C)⁻¹ cov(f, s),   C = cov(f),   Bᵀ C B = P diag(σ²) Pᵀ
//! ```
//!
//! and the first layer's values and its output become `O V = Q' diag(σ^−½) Pᵀ Bᵀ` for some rotation Q', with `cls ← cls − O V (μ + mean of
//! positions)`. Attention begins flat, and whatever follows begins quiet. The root of σ lets what is small but tells something be heard
//! beside what is large: distances in z then count it.

use candle_core::{Device, Result, Tensor};
use linfa_linalg::cholesky::SolveC as _;
use linfa_linalg::eigh::{EigSort as _, EighInto as _};
use linfa_linalg::qr::QR as _;
use ndarray::{Array2, Axis, s};

use super::Parameters;
use crate::tensor::with_values;

/// ε: what varies less than this share of the mean is hardly listened to.
const FLOOR: f64 = 0.02;
/// The least σ that is made louder, as a share of the largest.
const LEAST_SPREAD: f64 = 0.02;
/// Deviation that a mean frame gives each feature of the token that z is written to.
const GAIN: f64 = 0.3;
/// What the first layer's queries and keys are multiplied by.
const FLAT: [f64; 2] = [0.01, 0.3];
/// What the token, the feed-forward net and the outputs of later layers are multiplied by.
const QUIET: f64 = 0.3;
/// ε of the map that tells statistics from z.
const TOLD_FLOOR: f64 = 0.005;
/// The first layer, whose values and output are computed.
const LAYER: &str = "summarizer.transformer.layers.0.attention";

/// Gives the summarizer that start; what it is made of may be any other.
///
/// # Shapes
/// - `mean_frames`: `[crop, feature]`; `statistics`: `[crop, statistic]`; `positions`: `[frame, feature]`, what is added to frames
///
/// # Errors
/// A tensor of the summarizer is missing, or frames are not finite.
pub(super) fn fit_summarizer(
    parameters: &Parameters,
    mean_frames: &Tensor,
    statistics: &Tensor,
    positions: &Tensor,
) -> Result<()> {
    let (frames, statistics) = (Centered::of(mean_frames)?, Centered::of(statistics)?);
    let covariance = frames.covariance();
    let map = ridge(&frames, &statistics, FLOOR)?;
    let told = map.t().dot(&covariance.dot(&map));
    let (variances, axes) = told.eigh_into().map_err(candle_core::Error::wrap)?.sort_eig_desc();
    let n_features = covariance.nrows();
    let n_axes = n_features.min(axes.ncols());
    let deviations = variances.slice(s![..n_axes]).mapv(|variance| variance.max(0.0).sqrt());
    let least = LEAST_SPREAD * deviations[0].max(f64::MIN_POSITIVE);
    let louder = deviations.mapv(|deviation| deviation.max(least).powf(-0.5));
    let loudness = (&deviations * &louder).mapv(|x| x * x).mean().unwrap_or(1.0).sqrt();
    let scaled_axes = &axes.slice(s![.., ..n_axes]) * &louder * (GAIN / loudness);
    let map = map.dot(&scaled_axes);

    let rotation = |name: &str| -> Result<Array2<f64>> {
        let weight = matrix(get(parameters, &format!("{LAYER}.{name}.weight"))?.as_tensor())?;
        Ok(weight.qr().map_err(candle_core::Error::wrap)?.generate_q())
    };
    let values = rotation("value")?.slice(s![.., ..n_axes]).dot(&map.t());
    let output = rotation("output")?;
    let positions = matrix(positions)?.mean_axis(Axis(0)).expect("crops have frames");
    let usual = output.dot(&values.dot(&(frames.mean + positions)));

    set(parameters, &format!("{LAYER}.value.weight"), &values)?;
    set(parameters, &format!("{LAYER}.output.weight"), &output)?;
    for (name, scale) in [("query", FLAT[0]), ("key", FLAT[1])] {
        scaled(parameters, &format!("{LAYER}.{name}.weight"), scale)?;
    }
    scaled(parameters, "summarizer.cls_token", QUIET)?;
    for name in ["weight", "bias"] {
        let down = format!("summarizer.transformer.feed_forward.down.{name}");
        scaled(parameters, &down, QUIET)?;
    }
    let later = parameters.iter().map(|(name, _)| name.to_owned()).filter(|name| {
        name.starts_with("summarizer.transformer.layers.")
            && name.ends_with(".attention.output.weight")
            && !name.starts_with(LAYER)
    });
    later.collect::<Vec<_>>().iter().try_for_each(|name| scaled(parameters, name, QUIET))?;
    let cls = get(parameters, "summarizer.cls_token")?;
    let usual = Tensor::from_iter(usual.iter().map(|value| *value as f32), &Device::Cpu)?;
    cls.set(&(cls.as_detached_tensor() - usual.to_device(cls.device())?)?)
}

/// Lets `statistics`, the map of z that tells them, begin with the best one.
///
/// # Shapes
/// - `z`: `[crop, feature]`; `statistics`: `[crop, statistic]`
///
/// # Errors
/// The map is missing, or z is not finite.
pub(super) fn fit_telling(parameters: &Parameters, z: &Tensor, statistics: &Tensor) -> Result<()> {
    let (z, statistics) = (Centered::of(z)?, Centered::of(statistics)?);
    let map = ridge(&z, &statistics, TOLD_FLOOR)?.reversed_axes();
    let bias = &statistics.mean - &map.dot(&z.mean);
    set(parameters, "statistics.weight", &map)?;
    let bias = Tensor::from_iter(bias.iter().map(|value| *value as f32), &Device::Cpu)?;
    let var = get(parameters, "statistics.bias")?;
    var.set(&bias.to_device(var.device())?)
}

/// Rows, and what they have in common.
struct Centered {
    rows: Array2<f64>,
    mean: ndarray::Array1<f64>,
}

impl Centered {
    fn of(rows: &Tensor) -> Result<Self> {
        let rows = matrix(rows)?;
        let mean = rows.mean_axis(Axis(0)).expect("there are crops");
        Ok(Self { rows: rows - &mean, mean })
    }

    fn covariance(&self) -> Array2<f64> {
        self.rows.t().dot(&self.rows) / self.rows.nrows() as f64
    }
}

/// `(C + ε · mean diag C)⁻¹ cov(x, y)`, `[x, y]`.
fn ridge(x: &Centered, y: &Centered, floor: f64) -> Result<Array2<f64>> {
    let mut covariance = x.covariance();
    let floor = floor * covariance.diag().mean().unwrap_or(0.0);
    covariance.diag_mut().iter_mut().for_each(|variance| *variance += floor);
    let with_y = x.rows.t().dot(&y.rows) / x.rows.nrows() as f64;
    covariance.solvec(&with_y).map_err(candle_core::Error::wrap)
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
    use super::super::Initial;
    use super::super::StackSizes;
    use super::super::summarizer_network::SummarizerNetwork;
    use super::super::transformer::Dense;
    use super::*;
    use crate::tensor::gaussian_noise;

    const N_CROPS: usize = 400;
    const N_FEATURES: usize = 12;

    /// Frames of crops that vary four times more in one direction than in the others and have much in common, and statistics that have nothing to do with that
    /// direction.
    fn crops(seed: u64) -> Result<[Tensor; 2]> {
        let of_crop = gaussian_noise(seed, N_CROPS, N_FEATURES)?;
        let along = gaussian_noise(3, 1, N_FEATURES)?;
        let large = gaussian_noise(seed + 1, N_CROPS, 1)?.affine(4.0, 80.0)?.matmul(&along)?;
        let map = gaussian_noise(4, N_FEATURES, 5)?;
        let length = along.sqr()?.sum_all()?.to_scalar::<f32>()?;
        let away = along.matmul(&map)?.affine(1.0 / f64::from(length), 0.0)?;
        let statistics = of_crop.matmul(&(map - along.t()?.matmul(&away)?)?)?;
        let noise = gaussian_noise(seed + 2, N_CROPS, 10 * N_FEATURES)?
            .reshape((N_CROPS, 10, N_FEATURES))?;
        let frames = noise.broadcast_add(&(of_crop + large)?.unsqueeze(1)?)?;
        Ok([frames, statistics])
    }

    fn share_untold(told: &Tensor, statistics: &Tensor) -> Result<f32> {
        let variance = statistics.broadcast_sub(&statistics.mean_keepdim(0)?)?.sqr()?.mean_all()?;
        (told - statistics)?.sqr()?.mean_all()?.div(&variance)?.to_scalar()
    }

    #[test]
    fn z_begins_by_telling_what_is_small_in_frames() -> Result<()> {
        let sizes =
            StackSizes { n_features: N_FEATURES, n_heads: 3, feed_forward: 16, n_layers: 2 };
        let mut parameters = Parameters::new(4, &Device::Cpu);
        let network = SummarizerNetwork::new(&mut parameters, &sizes)?;
        let telling =
            Dense::new(parameters.scope("statistics"), [5, N_FEATURES], Initial::Value(0.0))?;
        let ([frames, statistics], [others, of_others]) = (crops(10)?, crops(20)?);
        let told = |parameters: &Parameters| -> Result<f32> {
            fit_telling(parameters, &network.z(&frames)?, &statistics)?;
            share_untold(&telling.forward(&network.z(&others)?)?, &of_others)
        };
        let before = told(&parameters)?;
        let positions = network.positions().rows(10)?;
        fit_summarizer(&parameters, &frames.mean(1)?, &statistics, &positions)?;
        let after = told(&parameters)?;
        assert!(before > 0.5 && after < 0.15, "{before}, then {after}");
        // What all frames have in common is not in the way of what they differ in.
        let z = network.z(&frames)?;
        let spread = z.broadcast_sub(&z.mean_keepdim(0)?)?.sqr()?.mean_all()?.to_scalar::<f32>()?;
        let common = z.mean(0)?.sqr()?.mean_all()?.to_scalar::<f32>()?;
        assert!(spread > 0.5 * common, "{spread} of {common}");
        Ok(())
    }
}
