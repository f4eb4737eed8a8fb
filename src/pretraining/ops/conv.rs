//! Convolutions over signals, whole: what comes before them, the product with every window and the bias.
//!
//! In main memory each is one operation, so that nothing between is written down, let alone its gradient; on a GPU it is
//! put together from the operations beside this one.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::bias::{repeated, sum_of};
use super::laid::{Before, Laid};
use super::product::{Matrix, MatrixMut, add_product};
use super::values::values;
use super::windows::Cut;
use super::{add_bias, elu, overlap, product, windows};
use crate::tensor::with_values;

/// `y = windows(before(x)) · W + b`.
///
/// # Shapes
/// - `x`: `[batch, frame, in]`; `weight`: `[kernel · in, out]`; `bias`: `[out]`; returns: `[batch, window, out]`
///
/// # Errors
/// The shapes contradict each other, or the device fails.
pub(in super::super) fn conv(
    x: &Tensor,
    (weight, bias): (&Tensor, &Tensor),
    before: Before,
    cut: Cut,
) -> Result<Tensor> {
    let (n_items, n_frames, n_in) = x.dims3()?;
    let (width, n_out) = weight.dims2()?;
    if n_frames != cut.n_frames() || width != cut.kernel() * n_in || bias.dims() != [n_out] {
        candle_core::bail!(
            "a convolution by {:?} with biases {:?} over {:?}",
            weight.dims(),
            bias.dims(),
            x.dims()
        );
    }
    if x.device().is_cpu() {
        let op = Conv { before, cut };
        return x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op);
    }
    let rows = windows(&started(x, before)?, cut)?.reshape((n_items * cut.n_windows(), width))?;
    add_bias(&product(&rows, weight)?.reshape((n_items, cut.n_windows(), n_out))?, bias)
}

/// The signal that the windows `before(x) · W` sum to, plus b.
///
/// # Shapes
/// - `x`: `[batch, window, in]`; `weight`: `[in, kernel · out]`; `bias`: `[out]`; returns: `[batch, frame, out]`
///
/// # Errors
/// The shapes contradict each other, or the device fails.
pub(in super::super) fn conv_transpose(
    x: &Tensor,
    (weight, bias): (&Tensor, &Tensor),
    before: Before,
    cut: Cut,
) -> Result<Tensor> {
    let (n_items, n_windows, n_in) = x.dims3()?;
    let (n_rows, width) = weight.dims2()?;
    let n_out = bias.dims1()?;
    if n_windows != cut.n_windows() || n_rows != n_in || width != cut.kernel() * n_out {
        candle_core::bail!(
            "a transposed convolution by {:?} with biases {:?} over {:?}",
            weight.dims(),
            bias.dims(),
            x.dims()
        );
    }
    if x.device().is_cpu() {
        let op = ConvTranspose { before, cut };
        return x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op);
    }
    let rows = started(x, before)?.reshape((n_items * n_windows, n_in))?;
    let rows = product(&rows, weight)?.reshape((n_items, n_windows, width))?;
    add_bias(&overlap(&rows, cut)?, bias)
}

fn started(x: &Tensor, before: Before) -> Result<Tensor> {
    match before {
        Before::Nothing => Ok(x.clone()),
        Before::Elu => elu(x),
    }
}

struct Conv {
    before: Before,
    cut: Cut,
}

struct ConvTranspose {
    before: Before,
    cut: Cut,
}

