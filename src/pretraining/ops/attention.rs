//! Attention of all heads with its gradient.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::product::{Matrix, MatrixMut, add_product};
use super::values::values;
use crate::tensor::{Wide, exp, max_of, sum_by, wide};

/// `softmax(q kᵀ / √d) v` in every head; every frame sees every other.
///
/// # Shapes
/// - `qkv`: `[batch, frame, 3 · feature]`: queries, keys and values side by side, each `[head, d]`
/// - returns: `[batch, frame, feature]`
///
/// # Errors
/// The heads do not divide the features, or the device fails.
pub(in super::super) fn attention(qkv: &Tensor, n_heads: usize) -> Result<Tensor> {
    let size = Size::of(qkv.dims3()?, n_heads)?;
    if qkv.device().is_cpu() {
        return qkv.contiguous()?.apply_op1(Attention(size));
    }
    let Size { n_items, n_frames, n_heads, n_dims } = size;
    let parts = qkv.reshape((n_items, n_frames, 3, n_heads, n_dims))?.permute((2, 0, 3, 1, 4))?;
    let part = |i: usize| parts.get(i)?.contiguous();
    let scores = (part(0)?.matmul(&part(1)?.t()?)? * size.scale())?;
    let scores = scores.broadcast_sub(&scores.max_keepdim(3)?.detach())?.exp()?;
    let shares = scores.broadcast_div(&scores.sum_keepdim(3)?)?;
    let y = shares.matmul(&part(2)?)?.transpose(1, 2)?;
    y.reshape((n_items, n_frames, n_heads * n_dims))
}

#[derive(Debug, Clone, Copy)]
struct Size {
    n_items: usize,
    n_frames: usize,
    n_heads: usize,
    n_dims: usize,
}

impl Size {
    fn of((n_items, n_frames, width): (usize, usize, usize), n_heads: usize) -> Result<Self> {
        if n_heads == 0 || !width.is_multiple_of(3 * n_heads) {
            candle_core::bail!("{n_heads} heads do not divide {width} queries, keys and values");
        }
        Ok(Self { n_items, n_frames, n_heads, n_dims: width / 3 / n_heads })
    }

    fn n_features(&self) -> usize {
        self.n_heads * self.n_dims
    }

    fn scale(&self) -> f64 {
        1.0 / (self.n_dims as f64).sqrt()
    }

    /// Where query (0), key (1) or value (2) of one head of one item lie in `qkv`.
    fn head(&self, part: usize, item: usize, head: usize) -> Matrix {
        let (row, n_features) = (3 * self.n_features(), self.n_features());
        Matrix {
            start: item * self.n_frames * row + part * n_features + head * self.n_dims,
            size: [self.n_frames, self.n_dims],
            stride: [row, 1],
        }
    }

    /// Where one head of one item lies in the output.
    fn output(&self, item: usize, head: usize) -> Matrix {
        let row = self.n_features();
        Matrix {
            start: item * self.n_frames * row + head * self.n_dims,
            size: [self.n_frames, self.n_dims],
            stride: [row, 1],
        }
    }

    fn scores(&self) -> Matrix {
        Matrix { start: 0, size: [self.n_frames; 2], stride: [self.n_frames, 1] }
    }

    /// `softmax(q kᵀ / √d)` of one head into `shares`.
    fn attend(&self, qkv: &[f32], item: usize, head: usize, shares: &mut [f32]) {
        shares.fill(0.0);
        let (query, key) = (self.head(0, item, head), self.head(1, item, head));
        let out = MatrixMut { values: shares, at: self.scores() };
        add_product(out, self.scale() as f32, (qkv, query), (qkv, key.t()));
        wide(Softmax { rows: shares, width: self.n_frames });
    }
}

struct Attention(Size);

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (size, qkv) = (self.0, values(storage, layout)?);
        let mut y = vec![0.0_f32; size.n_items * size.n_frames * size.n_features()];
        let mut shares = vec![0.0_f32; size.n_frames * size.n_frames];
        for (item, head) in heads(size) {
            size.attend(qkv, item, head, &mut shares);
            let out = MatrixMut { values: &mut y, at: size.output(item, head) };
            add_product(out, 1.0, (&shares, size.scores()), (qkv, size.head(2, item, head)));
        }
        let shape = Shape::from((size.n_items, size.n_frames, size.n_features()));
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(&self, qkv: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let op = AttentionGradient(self.0);
        Ok(Some(qkv.apply_op2_no_bwd(&gradient.contiguous()?, &op)?))
    }
}

