//! Scaled dot-product attention over keys that are visible.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::buffer::{Output, Target};
use super::elementary::exp;
use super::matmul::{Epilogue, Kernel, OutRows, PackedMatrix, Precision, Rows, View};
use super::values::with_values;
use super::wide::{Wide, max_of, sum_by, wide};

/// Queries whose scores are held at once; few enough for the second-level cache, and a multiple of a pair of tiles.
const QUERIES_PER_BLOCK: usize = 160;

/// `softmax(q kᵀ / √d) v` in every head.
///
/// Keys at or past an item's `n_visible` take no part. The published networks add −10⁹ to their scores, whose
/// exponential is zero in single precision: the same numbers.
///
/// # Shapes
/// - `qkv`: `[batch, frame, 3 · feature]`: queries, keys and values side by side, each `[head, d]`
/// - `n_visible`: one entry an item, at least 1
/// - returns: `[batch, frame, feature]`
///
/// `kernel` multiplies, but not below 16 bits: the exponential magnifies what scores lose.
///
/// # Errors
/// The shapes contradict each other, or `qkv` is no `f32` tensor in main memory.
pub fn attention(
    kernel: Kernel,
    qkv: &Tensor,
    n_heads: usize,
    n_visible: &[usize],
) -> Result<Tensor> {
    let (n_items, n_frames, width) = qkv.dims3()?;
    let n_features = width / 3;
    if n_heads == 0
        || n_features * 3 != width
        || n_features % n_heads != 0
        || n_visible.len() != n_items
    {
        candle_core::bail!(
            "{n_heads} heads and {} lengths do not fit {:?}",
            n_visible.len(),
            qkv.dims()
        );
    }
    if n_visible.iter().any(|n| *n == 0 || *n > n_frames) {
        candle_core::bail!("visible frames must be 1 to {n_frames}, found {n_visible:?}");
    }
    let kernel = match kernel.precision() {
        Precision::Bf16 => Kernel::best(Precision::Bf16x3),
        Precision::F32 | Precision::Bf16x3 => kernel,
    };
    let mut output = Output::new(n_items * n_frames * n_features);
    let target = output.target();
    with_values(qkv, |values| {
        (0..n_items * n_heads).into_par_iter().for_each_init(Vec::new, |scores, i| {
            let (item, head) = (i / n_heads, i % n_heads);
            let n_dims = n_features / n_heads;
            Head {
                kernel,
                qkv: &values[item * n_frames * width..][..n_frames * width],
                n_frames,
                n_features,
                n_dims,
                first: head * n_dims,
                n_visible: n_visible[item],
                out: OutRows {
                    target,
                    offset: item * n_frames * n_features + head * n_dims,
                    stride: n_features,
                },
            }
            .attend(scores);
        });
        Ok(())
    })?;
    // SAFETY: the heads cover every feature of every frame.
    Tensor::from_vec(unsafe { output.finish() }, (n_items, n_frames, n_features), qkv.device())
}

/// One head of one item.
struct Head<'a> {
    kernel: Kernel,
    qkv: &'a [f32],
    n_frames: usize,
    n_features: usize,
    n_dims: usize,
    first: usize,
    n_visible: usize,
    out: OutRows,
}

impl Head<'_> {
    fn attend(&self, scores: &mut Vec<f32>) {
        let width = 3 * self.n_features;
        let (keys, values) = (self.n_features + self.first, 2 * self.n_features + self.first);
        let shape = [self.n_dims, self.n_visible];
        let keys = View::new(&self.qkv[keys..], shape, [1, width]);
        let keys = PackedMatrix::pack_view(self.kernel, keys);
        let shape = [self.n_visible, self.n_dims];
        let values = View::new(&self.qkv[values..], shape, [width, 1]);
        let values = PackedMatrix::pack_view(self.kernel, values);
        let scale = 1.0 / (self.n_dims as f32).sqrt();
        for first in (0..self.n_frames).step_by(QUERIES_PER_BLOCK) {
            let count = QUERIES_PER_BLOCK.min(self.n_frames - first);
            scores.resize(count * self.n_visible, 0.0);
            let queries =
                Rows { data: &self.qkv[first * width + self.first..], stride: width, count };
            let score_rows =
                OutRows { target: Target::of(scores), offset: 0, stride: self.n_visible };
            keys.product_here(queries, score_rows, Epilogue::default());
            for scores in scores.chunks_exact_mut(self.n_visible) {
                wide(Softmax { scores, scale });
            }
            let weights = Rows { data: scores, stride: self.n_visible, count };
            let out = OutRows { offset: self.out.offset + first * self.out.stride, ..self.out };
            values.product_here(weights, out, Epilogue::default());
        }
    }
}

/// `softmax(scale · scores)` in place.
struct Softmax<'a> {
    scores: &'a mut [f32],
    scale: f32,
}

impl Wide for Softmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let most = max_of(self.scores);
        for score in self.scores.iter_mut() {
            *score = exp((*score - most) * self.scale);
        }
        let sum = sum_by(self.scores, |x| x);
        for score in self.scores.iter_mut() {
            *score /= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{D, Device};

    #[test]
    fn it_is_the_textbook_formula_on_the_visible_keys() -> Result<()> {
        let (n_items, n_frames, n_heads, n_dims) = (2, 150, 3, 5);
        let n_features = n_heads * n_dims;
        let qkv = Tensor::randn(0_f32, 1.0, (n_items, n_frames, 3 * n_features), &Device::Cpu)?;
        let n_visible = [n_frames, 40];

        let kernels = Kernel::available().filter(|kernel| kernel.precision() == Precision::F32);
        let found = kernels.map(|kernel| attention(kernel, &qkv, n_heads, &n_visible));
        let found = found.collect::<Result<Vec<_>>>()?;

        for (item, n_visible) in n_visible.into_iter().enumerate() {
            for head in 0..n_heads {
                let part = |which: usize, n: usize| {
                    qkv.get(item)?
                        .narrow(1, which * n_features + head * n_dims, n_dims)?
                        .narrow(0, 0, n)?
                        .contiguous()
                };
                let (q, k, v) = (part(0, n_frames)?, part(1, n_visible)?, part(2, n_visible)?);
                let scores = (q.matmul(&k.t()?.contiguous()?)? / (n_dims as f64).sqrt())?;
                let wanted = candle_nn::ops::softmax(&scores, D::Minus1)?.matmul(&v)?;
                for found in &found {
                    let found = found.get(item)?.narrow(1, head * n_dims, n_dims)?;
                    let worst = (found - &wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
                    assert!(worst < 1e-6, "item {item}, head {head}: {worst}");
                }
            }
        }
        Ok(())
    }
}