impl CustomOp3 for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (n_items, n_frames, n_channels) = layout.shape().dims3()?;
        let (weight, bias) = (values(weight, weight_layout)?, values(bias, bias_layout)?);
        let laid = Laid { cut: &self.cut, n_channels };
        let n_windows = self.cut.n_windows();
        let mut y = repeated(bias, n_items * n_windows);
        let items = y.par_chunks_mut((n_windows * bias.len()).max(1));
        items
            .zip(values(x, layout)?.par_chunks((n_frames * n_channels).max(1)))
            .for_each(|(y, x)| laid.gather(&laid.pad(x, self.before), weight, y));
        Ok((CpuStorage::F32(y), Shape::from((n_items, n_windows, bias.len()))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let laid = Laid { cut: &self.cut, n_channels: x.dim(2)? };
        let (width, n_out) = weight.dims2()?;
        let asked = Asked::of(x, weight);
        backward((x, weight, bias), gradient, |x, weight, gradient| {
            let mut share = Share::default();
            if asked.of_weights {
                share.weight = vec![0.0; weight.len()];
                laid.add_weights(&laid.pad(x, self.before), gradient, &mut share.weight);
                share.bias = sum_of(gradient, n_out);
            }
            if asked.of_x {
                let mut padded = vec![0.0; self.cut.n_padded() * laid.n_channels];
                let transposed = Matrix::rows(width, n_out).t();
                laid.scatter(gradient, (weight, transposed), &mut padded);
                share.x = laid.fold(&padded);
                self.before.turn_back(&mut share.x, x);
            }
            share
        })
    }
}