fn heads(size: Size) -> impl Iterator<Item = (usize, usize)> {
    (0..size.n_items).flat_map(move |item| (0..size.n_heads).map(move |head| (item, head)))
}

/// With `P` the shares and `g` the gradient of the output: `dV = Pᵀ g`, `dP = g Vᵀ`, `dS = P ∘ (dP − rowsum(P ∘ dP))`,
/// `dQ = dS K / √d`, `dK = dSᵀ Q / √d`. The shares are computed anew: keeping them would cost more than it saves.
struct AttentionGradient(Size);

impl CustomOp2 for AttentionGradient {
    fn name(&self) -> &'static str {
        "attention-gradient"
    }

    fn cpu_fwd(
        &self,
        qkv: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let size = self.0;
        let (qkv, gradient) = (values(qkv, layout)?, values(gradient, gradient_layout)?);
        let mut of_qkv = vec![0.0_f32; qkv.len()];
        let n_scores = size.n_frames * size.n_frames;
        let (mut shares, mut of_shares) = (vec![0.0_f32; n_scores], vec![0.0_f32; n_scores]);
        let (scores, scale) = (size.scores(), size.scale() as f32);
        for (item, head) in heads(size) {
            let [query, key, value] = [0, 1, 2].map(|part| size.head(part, item, head));
            let output = size.output(item, head);
            size.attend(qkv, item, head, &mut shares);
            let out = MatrixMut { values: &mut of_qkv, at: value };
            add_product(out, 1.0, (&shares, scores.t()), (gradient, output));
            of_shares.fill(0.0);
            let out = MatrixMut { values: &mut of_shares, at: scores };
            add_product(out, 1.0, (gradient, output), (qkv, value.t()));
            wide(OfScores { shares: &shares, of_shares: &mut of_shares, width: size.n_frames });
            let out = MatrixMut { values: &mut of_qkv, at: query };
            add_product(out, scale, (&of_shares, scores), (qkv, key));
            let out = MatrixMut { values: &mut of_qkv, at: key };
            add_product(out, scale, (&of_shares, scores.t()), (qkv, query));
        }
        Ok((CpuStorage::F32(of_qkv), layout.shape().clone()))
    }
}

struct Softmax<'a> {
    rows: &'a mut [f32],
    width: usize,
}

impl Wide for Softmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for row in self.rows.chunks_exact_mut(self.width) {
            let max = max_of(row);
            row.iter_mut().for_each(|x| *x = exp(*x - max));
            let scale = 1.0 / sum_by(row, |x| x);
            row.iter_mut().for_each(|x| *x *= scale);
        }
    }
}

/// The gradient of the shares becomes that of the scores.
struct OfScores<'a> {
    shares: &'a [f32],
    of_shares: &'a mut [f32],
    width: usize,
}

impl Wide for OfScores<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let rows = self.of_shares.chunks_exact_mut(self.width);
        for (g, p) in rows.zip(self.shares.chunks_exact(self.width)) {
            g.iter_mut().zip(p).for_each(|(g, p)| *g *= p);
            let sum = sum_by(g, |x| x);
            g.iter_mut().zip(p).for_each(|(g, p)| *g -= p * sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::check;
    use super::*;
    use crate::tensor::{Kernel, Precision, gaussian_noise};

    #[test]
    fn the_gradient_is_that_of_the_function() -> Result<()> {
        check(&[&[2, 5, 12]], |x| attention(&x[0], 2))?;
        check(&[&[1, 3, 9]], |x| attention(&x[0], 1))
    }

    #[test]
    fn the_frozen_networks_attend_the_same() -> Result<()> {
        let qkv = gaussian_noise(1, 3 * 40, 3 * 24)?.reshape((3, 40, 72))?;
        let kernel = Kernel::best(Precision::F32);
        let wanted = crate::tensor::attention(kernel, &qkv, 4, &[40; 3])?;
        let difference = (attention(&qkv, 4)? - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(difference < 1e-5, "{difference}");
        Ok(())
    }
}