impl CustomOp3 for ConvTranspose {
    fn name(&self) -> &'static str {
        "conv-transpose"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (n_items, n_windows, n_in) = layout.shape().dims3()?;
        let (weight, bias) = (values(weight, weight_layout)?, values(bias, bias_layout)?);
        let laid = Laid { cut: &self.cut, n_channels: bias.len() };
        let at = Matrix::rows(n_in, weight.len() / n_in);
        let n_frames = self.cut.n_frames();
        let mut y = vec![0.0; n_items * n_frames * bias.len()];
        let items = y.par_chunks_mut((n_frames * bias.len()).max(1));
        items.zip(values(x, layout)?.par_chunks((n_windows * n_in).max(1))).for_each(|(y, x)| {
            let mut padded = repeated(bias, self.cut.n_padded());
            let mut rows = x.to_vec();
            self.before.apply(&mut rows);
            laid.scatter(&rows, (weight, at), &mut padded);
            y.copy_from_slice(&padded[..y.len()]);
        });
        Ok((CpuStorage::F32(y), Shape::from((n_items, n_frames, bias.len()))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let n_out = bias.dims1()?;
        let laid = Laid { cut: &self.cut, n_channels: n_out };
        let (n_in, width) = weight.dims2()?;
        let n_windows = self.cut.n_windows();
        let asked = Asked::of(x, weight);
        backward((x, weight, bias), gradient, |x, weight, gradient| {
            let mut share = Share::default();
            let padded = laid.pad(gradient, Before::Nothing);
            let windows = (padded.as_slice(), laid.rows());
            if asked.of_weights {
                share.weight = vec![0.0; weight.len()];
                let at = Matrix::rows(n_in, width);
                let of_weight = MatrixMut { values: &mut share.weight, at };
                let mut rows = x.to_vec();
                self.before.apply(&mut rows);
                add_product(of_weight, 1.0, (&rows, Matrix::rows(n_windows, n_in).t()), windows);
                share.bias = sum_of(gradient, n_out);
            }
            if asked.of_x {
                share.x = vec![0.0; x.len()];
                let of_x = MatrixMut { values: &mut share.x, at: Matrix::rows(n_windows, n_in) };
                add_product(of_x, 1.0, windows, (weight, Matrix::rows(n_in, width).t()));
                self.before.turn_back(&mut share.x, x);
            }
            share
        })
    }
}

/// Whose gradient anybody needs: that of sound is for nobody, nor is that of a frozen network's weights.
#[derive(Clone, Copy)]
struct Asked {
    of_x: bool,
    of_weights: bool,
}

impl Asked {
    fn of(x: &Tensor, weight: &Tensor) -> Self {
        Self { of_x: x.track_op(), of_weights: weight.track_op() }
    }
}

/// What one item of a batch adds to the gradients; empty where none is asked for.
#[derive(Default)]
struct Share {
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The gradients of `x`, weight and bias from those of the items, which are computed side by side and added in their order.
fn backward(
    (x, weight, bias): (&Tensor, &Tensor, &Tensor),
    gradient: &Tensor,
    item: impl Fn(&[f32], &[f32], &[f32]) -> Share + Sync,
) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
    let n_items = x.dim(0)?;
    let shares: Vec<Share> = with_values(x, |x| {
        with_values(weight, |weight| {
            with_values(gradient, |gradient| {
                let size = |values: &[f32]| (values.len() / n_items.max(1)).max(1);
                let items = x.par_chunks(size(x)).zip(gradient.par_chunks(size(gradient)));
                Ok(items.map(|(x, gradient)| item(x, weight, gradient)).collect())
            })
        })
    })?;
    let tensor = |values: Vec<f32>, like: &Tensor| {
        let is_asked = values.len() == like.elem_count();
        is_asked.then(|| Tensor::from_vec(values, like.shape(), like.device())).transpose()
    };
    let (mut of_x, mut of_weight, mut of_bias) = (Vec::new(), Vec::new(), Vec::new());
    for share in shares {
        of_x.extend_from_slice(&share.x);
        add(&mut of_weight, share.weight);
        add(&mut of_bias, share.bias);
    }
    Ok((tensor(of_x, x)?, tensor(of_weight, weight)?, tensor(of_bias, bias)?))
}

fn add(sum: &mut Vec<f32>, share: Vec<f32>) {
    if sum.is_empty() {
        *sum = share;
    } else {
        sum.iter_mut().zip(&share).for_each(|(sum, x)| *sum += x);
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;

    const BEFORE: [Before; 2] = [Before::Nothing, Before::Elu];

    fn causal() -> [Cut; 5] {
        [
            Cut::causal(8, 4, 2),
            Cut::causal(9, 4, 2),
            Cut::causal(7, 7, 1),
            Cut::causal(3, 7, 1),
            Cut::causal(5, 1, 1),
        ]
    }

    #[test]
    fn gradients_are_those_of_the_functions() -> Result<()> {
        for before in BEFORE {
            for cut in causal() {
                let shapes: [&[usize]; 3] = [&[2, cut.n_frames(), 3], &[3 * cut.kernel(), 2], &[2]];
                check(&shapes, |x| conv(&x[0], (&x[1], &x[2]), before, cut))?;
            }
            let cut = Cut::trimmed(4, 6, 3);
            let shapes: [&[usize]; 3] = [&[2, 4, 3], &[3, 6 * 2], &[2]];
            check(&shapes, |x| conv_transpose(&x[0], (&x[1], &x[2]), before, cut))?;
        }
        Ok(())
    }

    #[test]
    fn they_are_what_their_parts_make() -> Result<()> {
        let draw = |seed, shape: &[usize]| {
            crate::tensor::gaussian_noise(seed, 1, shape.iter().product())?.reshape(shape)
        };
        for cut in causal() {
            let x = draw(1, &[2, cut.n_frames(), 3])?;
            let (weight, bias) = (draw(2, &[3 * cut.kernel(), 2])?, draw(3, &[2])?);
            let found = conv(&x, (&weight, &bias), Before::Elu, cut)?;
            let rows = windows(&elu(&x)?, cut)?.reshape(((), 3 * cut.kernel()))?;
            let wanted = add_bias(&rows.matmul(&weight)?.reshape(found.shape())?, &bias)?;
            near(&found, &wanted)?;
        }
        let (x, weight, bias) = (draw(1, &[2, 4, 3])?, draw(2, &[3, 12])?, draw(3, &[2])?);
        let cut = Cut::trimmed(4, 6, 3);
        let found = conv_transpose(&x, (&weight, &bias), Before::Elu, cut)?;
        let rows = elu(&x)?.reshape((8, 3))?.matmul(&weight)?.reshape((2, 4, 12))?;
        near(&found, &add_bias(&overlap(&rows, cut)?, &bias)?)
    }

    fn near(found: &Tensor, wanted: &Tensor) -> Result<()> {
        assert_eq!(found.dims(), wanted.dims());
        let apart = (found - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(apart < 1e-5, "{apart}");
        Ok(())
    }
}
